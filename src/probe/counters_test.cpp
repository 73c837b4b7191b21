// The kernel's counters: pure parts by values, the rest against a real kernel in a network
// namespace of the test's own.

#include <gtest/gtest.h>
#include <linux/ethtool.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdlib>
#include <map>

#include "probe/ethtool.h"
#include "probe/host_reader.h"
#include "probe/interface_counters.h"
#include "probe/kernel_counters.h"
#include "probe/network_fixture.h"
#include "probe/socket_sweep.h"

namespace weir::probe {
namespace {

using Metrics = std::map<std::string, double, std::less<>>;
template <class... Arguments>
Metrics metrics_of(const Arguments&... arguments) {
  Metrics metrics;
  for_each_metric(arguments..., [&](std::string_view name, double value, std::string_view) {
    metrics.emplace(name, value);
  });
  return metrics;
}

TEST(CounterStep, GrowsWrapsAndResets) {
  EXPECT_EQ(counter_step(5, 12).by, 7U);
  EXPECT_EQ(counter_step(0xffff'fff0, 0x10).by, 0x20U);  // of 32 bits
  EXPECT_FALSE(counter_step(0xffff'fff0, 0x10).is_reset);
  EXPECT_EQ(counter_step(1'000'000, 300).by, 300U);  // the driver was loaded anew
  EXPECT_TRUE(counter_step(1'000'000, 300).is_reset);
  EXPECT_EQ(counter_step(std::uint64_t{1} << 40, 77).by, 77U);
  EXPECT_TRUE(counter_step(std::uint64_t{1} << 40, 77).is_reset);
}

InterfaceReading reading_of(double time_s, std::vector<InterfaceCounters> interfaces) {
  return {static_cast<std::int64_t>(time_s * 1e9), std::move(interfaces)};
}
InterfaceCounters counters_of(int index, const char* name, std::uint64_t bytes) {
  InterfaceCounters counters;
  counters.index = index;
  counters.name = name;
  counters.bytes_recv = bytes;
  counters.bytes_sent = 2 * bytes;
  counters.speed_bits_s = 1'000'000;
  return counters;
}

TEST(Bandwidth, RatesAreOverTheTimeThatPassed) {
  const auto before = reading_of(100, {counters_of(1, "lo", 1'000), counters_of(2, "eth0", 500)});
  const auto now = reading_of(112.5, {counters_of(1, "lo", 2'000), counters_of(2, "eth0", 13'000)});
  const auto rows = bandwidth_between(before, now);
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_DOUBLE_EQ(metrics_of(rows[1]).at("bytes_recv_per_second"), 1'000);
  // 25,000 bytes out in 12.5 s are 16,000 bits a second of a million.
  EXPECT_DOUBLE_EQ(*rows[1].utilisation_percent, 1.6);
  const auto total = metrics_of(total_of(rows, 12.5));
  EXPECT_EQ(total.size(), 13U);
  EXPECT_DOUBLE_EQ(total.at("total_bytes_recv"), 13'500);
  EXPECT_DOUBLE_EQ(total.at("duration_seconds"), 12.5);
}

TEST(Bandwidth, InterfacesThatComeAndGo) {
  const auto before = reading_of(0, {counters_of(2, "eth0", 500), counters_of(3, "gone", 9)});
  // Index 2 is another interface of the same name's successor: eth0 was removed, eth1 came.
  const auto now = reading_of(1, {counters_of(2, "eth1", 70), counters_of(7, "eth0", 900)});
  EXPECT_TRUE(bandwidth_between(before, now).empty());
}

TEST(KernelCounters, ByNameAndNotByPlace) {
  const auto counters = parse_kernel_counters(
      "Ip: Forwarding DefaultTTL InDiscards\nIp: 1 64 7\n"
      "Tcp: MaxConn RetransSegs CurrEstab\nTcp: -1 42 3\n"
      "Lonely: names\nTcpExt: ListenDrops\nTcpExt: 5\n"
      "Ip6InDiscards                   \t9\nIp6OutNoRoutes\t2\nIcmp6InMsgs   \t1\n");
  EXPECT_EQ(counters.at("Ip6.InDiscards"), 9);
  EXPECT_EQ(counters.at("Ip6.OutNoRoutes"), 2);
  EXPECT_EQ(counters.at("Tcp.MaxConn"), -1);
  EXPECT_EQ(counters.at("Tcp.RetransSegs"), 42);
  EXPECT_EQ(counters.at("Ip.InDiscards"), 7);
  EXPECT_EQ(counters.at("TcpExt.ListenDrops"), 5);
  EXPECT_FALSE(counters.contains("Lonely.names"));
  auto later = counters;
  later["Tcp.RetransSegs"] = 50;
  const auto metrics = metrics_of(counters, later);
  EXPECT_DOUBLE_EQ(metrics.at("tcp_retransmits"), 8);
  EXPECT_DOUBLE_EQ(metrics.at("tcp_listen_drops"), 0);
  EXPECT_DOUBLE_EQ(metrics.at("ip6_no_routes_out"), 0);
  EXPECT_FALSE(metrics.contains("tcp_timeouts")) << "this kernel does not have it";
}

// Answers SIOCETHTOOL as an ENA does. No real one was met. `more`: counted since the first reading.
bool answer_as_ena(void* data, std::uint64_t more) {
  const std::pair<const char*, std::uint64_t> counters[] = {
      {"tx_timeout", 1},
      {"bw_in_allowance_exceeded", 11 + more},
      {"bw_out_allowance_exceeded", 12},
      {"pps_allowance_exceeded", 13},
      {"conntrack_allowance_exceeded", 14},
      {"linklocal_allowance_exceeded", 15},
      {"conntrack_allowance_available", 99'000 - more},
      {"ena_srd_tx_pkts", 70},
      {"ena_srd_mode", 1}};
  constexpr std::uint32_t kCount = std::size(counters);
  std::uint32_t command = 0;
  std::memcpy(&command, data, sizeof command);
  auto* bytes = static_cast<std::uint8_t*>(data);
  if (command == ETHTOOL_GSSET_INFO) {
    std::memcpy(bytes + sizeof(ethtool_sset_info), &kCount, sizeof kCount);
    return true;
  }
  for (std::uint32_t i = 0; i < kCount; ++i) {
    if (command == ETHTOOL_GSTRINGS) {
      std::strcpy(reinterpret_cast<char*>(bytes) + sizeof(ethtool_gstrings) + i * ETH_GSTRING_LEN,
                  counters[i].first);
    } else if (command == ETHTOOL_GSTATS) {
      std::memcpy(bytes + sizeof(ethtool_stats) + i * 8, &counters[i].second, 8);
    } else {
      return false;
    }
  }
  return true;
}

bool fake_ena(const std::string& /*interface*/, void* data) { return answer_as_ena(data, 0); }

TEST(Ethtool, EnaAllowances) {
  std::map<std::string, std::uint64_t> found;
  std::size_t num_gauges = 0;
  for (const auto& [name, value] : read_driver_statistics(fake_ena, "eth0")) {
    if (const auto counter = find_ena_counter(name)) {
      found[name] = value;
      num_gauges += counter->is_gauge ? 1 : 0;
    }
  }
  EXPECT_EQ(found.size(), 8U);
  EXPECT_EQ(found.at("bw_in_allowance_exceeded"), 11U);
  EXPECT_EQ(found.at("linklocal_allowance_exceeded"), 15U);
  EXPECT_EQ(num_gauges, 2U);
  EXPECT_FALSE(read_link_speed(fake_ena, "eth0"));
  EXPECT_TRUE(read_driver_statistics([](auto&&, auto&&) { return false; }, "eth0").empty());
}

class Kernel : public testing::Test {
 protected:
  void SetUp() override {
    const std::string problem = enter_network_namespace();
    if (!problem.empty()) {
      GTEST_SKIP() << problem;
    }
  }
};

std::uint16_t listen_on(Descriptor& listener, sockaddr_in& address) {
  listener = Descriptor(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(bind(listener.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  EXPECT_EQ(listen(listener.get(), 128), 0);
  socklen_t length = sizeof address;
  getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &length);
  return ntohs(address.sin_port);
}

TEST_F(Kernel, LoopbackCountsWhatGoesThroughIt) {
  const auto before = read_interfaces(0);
  ASSERT_TRUE(before) << before.error().message;
  const Descriptor sender(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(9);
  const std::vector<char> payload(972);  // 1,000 bytes with the headers of IP and UDP
  int sent = 0;
  for (int i = 0; i < 100; ++i) {
    sent += sendto(sender.get(), payload.data(), payload.size(), 0,
                   reinterpret_cast<sockaddr*>(&address), sizeof address) > 0
                ? 1
                : 0;
  }
  const auto now = read_interfaces(2'000'000'000);
  ASSERT_TRUE(now);
  const auto rows = bandwidth_between(*before, *now);
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_TRUE(rows[0].is_loopback);
  EXPECT_EQ(rows[0].name, "lo");
  // Besides the datagrams there are the ICMP errors that say that nobody listens.
  EXPECT_GE(rows[0].packets_sent, static_cast<std::uint64_t>(sent));
  EXPECT_GE(rows[0].bytes_sent, static_cast<std::uint64_t>(sent) * 1'014);  // Ethernet's 14 as well
  EXPECT_EQ(rows[0].bytes_sent, rows[0].bytes_recv);
  const auto kernel = read_kernel_counters(*io::make_local_file_system());
  ASSERT_TRUE(kernel) << kernel.error().message;
  EXPECT_GE(kernel->at("Udp.NoPorts"), sent);
}

TEST_F(Kernel, VethHasStatisticsAndSpeedOfItsDriver) {
  if (std::system("ip link add left type veth peer name right >/dev/null 2>&1") != 0) {
    GTEST_SKIP() << "no veth pair can be made here";
  }
  ASSERT_EQ(std::system("ip link set left up && ip link set right up"), 0);
  const auto statistics = read_driver_statistics(system_ethtool(), "left");
  ASSERT_FALSE(statistics.empty());
  EXPECT_EQ(statistics.front().first, "peer_ifindex");  // drivers/net/veth.c
  EXPECT_GT(statistics.front().second, 0U);
  EXPECT_EQ(read_link_speed(system_ethtool(), "left"), 10'000'000'000U);
  EXPECT_TRUE(read_driver_statistics(system_ethtool(), "nosuch").empty());
}

TEST_F(Kernel, EnaAllowancesAreToldAsStepsBetweenReadings) {
  if (std::system("ip link add left type veth peer name right >/dev/null 2>&1") != 0) {
    GTEST_SKIP() << "no veth pair can be made here";
  }
  std::uint64_t more = 500;
  const Ethtool ena = [&](const std::string& interface, void* data) {
    return interface == "left" && answer_as_ena(data, more);
  };
  const SystemClock clock;
  const auto files = io::make_local_file_system();
  HostReader reader(clock, *files, ena, 0);
  const auto ena_of = [](const HostMeasurement& measurement) {
    std::map<std::string, double> found;
    for (const auto& counter : measurement.counters) {
      if (find_ena_counter(counter.name)) {
        EXPECT_EQ(counter.interface, "left");
        found[counter.name] = counter.value;
      }
    }
    return found;
  };
  const auto first = ena_of(reader.read());
  EXPECT_EQ(first.size(), 2U) << "gauges alone: steps have nothing before them";
  EXPECT_DOUBLE_EQ(first.at("conntrack_allowance_available"), 98'500);
  more = 507;
  const auto second = ena_of(reader.read());
  EXPECT_EQ(second.size(), 8U);
  EXPECT_DOUBLE_EQ(second.at("bw_in_allowance_exceeded"), 7);
  EXPECT_DOUBLE_EQ(second.at("pps_allowance_exceeded"), 0);
  EXPECT_DOUBLE_EQ(second.at("conntrack_allowance_available"), 98'493);
  more = 0;  // the driver was loaded anew
  EXPECT_DOUBLE_EQ(ena_of(reader.read()).at("bw_in_allowance_exceeded"), 11);
}

TEST_F(Kernel, ASweepByTwoThreadsSeesEachSocketOnce) {
  Descriptor listener;
  sockaddr_in address{};
  listen_on(listener, address);
  std::vector<Descriptor> held;
  for (int i = 0; i < 600; ++i) {
    held.emplace_back(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in from{};  // far apart, so that they lie on both sides of a port
    from.sin_family = AF_INET;
    from.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    from.sin_port = htons(static_cast<std::uint16_t>(2'000 + i * 100));
    (void)bind(held.back().get(), reinterpret_cast<sockaddr*>(&from), sizeof from);
    ASSERT_EQ(connect(held.back().get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    held.emplace_back(accept(listener.get(), nullptr, nullptr));
    ASSERT_TRUE(held.back().is_open());
  }
  held.pop_back();  // FIN_WAIT2, and leaves its client in CLOSE_WAIT
  using Seen = std::map<std::pair<std::uint64_t, std::uint16_t>, int>;
  const auto collect = [](Seen& seen) {
    return [&seen](const TcpSocket& found) { ++seen[{found.cookie, found.local_port}]; };
  };
  Seen single;
  ASSERT_TRUE(sweep_tcp_sockets(true, collect(single)));
  EXPECT_GE(single.size(), 1'200U);
  SocketSweeper sweeper(1'000);
  Seen first;
  ASSERT_TRUE(sweeper.sweep(true, collect(first)));
  EXPECT_FALSE(sweeper.is_split()) << "nobody knows yet how many there are";
  Seen second;
  ASSERT_TRUE(sweeper.sweep(true, collect(second)));
  EXPECT_TRUE(sweeper.is_split());
  EXPECT_EQ(first, single);
  EXPECT_EQ(second, single);
  held.clear();
  Seen few;
  ASSERT_TRUE(sweeper.sweep(true, collect(few)));
  ASSERT_TRUE(sweeper.sweep(true, collect(few)));
  SocketSweeper patient;
  ASSERT_TRUE(patient.sweep(true, collect(few)));
  ASSERT_TRUE(patient.sweep(true, collect(few)));
  EXPECT_FALSE(patient.is_split()) << "too few";
}

TEST_F(Kernel, SocketsByStateAndRemote) {
  Descriptor listener;
  sockaddr_in address{};
  const std::uint16_t port = listen_on(listener, address);
  std::vector<Descriptor> clients;
  std::vector<Descriptor> served;
  for (int i = 0; i < 20; ++i) {
    clients.emplace_back(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    ASSERT_EQ(connect(clients.back().get(), reinterpret_cast<sockaddr*>(&address), sizeof address),
              0);
    served.emplace_back(accept(listener.get(), nullptr, nullptr));
  }
  shutdown(clients[0].get(), SHUT_WR);  // FIN_WAIT2 here, CLOSE_WAIT there

  TcpStateCounts counts;
  RemoteLedger ledger;
  const auto sweep = [&] {
    counts = {};
    ledger.begin();
    ASSERT_TRUE(sweep_tcp_sockets(true, [&](const TcpSocket& found) {
      counts.add(found);
      ledger.add(found);
      if (found.state == 10) {
        EXPECT_EQ(found.local_port, port);
        EXPECT_EQ(found.send_queue, 128U);
      } else {
        ASSERT_TRUE(found.quality);
        EXPECT_EQ(to_string(found.remote), "127.0.0.1");
      }
    }));
  };
  sweep();
  const auto metrics = metrics_of(counts);
  EXPECT_EQ(metrics.size(), 12U);
  EXPECT_DOUBLE_EQ(metrics.at("total_connections"), 41);
  EXPECT_DOUBLE_EQ(metrics.at("established"), 38);
  EXPECT_DOUBLE_EQ(metrics.at("listen"), 1);
  // Until the other side has acknowledged the end it is the one, then the other.
  EXPECT_DOUBLE_EQ(metrics.at("fin_wait1") + metrics.at("fin_wait2"), 1);
  EXPECT_DOUBLE_EQ(metrics.at("close_wait"), 1);
  auto remotes = ledger.finish(10);
  ASSERT_EQ(remotes.size(), 1U);
  EXPECT_EQ(remotes[0].bytes_received, 0U) << "what was before the first sweep is not known";

  const std::vector<char> megabyte(1 << 20);
  std::vector<char> buffer(1 << 20);
  for (std::size_t sent = 0, received = 0; received < megabyte.size();) {
    const ssize_t out = send(clients[5].get(), megabyte.data() + sent, megabyte.size() - sent,
                             MSG_DONTWAIT | MSG_NOSIGNAL);
    sent += out > 0 ? static_cast<std::size_t>(out) : 0;
    const ssize_t in = recv(served[5].get(), buffer.data(), buffer.size(), 0);
    ASSERT_GT(in, 0);
    received += static_cast<std::size_t>(in);
  }
  sweep();
  remotes = ledger.finish(10);
  ASSERT_EQ(remotes.size(), 1U);
  EXPECT_EQ(remotes[0].bytes_received, megabyte.size());
  EXPECT_EQ(remotes[0].connections, 40U);
  EXPECT_GT(remotes[0].rtt_ms, 0);
}

TEST_F(Kernel, OneSweepSeesBothVersionsOfIp) {
  Descriptor listener;
  sockaddr_in v4{};
  (void)listen_on(listener, v4);
  const Descriptor client(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ASSERT_EQ(connect(client.get(), reinterpret_cast<sockaddr*>(&v4), sizeof v4), 0);
  const Descriptor listener_v6(socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_addr = in6addr_loopback;
  socklen_t length = sizeof v6;
  ASSERT_EQ(bind(listener_v6.get(), reinterpret_cast<sockaddr*>(&v6), sizeof v6), 0);
  ASSERT_EQ(listen(listener_v6.get(), 16), 0);
  getsockname(listener_v6.get(), reinterpret_cast<sockaddr*>(&v6), &length);
  const Descriptor client_v6(socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ASSERT_EQ(connect(client_v6.get(), reinterpret_cast<sockaddr*>(&v6), sizeof v6), 0);
  std::map<std::string, int> seen;
  ASSERT_TRUE(sweep_tcp_sockets(true, [&](const TcpSocket& found) {
    if (found.state == 1) {
      ++seen[to_string(found.remote)];
      EXPECT_TRUE(found.quality);
    }
  }));
  EXPECT_EQ(seen, (std::map<std::string, int>{{"127.0.0.1", 2}, {"::1", 2}}));
}

}  // namespace
}  // namespace weir::probe

#include "probe/tcp_transport.h"

#include <gtest/gtest.h>
#include <netinet/in.h>

#include "probe/echo_prober.h"
#include "probe/network_fixture.h"
#include "probe/target_text.h"

namespace weir::probe {
namespace {

TEST(TargetText, FormsAndRefusals) {
  EXPECT_EQ(parse_target("10.0.0.5")->host, "10.0.0.5");
  EXPECT_EQ(parse_target("10.0.0.5")->method, Method::kIcmp);
  EXPECT_EQ(parse_target("udp://echo.internal:7")->method, Method::kUdp);
  EXPECT_EQ(parse_target("udp://echo.internal:7")->label(), "echo.internal:7");
  EXPECT_EQ(parse_target("tcp://db.internal:5432")->host, "db.internal");
  EXPECT_EQ(parse_target("tcp://db.internal:5432")->port, 5432);
  EXPECT_EQ(parse_target("tcp://[fd00::1]:443")->host, "fd00::1");
  EXPECT_EQ(parse_target("tcp://[fd00::1]:443")->label(), "[fd00::1]:443");
  EXPECT_EQ(parse_target("fd00::1")->port, 0);
  const auto dns = parse_target("dns://10.0.0.2/db.internal?type=aaaa");
  ASSERT_TRUE(dns) << dns.error().message;
  EXPECT_EQ(dns->host, "10.0.0.2");
  EXPECT_EQ(dns->port, 53);
  EXPECT_EQ(dns->dns_name, "db.internal");
  EXPECT_EQ(dns->dns_type, DnsType::kAaaa);
  EXPECT_EQ(parse_target("dns://[fd00::2]:5353/db.internal")->port, 5353);
  EXPECT_EQ(parse_target("https://db.internal/health?x=1")->port, 443);
  EXPECT_EQ(parse_target("http://[fd00::1]:8080/")->host, "fd00::1");
  EXPECT_EQ(parse_target("http://db.internal")->label(), "http://db.internal");
  for (const char* text :
       {"", "tcp://", "tcp://host", "tcp://host:0", "tcp://host:65536", "a b", "host:80",
        "dns://10.0.0.2", "dns://10.0.0.2/", "dns://10.0.0.2/a?type=B", "dns://10.0.0.2/a?A",
        "http://", "http:///x", "http://user:word@host/", "http://host/a b", "http://host/#a",
        "http://host:0/", "https://[fd00::1", "tcp://fd00::1:443"}) {
    const auto refused = parse_target(text);
    ASSERT_FALSE(refused) << text;
    EXPECT_EQ(refused.error().code, ErrorCode::kUsage);
  }
}

TEST(TcpTransport, ConnectedRefusedSilentAndWithoutARoute) {
  if (const std::string problem = enter_network_namespace(); !problem.empty()) {
    GTEST_SKIP() << problem;
  }
  TunNetwork silent;  // takes SYNs, and says nothing to them
  if (const std::string problem =
          silent.open([](auto&&) { return std::vector<TunNetwork::Answer>{}; });
      !problem.empty()) {
    GTEST_SKIP() << problem;
  }
  const Descriptor listener(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(bind(listener.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(listen(listener.get(), 128), 0);
  socklen_t length = sizeof address;
  getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &length);

  auto transport = open_tcp(200'000'000);
  ASSERT_TRUE(transport) << transport.error().message;
  const SystemClock clock;
  std::map<std::uint32_t, RoundStatistics> rounds;
  EchoProber prober(**transport, clock, Random(1),
                    [&](const EchoRound& round) { rounds[round.target] = round.statistics; });
  const auto add = [&](const char* host, std::uint16_t port) {
    EchoTarget target;
    target.address = *parse_ip(host);
    target.interval_ns = 5'000'000;
    target.timeout_ns = 200'000'000;
    target.probes_per_round = 20;
    target.max_rounds = 1;
    target.port = port;
    return prober.add(target);
  };
  const auto open = add("127.0.0.1", ntohs(address.sin_port));
  const auto refused = add("127.0.0.1", 1);
  const auto refused_v6 = add("::1", 1);
  const auto dark = add("10.99.0.77", 80);
  const auto nowhere = add("192.0.2.1", 80);
  while (!prober.is_done()) {
    const std::int64_t next = prober.step();
    (*transport)->wait(std::max<std::int64_t>(next - clock.monotonic_ns(), 0));
  }
  EXPECT_EQ(rounds[open].received, 20U);
  EXPECT_GT(rounds[open].delay->min, 0);
  EXPECT_LT(rounds[open].delay->median, 2);
  for (const auto target : {refused, refused_v6}) {
    EXPECT_EQ(rounds[target].unreachable, 20U);
    EXPECT_DOUBLE_EQ(rounds[target].loss->percent, 100);
  }
  EXPECT_DOUBLE_EQ(rounds[dark].loss->percent, 100);
  EXPECT_EQ(rounds[dark].unreachable, 0U);
  EXPECT_EQ(rounds[nowhere].not_sent, 20U);
  EXPECT_FALSE(rounds[nowhere].loss);
}

}  // namespace
}  // namespace weir::probe

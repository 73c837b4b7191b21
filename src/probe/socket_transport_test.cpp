// ICMP as the kernel does it, in a network namespace of the test's own; skipped, saying so, where
// none is permitted. ctest runs each test in a process of its own, so none meets another's.

#include "probe/socket_transport.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>

#include "probe/echo_prober.h"
#include "probe/network_fixture.h"

namespace weir::probe {
namespace {

constexpr std::int64_t kMs = 1'000'000;
using Answer = TunNetwork::Answer;
using Request = TunNetwork::Request;
using Kind = IcmpOptions::Method;

class Icmp : public testing::TestWithParam<Kind> {
 protected:
  void SetUp() override {
    const std::string problem = enter_network_namespace();
    if (!problem.empty()) {
      GTEST_SKIP() << problem;
    }
    const bool is_raw = GetParam() == Kind::kRaw;
    // A new namespace has "1 0": nobody, so that raw sockets are what is left.
    if (!is_raw && !set_ping_group_range("0 0")) {
      GTEST_SKIP() << "net.ipv4.ping_group_range cannot be set";
    }
    IcmpOptions options;
    options.needs_v6 = true;  // of any kind: the group range decides
    auto opened = open_icmp(options);
    ASSERT_TRUE(opened) << opened.error().message;
    EXPECT_EQ((*opened)->method(), is_raw ? "raw" : "datagram");
    transport_ = std::move(*opened);
    prober_ = std::make_unique<EchoProber>(
        *transport_, clock_, Random(1), [this](const EchoRound& round) {
          rounds_[round.target].push_back(round.statistics);
          for (const Outcome& outcome : *round.outcomes) {
            fates_[round.target] += ".!lxuen"[static_cast<std::size_t>(outcome.fate)];
          }
        });
  }
  void relay(TunNetwork::Plan plan) {
    const std::string problem = network_.open(std::move(plan));
    if (!problem.empty()) {
      GTEST_SKIP() << problem;
    }
  }
  std::uint32_t add(const char* address, std::uint32_t probes, std::int64_t interval_ms = 2,
                    std::int64_t timeout_ms = 800) {
    EchoTarget target;
    target.address = *parse_ip(address);
    target.interval_ns = interval_ms * kMs;
    target.timeout_ns = timeout_ms * kMs;
    target.probes_per_round = probes;
    target.max_rounds = 1;
    return prober_->add(target);
  }
  void run() {
    const std::int64_t end = clock_.monotonic_ns() + 20'000 * kMs;
    while (!prober_->is_done() && clock_.monotonic_ns() < end) {
      const std::int64_t next = prober_->step();
      transport_->wait(std::max<std::int64_t>(next - clock_.monotonic_ns(), 0));
    }
    ASSERT_TRUE(prober_->is_done());
  }
  const RoundStatistics& round(std::uint32_t target) { return rounds_.at(target).front(); }

  SystemClock clock_;
  TunNetwork network_;
  std::unique_ptr<EchoTransport> transport_;
  std::unique_ptr<EchoProber> prober_;
  std::map<std::uint32_t, std::vector<RoundStatistics>> rounds_;
  std::map<std::uint32_t, std::string> fates_;  // a letter a probe, for who reads a failure
};

TEST_P(Icmp, LoopbackAnswersWithinAMillisecond) {
  const auto v4 = add("127.0.0.1", 50);
  const auto v6 = add("::1", 50);
  const auto other = add("127.77.1.2", 50);
  run();
  for (const auto target : {v4, v6, other}) {
    EXPECT_EQ(round(target).received, 50U);
    EXPECT_EQ(*round(target).ttl, 64);
    EXPECT_EQ(round(target).extras.clock_steps, 0U);
    // Between the kernel's stamps: however busy this machine is, the median is some microseconds.
    EXPECT_LT(round(target).delay->median, 0.2);
    EXPECT_GT(round(target).delay->min, 0);
  }
}

TEST_P(Icmp, LossIsExactAndOneRunOfItIsSeen) {
  relay([](const Request& request) -> std::vector<Answer> {
    if (request.host % 256 == 9) {  // one in ten
      return request.count % 10 == 3 ? std::vector<Answer>{} : std::vector<Answer>{{}};
    }
    return request.count >= 20 && request.count < 37 ? std::vector<Answer>{}
                                                     : std::vector<Answer>{{}};
  });
  const auto tenth = add("10.99.0.9", 200);
  const auto burst = add("fd99::10", 100);
  run();
  EXPECT_DOUBLE_EQ(round(tenth).loss->percent, 10);
  EXPECT_EQ(round(tenth).longest_loss_run, 1U);
  EXPECT_EQ(round(tenth).loss_runs, 20U);
  EXPECT_DOUBLE_EQ(round(burst).loss->percent, 17)
      << fates_[burst] << " late " << round(burst).extras.late;
  EXPECT_EQ(round(burst).longest_loss_run, 17U);
}

// What a round said, and what it would have said of the delays that the relay logged.
struct Compared {
  std::map<std::string, double, std::less<>> measured;
  std::map<std::string, double, std::less<>> truly;

  // In which the two differ by more than is allowed: the mean by 200 us, each jitter by 5 %.
  [[nodiscard]] std::string faults() const {
    std::string faults;
    if (std::abs(measured.at("rtt_avg") - truly.at("rtt_avg")) > 0.2) {
      faults += describe("rtt_avg");
    }
    for (const char* name : {"rtt_stddev", "jitter", "rtt_mdev", "rtt_range", "jitter_rfc3550",
                             "ipdv_mean", "ipdv_p95", "pdv_p95", "pdv_p99"}) {
      if (std::abs(measured.at(name) - truly.at(name)) > 0.05 * truly.at(name)) {
        faults += describe(name);
      }
    }
    return faults;
  }
  [[nodiscard]] std::string describe(const std::string& name) const {
    return name + " " + std::to_string(measured.at(name)) + ", truly " +
           std::to_string(truly.at(name)) + "; ";
  }
};

Compared compare(const RoundStatistics& round, const std::map<std::uint64_t, double>& delays_ms) {
  std::vector<Outcome> outcomes;
  for (const auto& [number, delay_ms] : delays_ms) {
    outcomes.push_back(
        {static_cast<std::uint32_t>(std::lround(delay_ms * 1e5)), Fate::kAnswered, 64});
  }
  RunningJitter jitter;
  Compared compared;
  for_each_metric(round, [&](std::string_view name, double value, std::string_view) {
    compared.measured.emplace(name, value);
  });
  for_each_metric(summarise(outcomes, {}, jitter),
                  [&](std::string_view name, double value, std::string_view) {
                    compared.truly.emplace(name, value);
                  });
  return compared;
}

TEST_P(Icmp, DelayAndJitterAreThoseOfTheRelay) {
  Random random(3);
  std::vector<std::int64_t> delays;
  for (int i = 0; i < 400; ++i) {
    delays.push_back(2'000 + static_cast<std::int64_t>(random.below(20'000)));
  }
  relay([&](const Request& request) {
    return std::vector<Answer>{{Answer::Kind::kReply, delays[request.count]}};
  });
  // The bounds are those of a relay that is never kept waiting. On a busy machine it may be, and
  // what it waits before it reads a packet is not in its log: then another round has to tell.
  std::string faults;
  for (std::uint32_t attempt = 0; attempt < 6; ++attempt) {
    const std::uint32_t host = 0x0a63'0304 + attempt;
    const auto target = add(to_string(IpAddress::from_v4(host)).c_str(), 400, 3);
    run();
    ASSERT_EQ(round(target).received, 400U);
    const auto truth = network_.true_delays_ms(host);
    ASSERT_EQ(truth.size(), 400U);
    // Delays up to 22 ms at a probe each 3 ms: many overtake one another.
    EXPECT_GT(round(target).extras.reordered, 20U);
    faults = compare(round(target), truth).faults();
    if (faults.empty()) {
      return;
    }
    GTEST_LOG_(INFO) << "round " << attempt << ": " << faults;
  }
  ADD_FAILURE() << "in none of six rounds: " << faults;
}

TEST_P(Icmp, DuplicatesLateAnswersAndTtl) {
  relay([](const Request& request) -> std::vector<Answer> {
    if (request.count < 5) {
      return {{}, {Answer::Kind::kReply, 2'000}};
    }
    if (request.count < 8) {
      return {{Answer::Kind::kReply, 150'000}};  // past the timeout
    }
    return {{Answer::Kind::kReply, 0, static_cast<std::uint8_t>(request.count < 60 ? 61 : 59)}};
  });
  const auto target = add("fd99::7", 120, 3, 100);
  run();
  EXPECT_EQ(round(target).extras.duplicates, 5U);
  EXPECT_EQ(round(target).extras.late, 3U);
  EXPECT_EQ(round(target).received, 117U);
  EXPECT_EQ(*round(target).ttl, 59);
  EXPECT_EQ(round(target).ttl_changes, 2U);  // 64 of the first ones, 61, 59
}

TEST_P(Icmp, ErrorsOfRoutersAreLossWithAReason) {
  relay([](const Request& request) -> std::vector<Answer> {
    const bool is_first = request.count < 4;
    return {{is_first ? Answer::Kind::kUnreachable : Answer::Kind::kTtlExceeded, 0, 64,
             request.host % 2 == 1}};
  });
  const auto whole = add("10.99.0.10", 10, 5);
  const auto header_alone = add("10.99.0.11", 10, 5);
  const auto v6 = add("fd99::12", 10, 5);
  const auto alive = add("127.0.0.1", 10, 5);
  run();
  for (const auto target : {whole, header_alone, v6}) {
    EXPECT_EQ(round(target).unreachable, 4U) << target;
    EXPECT_EQ(round(target).ttl_exceeded, 6U) << target;
    EXPECT_DOUBLE_EQ(round(target).loss->percent, 100);
    EXPECT_EQ(round(target).not_sent, 0U) << "an error of one probe must not stop the next";
  }
  EXPECT_EQ(round(alive).received, 10U);
}

TEST_P(Icmp, WithoutARouteNothingIsSentAndNothingIsLost) {
  const auto nowhere = add("192.0.2.1", 5);
  const auto alive = add("127.0.0.1", 5);
  run();
  EXPECT_EQ(round(nowhere).not_sent, 5U);
  EXPECT_FALSE(round(nowhere).loss);
  EXPECT_EQ(round(alive).received, 5U);
}

TEST_P(Icmp, AThousandTargetsThatNeverAnswer) {
  relay([](const Request&) { return std::vector<Answer>{}; });
  std::vector<std::uint32_t> silent;
  for (int i = 0; i < 1'000; ++i) {
    silent.push_back(add(("10.99.4." + std::to_string(i % 250 + 1)).c_str(), 5, 20, 100));
  }
  const auto alive = add("127.0.0.1", 20, 5);
  run();
  for (const auto target : silent) {
    EXPECT_DOUBLE_EQ(round(target).loss->percent, 100);
    EXPECT_EQ(round(target).sent, 5U);
  }
  EXPECT_EQ(round(alive).received, 20U);
}

INSTANTIATE_TEST_SUITE_P(Sockets, Icmp, testing::Values(Kind::kDatagram, Kind::kRaw),
                         [](const auto& instance) {
                           return instance.param == Kind::kRaw ? "Raw" : "Datagram";
                         });

// A service of RFC 862 that answers a few times twice, and a few not at all.
TEST(UdpEcho, EchoServiceAndNobody) {
  if (const std::string problem = enter_network_namespace(); !problem.empty()) {
    GTEST_SKIP() << problem;
  }
  const Descriptor service(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(bind(service.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  socklen_t length = sizeof address;
  getsockname(service.get(), reinterpret_cast<sockaddr*>(&address), &length);
  const timeval limit{3, 0};
  setsockopt(service.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  std::thread echo([&] {
    for (int count = 0; count < 50; ++count) {
      char bytes[512];
      sockaddr_in from{};
      socklen_t from_length = sizeof from;
      const ssize_t size = recvfrom(service.get(), bytes, sizeof bytes, 0,
                                    reinterpret_cast<sockaddr*>(&from), &from_length);
      const int times = size < 0 || count % 10 == 4 ? 0 : count % 25 == 5 ? 2 : 1;
      for (int i = 0; i < times; ++i) {
        (void)!sendto(service.get(), bytes, static_cast<std::size_t>(size), 0,
                      reinterpret_cast<sockaddr*>(&from), from_length);
      }
    }
  });
  IcmpOptions options;
  options.needs_v6 = true;
  auto transport = open_udp_echo(options);
  ASSERT_TRUE(transport) << transport.error().message;
  const SystemClock clock;
  std::map<std::uint32_t, RoundStatistics> rounds;
  EchoProber prober(**transport, clock, Random(1),
                    [&](const EchoRound& round) { rounds[round.target] = round.statistics; });
  EchoTarget target;
  target.address = *parse_ip("127.0.0.1");
  target.port = ntohs(address.sin_port);
  target.interval_ns = 3 * kMs;
  target.timeout_ns = 500 * kMs;
  target.probes_per_round = 50;
  target.max_rounds = 1;
  const auto there = prober.add(target);
  target.port = 9;
  const auto nobody = prober.add(target);
  target.address = *parse_ip("::1");
  const auto nobody_v6 = prober.add(target);
  while (!prober.is_done()) {
    const std::int64_t next = prober.step();
    (*transport)->wait(std::max<std::int64_t>(next - clock.monotonic_ns(), 0));
  }
  echo.join();
  EXPECT_EQ(rounds[there].received, 45U);
  EXPECT_EQ(rounds[there].extras.duplicates, 2U);
  EXPECT_LT(rounds[there].delay->median, 2);
  EXPECT_EQ(*rounds[there].ttl, 64);
  for (const auto silent : {nobody, nobody_v6}) {
    // The kernel limits how many errors it sends a second; those it does not are losses as well.
    EXPECT_GT(rounds[silent].unreachable, 0U);
    EXPECT_DOUBLE_EQ(rounds[silent].loss->percent, 100);
    EXPECT_EQ(rounds[silent].not_sent, 0U);
  }
}

TEST(IcmpOpen, SaysWhatToGrant) {
  const std::string problem = enter_network_namespace();
  if (!problem.empty()) {
    GTEST_SKIP() << problem;
  }
  IcmpOptions options;
  options.method = Kind::kDatagram;
  const auto refused = open_icmp(options);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kUnauthorized);
  EXPECT_NE(refused.error().message.find("ping_group_range"), std::string::npos);
}

}  // namespace
}  // namespace weir::probe

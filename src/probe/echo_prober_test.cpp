#include "probe/echo_prober.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <vector>

#include "probe/virtual_network.h"

namespace weir::probe {
namespace {

using Answer = VirtualNetwork::Answer;

constexpr std::int64_t kMs = 1'000'000;
const IpAddress kSomewhere = *parse_ip("10.9.0.1");

// A prober over a virtual network, run until it is done or the time is over.
struct ProberRun {
  explicit ProberRun(VirtualNetwork::Plan plan) : network(clock, std::move(plan)) {}
  void until_done(std::int64_t limit_ms = 100'000'000) {
    const std::int64_t end = clock.monotonic_ns() + limit_ms * kMs;
    while (!prober.is_done() && clock.monotonic_ns() < end) {
      const std::int64_t next = prober.step();
      if (!prober.is_done()) {
        network.wait(std::max<std::int64_t>(std::min(next, end) - clock.monotonic_ns(), 0));
      }
    }
    (void)prober.step();
  }
  ManualClock clock{1'790'000'000'000};
  VirtualNetwork network;
  std::vector<EchoRound> rounds;
  EchoProber prober{network, clock, Random(1), [this](const EchoRound& round) {
                      rounds.push_back(round);
                      rounds.back().outcomes = nullptr;
                    }};
};

EchoTarget target_of(std::uint32_t probes, std::uint64_t rounds, std::int64_t interval_ms = 100) {
  EchoTarget target;
  target.address = kSomewhere;
  target.interval_ns = interval_ms * kMs;
  target.timeout_ns = 1'000 * kMs;
  target.probes_per_round = probes;
  target.max_rounds = rounds;
  return target;
}

TEST(EchoProber, RoundsOfAPerfectNetwork) {
  ProberRun run([](const EchoRequest&) { return std::vector<Answer>{{7}}; });
  run.prober.add(target_of(5, 3));
  run.until_done();
  ASSERT_EQ(run.rounds.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    const RoundStatistics& round = run.rounds[i].statistics;
    EXPECT_EQ(run.rounds[i].number, i);
    EXPECT_EQ(round.sent, 5U);
    EXPECT_EQ(round.received, 5U);
    EXPECT_DOUBLE_EQ(round.delay->avg, 7);
    EXPECT_NEAR(round.delay->stddev, 0, 1e-9);
    EXPECT_EQ(*round.ttl, 64);
  }
  EXPECT_EQ(run.network.num_sent, 15U);
}

TEST(EchoProber, SilenceIsToldWhenTheLastTimeoutIsOver) {
  ProberRun run([](const EchoRequest&) { return std::vector<Answer>{}; });
  run.prober.add(target_of(5, 1), true);
  const std::int64_t begin = run.clock.now_ms();
  run.until_done();
  ASSERT_EQ(run.rounds.size(), 1U);
  EXPECT_DOUBLE_EQ(run.rounds[0].statistics.loss->percent, 100);
  EXPECT_FALSE(run.rounds[0].statistics.delay);
  EXPECT_LE(run.clock.now_ms() - begin, 4 * 100 + 1'000 + 20);
}

TEST(EchoProber, WhatCouldNotBeSentIsMissing) {
  ProberRun run([](const EchoRequest&) { return std::vector<Answer>{{1}}; });
  run.network.is_unplugged = true;
  run.prober.add(target_of(5, 2));
  run.until_done(700);
  run.network.is_unplugged = false;
  run.until_done();
  ASSERT_EQ(run.rounds.size(), 2U);
  EXPECT_EQ(run.rounds[0].statistics.not_sent, 5U);
  EXPECT_FALSE(run.rounds[0].statistics.loss);
  EXPECT_GT(run.rounds[1].statistics.received, 0U);
  EXPECT_DOUBLE_EQ(run.rounds[1].statistics.loss->percent, 0);
}

TEST(EchoProber, LateDuplicateReorderedUnreachableAndTtl) {
  ProberRun run([](const EchoRequest& request) -> std::vector<Answer> {
    switch (request.sequence) {
      case 0:
        return {{10}, {20}, {30}};  // twice more
      case 1:
        return {{250}};  // comes behind the next two
      case 2:
        return {{10}};
      case 3:
        return {{1'200}, {1'250}};  // late, and once more
      case 4:
        return {{5, EchoEvent::Kind::kUnreachable}};
      case 5:
        return {{5, EchoEvent::Kind::kTtlExceeded}};
      case 6:
        return {};
      default:
        return {{10, EchoEvent::Kind::kReply, 63}};  // by another path
    }
  });
  run.prober.add(target_of(20, 1));
  run.until_done();
  ASSERT_EQ(run.rounds.size(), 1U);
  const RoundStatistics& round = run.rounds[0].statistics;
  EXPECT_EQ(round.sent, 20U);
  EXPECT_EQ(round.received, 16U);
  EXPECT_EQ(round.extras.late, 1U);
  EXPECT_EQ(round.extras.duplicates, 3U);
  EXPECT_EQ(round.extras.reordered, 1U);
  EXPECT_EQ(round.unreachable, 1U);
  EXPECT_EQ(round.ttl_exceeded, 1U);
  EXPECT_EQ(round.loss_runs, 1U);
  EXPECT_EQ(round.longest_loss_run, 4U);
  EXPECT_EQ(round.ttl_changes, 1U);
  EXPECT_EQ(*round.ttl, 63);
  EXPECT_DOUBLE_EQ(round.loss->percent, 20);
}

TEST(EchoProber, AnswersAfterTheirRoundCountAsLateInTheNext) {
  ProberRun run([](const EchoRequest& request) -> std::vector<Answer> {
    return {{request.sequence == 4 ? 1'050 : 2}};
  });
  run.prober.add(target_of(5, 6));
  run.until_done();
  ASSERT_EQ(run.rounds.size(), 6U);
  EXPECT_EQ(run.rounds[0].statistics.received, 4U);
  std::uint64_t late = 0;
  std::uint64_t received = 0;
  for (const EchoRound& round : run.rounds) {
    late += round.statistics.extras.late;
    received += round.statistics.received;
  }
  EXPECT_EQ(late, 1U);
  EXPECT_EQ(received, 29U);
}

TEST(EchoProber, AProcessThatSleptDoesNotCallAnswersLost) {
  ProberRun run([](const EchoRequest&) { return std::vector<Answer>{{3}}; });
  run.prober.add(target_of(5, 1), true);
  (void)run.prober.step();
  run.clock.advance_ms(1);
  (void)run.prober.step();      // sends the first
  run.clock.advance_ms(5'000);  // stopped by its host meanwhile
  run.until_done();
  ASSERT_EQ(run.rounds.size(), 1U);
  EXPECT_EQ(run.rounds[0].statistics.received, 5U);
  EXPECT_EQ(run.network.num_sent, 5U) << "no bunch of probes after the sleep";
}

TEST(EchoProber, AThousandSilentTargetsDoNotHoldTheOthersUp) {
  ProberRun run([](const EchoRequest& request) {
    return request.target % 10 == 0 ? std::vector<Answer>{{4}} : std::vector<Answer>{};
  });
  for (int i = 0; i < 1'000; ++i) {
    run.prober.add(target_of(10, 2, 1'000));
  }
  run.until_done();
  ASSERT_EQ(run.rounds.size(), 2'000U);
  for (const EchoRound& round : run.rounds) {
    EXPECT_EQ(round.statistics.sent, 10U);
    EXPECT_DOUBLE_EQ(round.statistics.loss->percent, round.target % 10 == 0 ? 0 : 100);
    if (round.statistics.delay) {
      EXPECT_DOUBLE_EQ(round.statistics.delay->avg, 4);
    }
  }
}

// Each number against a count by hand, for networks that do everything at once.
TEST(EchoProber, AgreesWithTheNaiveCount) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    Random chance(seed);
    std::uint64_t answered = 0;
    std::uint64_t late = 0;
    std::uint64_t duplicates = 0;
    ProberRun run([&](const EchoRequest&) -> std::vector<Answer> {
      std::vector<Answer> answers;
      const double draw = chance.uniform();
      if (draw < 0.7) {
        ++answered;
        answers.push_back({1 + static_cast<std::int64_t>(chance.below(900))});
      } else if (draw < 0.85) {
        ++late;
        answers.push_back({1'010 + static_cast<std::int64_t>(chance.below(800))});
      }
      if (!answers.empty() && chance.chance(0.2)) {
        ++duplicates;
        answers.push_back({answers.front().delay_ms + 1});
      }
      return answers;
    });
    // Enough probes follow for the last late answers to be seen.
    run.prober.add(target_of(40, 6, 1 + static_cast<std::int64_t>(chance.below(90))));
    run.until_done();
    for (int i = 0; i < 3'000; ++i) {
      run.clock.advance_ms(1);
      (void)run.prober.step();
    }
    std::uint64_t seen_answered = 0;
    std::uint64_t seen_late = 0;
    std::uint64_t seen_duplicates = 0;
    for (const EchoRound& round : run.rounds) {
      seen_answered += round.statistics.received;
      seen_late += round.statistics.extras.late;
      seen_duplicates += round.statistics.extras.duplicates;
    }
    EXPECT_EQ(run.rounds.size(), 6U);
    EXPECT_EQ(seen_answered, answered) << "seed " << seed;
    // Those of the last round may come when nobody publishes them any more.
    EXPECT_LE(seen_late, late);
    EXPECT_LE(seen_duplicates, duplicates);
    EXPECT_GE(seen_late + 40, late);
  }
}

}  // namespace
}  // namespace weir::probe

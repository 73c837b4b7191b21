#include "probe/round_statistics.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "base/random.h"

namespace weir::probe {
namespace {

Outcome answered(double rtt_ms, std::uint8_t ttl = 64) {
  return {static_cast<std::uint32_t>(std::llround(rtt_ms * 1e5)), Fate::kAnswered, ttl};
}
const Outcome kGone{0, Fate::kLost, 0};

std::map<std::string, double, std::less<>> metrics_of(const RoundStatistics& round) {
  std::map<std::string, double, std::less<>> metrics;
  for_each_metric(round, [&](std::string_view name, double value, std::string_view /*unit*/) {
    EXPECT_TRUE(metrics.emplace(name, value).second) << name << " is published twice";
  });
  return metrics;
}

TEST(RoundStatistics, DocumentsFivePings) {
  RunningJitter jitter;
  const std::vector<Outcome> outcomes = {answered(10), answered(12), answered(11), answered(17),
                                         answered(10)};
  const auto metrics = metrics_of(summarise(outcomes, {}, jitter));
  // What Python's statistics.mean and stdev give for the document's script.
  EXPECT_DOUBLE_EQ(metrics.at("rtt_avg"), 12);
  EXPECT_NEAR(metrics.at("rtt_stddev"), 2.9154759474226504, 1e-12);
  EXPECT_DOUBLE_EQ(metrics.at("jitter"), metrics.at("rtt_stddev"));
  EXPECT_NEAR(metrics.at("rtt_mdev"), 2.6076809620810595, 1e-12);
  EXPECT_DOUBLE_EQ(metrics.at("rtt_range"), 7);
  EXPECT_DOUBLE_EQ(metrics.at("rtt_median"), 11);
  EXPECT_DOUBLE_EQ(metrics.at("ipdv_mean"), (2 + 1 + 6 + 7) / 4.0);
  EXPECT_DOUBLE_EQ(metrics.at("packet_loss_percent"), 0);
  EXPECT_DOUBLE_EQ(metrics.at("packet_loss_low_percent"), 0);
  // Wilson, 0 of 5: 43.45 %: what five pings can tell.
  EXPECT_NEAR(metrics.at("packet_loss_high_percent"), 43.4482, 1e-3);
}

TEST(RoundStatistics, SilenceIsLossAndWhatWasNotSentIsMissing) {
  RunningJitter jitter;
  const auto silent = metrics_of(summarise(std::vector<Outcome>(5, kGone), {}, jitter));
  EXPECT_DOUBLE_EQ(silent.at("packet_loss_percent"), 100);
  EXPECT_DOUBLE_EQ(silent.at("longest_loss_run"), 5);
  EXPECT_FALSE(silent.contains("rtt_avg"));
  EXPECT_FALSE(silent.contains("jitter"));
  const std::vector<Outcome> unsent(5, Outcome{0, Fate::kNotSent, 0});
  const auto missing = metrics_of(summarise(unsent, {}, jitter));
  EXPECT_FALSE(missing.contains("packet_loss_percent"));
  EXPECT_DOUBLE_EQ(missing.at("packets_not_sent"), 5);
  EXPECT_DOUBLE_EQ(missing.at("packets_sent"), 0);
}

TEST(RoundStatistics, OneAnswerHasNoSpread) {
  RunningJitter jitter;
  const auto metrics = metrics_of(summarise(std::vector<Outcome>{answered(3)}, {}, jitter));
  EXPECT_DOUBLE_EQ(metrics.at("rtt_stddev"), 0);
  EXPECT_DOUBLE_EQ(metrics.at("rtt_p99"), 3);
  EXPECT_FALSE(metrics.contains("ipdv_mean"));
  EXPECT_FALSE(metrics.contains("jitter_rfc3550"));
}

TEST(RoundStatistics, RunningJitterGoesOnOverRoundsAndSkipsLosses) {
  RunningJitter jitter;
  (void)summarise(std::vector<Outcome>{answered(10), answered(26)}, {}, jitter);
  EXPECT_DOUBLE_EQ(jitter.value_ms(), 1);  // 16 / 16
  // The pair over the rounds' border counts: |10 - 26| = 16.
  const auto round = summarise(std::vector<Outcome>{answered(10), kGone, answered(90)}, {}, jitter);
  EXPECT_DOUBLE_EQ(*round.jitter_rfc3550_ms, 1 + (16 - 1) / 16.0);
  EXPECT_EQ(jitter.num_pairs(), 2U);
}

TEST(RoundStatistics, WilsonHoldsTheShare) {
  for (std::uint64_t n = 1; n < 200; n += 7) {
    for (std::uint64_t lost = 0; lost <= n; ++lost) {
      const auto loss = wilson(lost, n);
      EXPECT_LE(loss.low_percent, loss.percent);
      EXPECT_GE(loss.high_percent, loss.percent);
    }
  }
  // Brown, Cai and DasGupta's formula by hand: 10 of 100.
  EXPECT_NEAR(wilson(10, 100).low_percent, 5.5229, 1e-3);
  EXPECT_NEAR(wilson(10, 100).high_percent, 17.4366, 1e-3);
}

// The same numbers straight from their definitions.
struct Naive {
  std::vector<double> rtts;
  std::vector<double> steps;
  std::uint64_t lost = 0, sent = 0, runs = 0, longest = 0;
};

Naive naive_model(const std::vector<Outcome>& outcomes) {
  Naive naive;
  std::string pattern;
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    const Fate fate = outcomes[i].fate;
    if (fate == Fate::kNotSent) {
      continue;
    }
    pattern += fate == Fate::kAnswered ? '.' : 'x';
    if (fate == Fate::kAnswered) {
      naive.rtts.push_back(outcomes[i].rtt_ms());
      if (i > 0 && outcomes[i - 1].fate == Fate::kAnswered) {
        naive.steps.push_back(std::fabs(outcomes[i].rtt_ms() - outcomes[i - 1].rtt_ms()));
      }
    }
  }
  naive.sent = pattern.size();
  naive.lost = static_cast<std::uint64_t>(std::count(pattern.begin(), pattern.end(), 'x'));
  pattern += '.';
  for (std::size_t begin = 0; begin < pattern.size();) {
    const std::size_t end = pattern.find('.', begin);
    naive.runs += end > begin ? 1U : 0U;
    naive.longest = std::max<std::uint64_t>(naive.longest, end - begin);
    begin = end + 1;
  }
  return naive;
}

TEST(RoundStatistics, AgreesWithTheNaiveModel) {
  Random random(20261125);
  for (int turn = 0; turn < 500; ++turn) {
    std::vector<Outcome> outcomes(1 + random.below(60));
    for (Outcome& outcome : outcomes) {
      const double draw = random.uniform();
      outcome = draw < 0.6   ? answered(0.01 + 200 * random.uniform())
                : draw < 0.8 ? kGone
                : draw < 0.9 ? Outcome{0, Fate::kUnreachable, 0}
                             : Outcome{0, Fate::kNotSent, 0};
    }
    RunningJitter jitter;
    const auto round = summarise(outcomes, {}, jitter);
    Naive naive = naive_model(outcomes);
    EXPECT_EQ(round.sent, naive.sent);
    EXPECT_EQ(round.received, naive.rtts.size());
    EXPECT_EQ(round.loss_runs, naive.runs);
    EXPECT_EQ(round.longest_loss_run, naive.longest);
    if (naive.sent > 0) {
      EXPECT_NEAR(round.loss->percent,
                  100.0 * static_cast<double>(naive.lost) / static_cast<double>(naive.sent), 1e-9);
    }
    ASSERT_EQ(round.delay.has_value(), !naive.rtts.empty());
    ASSERT_EQ(round.neighbours.has_value(), !naive.steps.empty());
    if (round.neighbours) {
      double sum = 0;
      for (const double step : naive.steps) {
        sum += step;
      }
      EXPECT_NEAR(round.neighbours->mean, sum / static_cast<double>(naive.steps.size()), 1e-9);
    }
    if (!round.delay) {
      continue;
    }
    double sum = 0;
    double squares = 0;
    for (const double rtt : naive.rtts) {
      sum += rtt;
      squares += rtt * rtt;
    }
    const auto n = static_cast<double>(naive.rtts.size());
    const double variance = squares / n - (sum / n) * (sum / n);
    EXPECT_NEAR(round.delay->avg, sum / n, 1e-9);
    EXPECT_NEAR(round.delay->mdev, std::sqrt(std::max(0.0, variance)), 1e-4);
    EXPECT_NEAR(round.delay->stddev * round.delay->stddev * (n - 1), variance * n, 1e-4 * n);
    EXPECT_EQ(round.delay->min, *std::min_element(naive.rtts.begin(), naive.rtts.end()));
    EXPECT_EQ(round.delay->max, *std::max_element(naive.rtts.begin(), naive.rtts.end()));
  }
}

}  // namespace
}  // namespace weir::probe

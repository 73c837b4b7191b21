#include "probe/round_statistics.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace weir::probe {
namespace {

constexpr double kZ = 1.959963984540054;  // 95 %, two-sided

DelayStatistics delay_of(const std::vector<double>& rtts) {
  DelayStatistics delay;
  std::vector<double> sorted = rtts;
  std::sort(sorted.begin(), sorted.end());
  const auto n = static_cast<double>(sorted.size());
  double sum = 0;
  for (const double rtt : rtts) {
    sum += rtt;
  }
  delay.min = sorted.front();
  delay.max = sorted.back();
  delay.avg = sum / n;
  // Deviations from the mean, not mean(x^2) - mean(x)^2: the same number without cancellation.
  double squares = 0;
  for (const double rtt : rtts) {
    squares += (rtt - delay.avg) * (rtt - delay.avg);
  }
  delay.stddev = rtts.size() > 1 ? std::sqrt(squares / (n - 1)) : 0;
  delay.mdev = std::sqrt(squares / n);
  delay.range = delay.max - delay.min;
  delay.median = percentile(sorted, 0.5);
  delay.p95 = percentile(sorted, 0.95);
  delay.p99 = percentile(sorted, 0.99);
  delay.pdv_p95 = delay.p95 - delay.min;
  delay.pdv_p99 = delay.p99 - delay.min;
  return delay;
}

std::optional<NeighbourStatistics> neighbours_of(std::span<const Outcome> outcomes) {
  std::vector<double> differences;
  for (std::size_t i = 1; i < outcomes.size(); ++i) {
    if (outcomes[i].fate == Fate::kAnswered && outcomes[i - 1].fate == Fate::kAnswered) {
      differences.push_back(std::abs(outcomes[i].rtt_ms() - outcomes[i - 1].rtt_ms()));
    }
  }
  if (differences.empty()) {
    return std::nullopt;
  }
  NeighbourStatistics result;
  result.num_pairs = differences.size();
  for (const double difference : differences) {
    result.mean += difference / static_cast<double>(differences.size());
  }
  std::sort(differences.begin(), differences.end());
  result.p95 = percentile(differences, 0.95);
  return result;
}

void count(const Outcome& outcome, RoundStatistics& round, std::uint64_t& run) {
  if (outcome.fate == Fate::kNotSent) {
    ++round.not_sent;
    return;  // neither ends a run of losses nor lengthens it
  }
  ++round.sent;
  round.unreachable += outcome.fate == Fate::kUnreachable ? 1U : 0U;
  round.ttl_exceeded += outcome.fate == Fate::kTtlExceeded ? 1U : 0U;
  round.failed += outcome.fate == Fate::kFailed ? 1U : 0U;
  if (is_loss(outcome.fate)) {
    round.loss_runs += run == 0 ? 1U : 0U;
    round.longest_loss_run = std::max(round.longest_loss_run, ++run);
    return;
  }
  run = 0;
  ++round.received;
  if (outcome.ttl != 0) {
    round.ttl_changes += round.ttl && *round.ttl != outcome.ttl ? 1U : 0U;
    round.ttl = outcome.ttl;
  }
}

}  // namespace

void RunningJitter::add(const Outcome& outcome) {
  if (outcome.fate != Fate::kAnswered) {
    last_ms_.reset();
    return;
  }
  const double rtt = outcome.rtt_ms();
  if (last_ms_) {
    value_ms_ += (std::abs(rtt - *last_ms_) - value_ms_) / 16;
    ++num_pairs_;
  }
  last_ms_ = rtt;
}

double percentile(std::span<const double> sorted, double share) {
  const double rank = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(rank);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (sorted[above] - sorted[below]) * (rank - static_cast<double>(below));
}

LossStatistics wilson(std::uint64_t lost, std::uint64_t sent) {
  const auto n = static_cast<double>(sent);
  const double p = static_cast<double>(lost) / n;
  const double scale = 1 + kZ * kZ / n;
  const double centre = (p + kZ * kZ / (2 * n)) / scale;
  const double half = kZ / scale * std::sqrt(p * (1 - p) / n + kZ * kZ / (4 * n * n));
  // At the ends the interval holds the share itself, which rounding would miss by a hair.
  return {100 * p, lost == 0 ? 0 : 100 * std::max(0.0, centre - half),
          lost == sent ? 100 : 100 * std::min(1.0, centre + half)};
}

RoundStatistics summarise(std::span<const Outcome> outcomes, const Extras& extras,
                          RunningJitter& jitter) {
  RoundStatistics round;
  round.extras = extras;
  std::vector<double> rtts;
  std::uint64_t run = 0;
  for (const Outcome& outcome : outcomes) {
    count(outcome, round, run);
    jitter.add(outcome);
    if (outcome.fate == Fate::kAnswered) {
      rtts.push_back(outcome.rtt_ms());
    }
  }
  if (round.sent > 0) {
    round.loss = wilson(round.sent - round.received, round.sent);
  }
  if (!rtts.empty()) {
    round.delay = delay_of(rtts);
  }
  round.neighbours = neighbours_of(outcomes);
  if (jitter.num_pairs() > 0) {
    round.jitter_rfc3550_ms = jitter.value_ms();
  }
  return round;
}

void for_each_metric(const RoundStatistics& round, const TakeMetric& take) {
  const auto milliseconds = [&](std::string_view name, double value) {
    take(name, value, "Milliseconds");
  };
  const auto count = [&](std::string_view name, std::uint64_t value) {
    take(name, static_cast<double>(value), "Count");
  };
  if (round.loss) {
    take("packet_loss_percent", round.loss->percent, "Percent");
  }
  if (round.delay) {
    milliseconds("rtt_min", round.delay->min);
    milliseconds("rtt_max", round.delay->max);
    milliseconds("rtt_avg", round.delay->avg);
    milliseconds("rtt_stddev", round.delay->stddev);
    milliseconds("jitter", round.delay->stddev);
    milliseconds("rtt_mdev", round.delay->mdev);
    milliseconds("rtt_median", round.delay->median);
    milliseconds("rtt_p95", round.delay->p95);
    milliseconds("rtt_p99", round.delay->p99);
    milliseconds("rtt_range", round.delay->range);
    milliseconds("pdv_p95", round.delay->pdv_p95);
    milliseconds("pdv_p99", round.delay->pdv_p99);
  }
  if (round.neighbours) {
    milliseconds("ipdv_mean", round.neighbours->mean);
    milliseconds("ipdv_p95", round.neighbours->p95);
    count("ipdv_pairs", round.neighbours->num_pairs);
  }
  if (round.jitter_rfc3550_ms) {
    milliseconds("jitter_rfc3550", *round.jitter_rfc3550_ms);
  }
  if (round.loss) {
    take("packet_loss_low_percent", round.loss->low_percent, "Percent");
    take("packet_loss_high_percent", round.loss->high_percent, "Percent");
  }
  count("packets_sent", round.sent);
  count("packets_received", round.received);
  count("packets_not_sent", round.not_sent);
  count("loss_runs", round.loss_runs);
  count("longest_loss_run", round.longest_loss_run);
  count("late", round.extras.late);
  count("duplicates", round.extras.duplicates);
  count("reordered", round.extras.reordered);
  count("unreachable", round.unreachable);
  count("ttl_exceeded", round.ttl_exceeded);
  count("ttl_changes", round.ttl_changes);
  count("failed", round.failed);
  if (round.ttl) {
    take("ttl", *round.ttl, "None");
  }
}

}  // namespace weir::probe

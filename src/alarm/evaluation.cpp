#include "alarm/evaluation.h"

#include <algorithm>

#include "alarm/timezone.h"
#include "metric/statistic.h"

namespace weir::alarm {
namespace {

constexpr std::int64_t kOneDayS = 86'400;
constexpr double kSamplesForTail = 10;

std::int64_t floor_to(std::int64_t value, std::int64_t step) {
  const std::int64_t rest = value % step;
  return value - (rest < 0 ? rest + step : rest);
}

double samples_needed(const MetricAlarm& alarm) {
  if (alarm.evaluate_low_sample_count_percentile.value_or("evaluate") != "ignore" ||
      !alarm.metric) {
    return 0;
  }
  const auto statistic = metric::parse_statistic(alarm.metric->statistic);
  if (!statistic || statistic->kind != metric::Statistic::Kind::kPercentile) {
    return 0;
  }
  const double p = statistic->high;
  const double tail = p >= 0.5 ? 1 - p : p;
  return tail > 0 ? kSamplesForTail / tail : 0;
}

}  // namespace

EvaluationRule rule_of(const MetricAlarm& alarm) {
  EvaluationRule rule;
  rule.comparison = alarm.comparison;
  rule.threshold = alarm.threshold.value_or(0);
  rule.evaluation_periods = alarm.evaluation_periods;
  rule.min_breaching = alarm.min_breaching();
  rule.missing_data = alarm.missing_data();
  rule.min_samples = samples_needed(alarm);
  return rule;
}

bool is_breaching(const EvaluationRule& rule, const Slot& slot) {
  const double value = *slot.value;
  switch (rule.comparison) {
    case Comparison::kGreaterThanOrEqualToThreshold:
      return value >= rule.threshold;
    case Comparison::kGreaterThanThreshold:
      return value > rule.threshold;
    case Comparison::kLessThanThreshold:
      return value < rule.threshold;
    case Comparison::kLessThanOrEqualToThreshold:
      return value <= rule.threshold;
    case Comparison::kLessThanLowerOrGreaterThanUpperThreshold:
      return value < slot.lower || value > slot.upper;
    case Comparison::kLessThanLowerThreshold:
      return value < slot.lower;
    case Comparison::kGreaterThanUpperThreshold:
      return value > slot.upper;
  }
  return false;
}

Evaluation evaluate(const EvaluationRule& rule, std::span<const Slot> range) {
  const std::int64_t n = rule.evaluation_periods;
  const std::int64_t m = rule.min_breaching;
  Evaluation result;
  // The newest points that are there, at most N of them.
  for (std::size_t i = range.size();
       i-- > 0 && static_cast<std::int64_t>(result.deciding.size()) < n;) {
    if (range[i].value) {
      result.deciding.push_back(i);
      result.num_breaching += is_breaching(rule, range[i]) ? 1 : 0;
      result.has_low_samples = result.has_low_samples || range[i].sample_count < rule.min_samples;
    }
  }
  const std::int64_t bad = result.num_breaching;
  const auto real = static_cast<std::int64_t>(result.deciding.size());
  const std::int64_t missing = n - real;
  if (real > 0 && result.has_low_samples) {
    result.verdict = Verdict::kHold;
    return result;
  }
  result.has_low_samples = false;
  const auto decide = [&](std::int64_t breaching) {
    result.verdict = breaching >= m ? Verdict::kAlarm : Verdict::kOk;
    return result;
  };
  if (missing == 0 || bad >= m) {  // what is there suffices
    return decide(bad);
  }
  switch (rule.missing_data) {
    case MissingData::kBreaching:
      result.num_filled = missing;
      return decide(bad + missing);
    case MissingData::kNotBreaching:
      result.num_filled = missing;
      return decide(bad);
    case MissingData::kMissing:
    case MissingData::kIgnore:
      break;
  }
  const bool is_ignoring = rule.missing_data == MissingData::kIgnore;
  if (real == 0) {
    result.verdict = is_ignoring ? Verdict::kHold : Verdict::kInsufficientData;
    return result;
  }
  if (bad == real) {
    // All that is there is bad: alarm early, once it is so old that newer points would have come.
    const auto age = static_cast<std::int64_t>(range.size() - result.deciding.back());
    result.verdict = age >= m && !is_ignoring ? Verdict::kAlarm : Verdict::kHold;
    return result;
  }
  return decide(bad);
}

std::int64_t range_length(std::int64_t evaluation_periods, std::int64_t period_s) {
  return evaluation_periods + (period_s >= 60 ? 2 : 60 / period_s);
}

std::int64_t interval_s(const MetricAlarm& alarm) {
  const std::int64_t period = alarm.period_s();
  if (period < 60) {
    return 10;
  }
  return alarm.evaluation_periods * period > kOneDayS ? 3'600 : 60;
}

TimeMs window_end(const MetricAlarm& alarm, TimeMs now_ms) {
  const std::int64_t period = alarm.period_s();
  const std::int64_t now_s = floor_to(now_ms, 1000) / 1000;
  if (alarm.wall_clock_timezone) {
    const std::int64_t offset_s = offset_of(*alarm.wall_clock_timezone, now_s).value_or(0);
    return (floor_to(now_s + offset_s, period) - offset_s) * 1000;
  }
  std::int64_t step = period < 60 ? 10 : 60;
  if (period % kOneDayS == 0) {
    step = kOneDayS;
  }
  return floor_to(now_s, step) * 1000;
}

}  // namespace weir::alarm

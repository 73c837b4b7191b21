#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "alarm/definition.h"

namespace weir::alarm {

// A period that an alarm looks at.
struct Slot {
  TimeMs time_ms = 0;           // where it begins
  std::optional<double> value;  // absent: no data
  double sample_count = 0;      // 0: not known
  double lower = 0;             // of a band
  double upper = 0;
};

// How slots become a state: the part of a definition that needs no metric.
struct EvaluationRule {
  Comparison comparison = Comparison::kGreaterThanThreshold;
  double threshold = 0;
  std::int64_t evaluation_periods = 1;  // N
  std::int64_t min_breaching = 1;       // M
  MissingData missing_data = MissingData::kMissing;
  // Points of fewer samples leave the state as it is (EvaluateLowSampleCountPercentile=ignore).
  double min_samples = 0;
};
[[nodiscard]] EvaluationRule rule_of(const MetricAlarm& alarm);

enum class Verdict : std::uint8_t { kOk, kAlarm, kInsufficientData, kHold };

// What an evaluation rests on.
struct Evaluation {
  Verdict verdict = Verdict::kHold;
  // The points that decided, newest first, as places in the range.
  std::vector<std::size_t> deciding;
  std::int64_t num_breaching = 0;  // among them
  std::int64_t num_filled = 0;     // missing ones that were treated as breaching or not
  bool has_low_samples = false;    // held for that
};

[[nodiscard]] bool is_breaching(const EvaluationRule& rule, const Slot& slot);

// Judges a range of slots, oldest first, as CloudWatch does (facts: section 6; user guide,
// "Configuring how CloudWatch alarms treat missing data", 2024). The range is longer than N, so
// that late data and gaps are looked past.
[[nodiscard]] Evaluation evaluate(const EvaluationRule& rule, std::span<const Slot> range);

// Slots of a range: N and 2 more of a minute or longer, N and a minute's worth of shorter ones.
// Documented only as "more than N"; examples fit this.
[[nodiscard]] std::int64_t range_length(std::int64_t evaluation_periods, std::int64_t period_s);

// How often an alarm is evaluated: every minute; every 10 s for shorter periods; every hour where N
// periods are more than a day.
[[nodiscard]] std::int64_t interval_s(const MetricAlarm& alarm);

// Where the newest whole period ends at `now_ms`: at a full minute (10 s for shorter periods); at
// midnight UTC for periods of days; by the clock where the window is a wall clock's.
[[nodiscard]] TimeMs window_end(const MetricAlarm& alarm, TimeMs now_ms);

}  // namespace weir::alarm

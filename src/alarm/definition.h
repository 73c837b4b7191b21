#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "metric/data_query.h"
#include "metric/refusal.h"

namespace weir::alarm {

enum class StateValue : std::uint8_t { kOk, kAlarm, kInsufficientData };
[[nodiscard]] std::string_view name_of(StateValue value);  // "INSUFFICIENT_DATA"
[[nodiscard]] std::optional<StateValue> parse_state_value(std::string_view name);

enum class Comparison : std::uint8_t {
  kGreaterThanOrEqualToThreshold,
  kGreaterThanThreshold,
  kLessThanThreshold,
  kLessThanOrEqualToThreshold,
  kLessThanLowerOrGreaterThanUpperThreshold,  // and below: bands
  kLessThanLowerThreshold,
  kGreaterThanUpperThreshold,
};
[[nodiscard]] std::string_view name_of(Comparison comparison);
[[nodiscard]] std::optional<Comparison> parse_comparison(std::string_view name);
[[nodiscard]] constexpr bool is_band(Comparison comparison) {
  return comparison >= Comparison::kLessThanLowerOrGreaterThanUpperThreshold;
}

enum class MissingData : std::uint8_t { kMissing, kIgnore, kBreaching, kNotBreaching };
[[nodiscard]] std::string_view name_of(MissingData treatment);  // "notBreaching"
[[nodiscard]] std::optional<MissingData> parse_missing_data(std::string_view name);

// Whether an action is the address of a webhook, which is Weir's own: CloudWatch takes ARNs alone.
[[nodiscard]] bool is_webhook(std::string_view action);

// What every kind of alarm has.
struct AlarmBasics {
  std::string name;
  std::optional<std::string> description;
  bool actions_enabled = true;
  std::vector<std::string> ok_actions;
  std::vector<std::string> alarm_actions;
  std::vector<std::string> insufficient_data_actions;
  bool operator==(const AlarmBasics&) const = default;
};

// WarmUpConfiguration: how long a new alarm is not evaluated.
struct WarmUp {
  std::int64_t minutes = 1;  // 1 to 2880
  // Else it ends early, once every period of the window has data.
  std::optional<bool> waits_to_its_end;
  bool operator==(const WarmUp&) const = default;
};

// A metric alarm as PutMetricAlarm takes it. Optional members that were never given stay absent.
// Either `metric` (namespace, name, statistic, period) or `metrics`.
struct MetricAlarm : AlarmBasics {
  std::optional<metric::MetricStat> metric;
  std::vector<metric::DataQuery> metrics;
  std::int64_t evaluation_periods = 1;              // N
  std::optional<std::int64_t> datapoints_to_alarm;  // M
  std::optional<double> threshold;                  // absent for bands
  std::optional<std::string> threshold_metric_id;   // of a band
  Comparison comparison = Comparison::kGreaterThanThreshold;
  std::optional<MissingData> treat_missing_data;
  // "evaluate" or "ignore"
  std::optional<std::string> evaluate_low_sample_count_percentile;
  // EvaluationWindow: periods that begin where a clock of this time zone's would begin them;
  // absent: a sliding window.
  std::optional<std::string> wall_clock_timezone;
  std::optional<WarmUp> warm_up;

  [[nodiscard]] std::int64_t min_breaching() const {
    return datapoints_to_alarm.value_or(evaluation_periods);
  }
  // Of the metric, or of the expressions' metrics, which all have the same.
  [[nodiscard]] std::int64_t period_s() const;
  // The query whose series is compared: the one with ReturnData, or the only one.
  [[nodiscard]] const metric::DataQuery* returned_query() const;
  // `metrics`, or `metric` as the one query "m1".
  [[nodiscard]] std::vector<metric::DataQuery> queries() const;
  [[nodiscard]] MissingData missing_data() const;
  bool operator==(const MetricAlarm&) const = default;
};

// A composite alarm as PutCompositeAlarm takes it.
struct CompositeAlarm : AlarmBasics {
  std::string rule;
  std::optional<std::string> actions_suppressor;  // name or ARN
  std::optional<std::int64_t> suppressor_wait_period_s;
  std::optional<std::int64_t> suppressor_extension_period_s;
  bool operator==(const CompositeAlarm&) const = default;
};

struct State {
  StateValue value = StateValue::kInsufficientData;
  std::string reason;
  std::string reason_data;     // empty: none
  TimeMs updated_ms = 0;       // StateUpdatedTimestamp
  TimeMs transitioned_ms = 0;  // StateTransitionedTimestamp
  std::string suppressed_by;   // ActionsSuppressedBy: WaitPeriod, ExtensionPeriod, Alarm
  std::string suppressed_reason;
  std::string evaluation_state;  // PARTIAL_DATA, EVALUATION_FAILURE, EVALUATION_ERROR or empty
  bool operator==(const State&) const = default;
};

// A composite alarm's transition whose actions its suppressor holds back; state.suppressed_by says
// in which phase.
struct SuppressedTransition {
  State old_state;
  TimeMs since_ms = 0;  // when the phase began
  bool operator==(const SuppressedTransition&) const = default;
};

// An alarm as it is kept. `scope` is account and region as in metric::MetricName.
struct Alarm {
  std::string scope;
  std::variant<MetricAlarm, CompositeAlarm> definition;
  TimeMs configuration_updated_ms = 0;
  State state;
  std::optional<SuppressedTransition> suppressed;
  std::optional<SuppressedTransition> muted;  // whose actions a mute rule holds back
  std::optional<TimeMs> warm_up_until_ms;     // while it warms up; may have passed

  [[nodiscard]] const AlarmBasics& basics() const;
  [[nodiscard]] AlarmBasics& basics();
  [[nodiscard]] const std::string& name() const { return basics().name; }
  [[nodiscard]] const MetricAlarm* metric_alarm() const {
    return std::get_if<MetricAlarm>(&definition);
  }
  [[nodiscard]] const CompositeAlarm* composite() const {
    return std::get_if<CompositeAlarm>(&definition);
  }
};

// "arn:aws:cloudwatch:us-west-2:123456789012:alarm:NAME" for scope "123456789012/us-west-2".
[[nodiscard]] std::string alarm_arn(std::string_view scope, std::string_view name);
// The name in an alarm's ARN; the text itself where it is none.
[[nodiscard]] std::string_view name_in_arn(std::string_view arn_or_name);

// PutMetricAlarm's rules, in CloudWatch's words.
[[nodiscard]] metric::Checked<void> check_metric_alarm(const MetricAlarm& alarm,
                                                       std::string_view scope);
// PutCompositeAlarm's, but for children that do not exist.
[[nodiscard]] metric::Checked<void> check_composite_alarm(const CompositeAlarm& alarm,
                                                          std::string_view scope);

}  // namespace weir::alarm

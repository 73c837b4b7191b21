#include "alarm/definition.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "alarm/timezone.h"
#include "metric/query_run.h"
#include "metric/statistic.h"

namespace weir::alarm {
namespace {

using metric::Checked;
using metric::refuse;

constexpr std::array<std::string_view, 3> kStates = {"OK", "ALARM", "INSUFFICIENT_DATA"};
constexpr std::array<std::string_view, 7> kComparisons = {
    "GreaterThanOrEqualToThreshold",
    "GreaterThanThreshold",
    "LessThanThreshold",
    "LessThanOrEqualToThreshold",
    "LessThanLowerOrGreaterThanUpperThreshold",
    "LessThanLowerThreshold",
    "GreaterThanUpperThreshold"};
constexpr std::array<std::string_view, 4> kTreatments = {"missing", "ignore", "breaching",
                                                         "notBreaching"};
constexpr std::size_t kMaxName = 255;
constexpr std::size_t kMaxDescription = 1024;
constexpr std::size_t kMaxActions = 5;
constexpr std::size_t kMaxRule = 10'240;
constexpr std::int64_t kDayS = 86'400;
constexpr std::int64_t kWeekS = 604'800;
constexpr std::size_t kMaxAlarmMetrics = 10;

template <class T, std::size_t N>
std::optional<T> parse_enum(const std::array<std::string_view, N>& names, std::string_view name) {
  const auto* const found = std::find(names.begin(), names.end(), name);
  return found == names.end() ? std::nullopt : std::optional(static_cast<T>(found - names.begin()));
}

tl::unexpected<metric::Refusal> invalid(std::string message) {
  return refuse(metric::kValidationError, std::move(message));
}

std::string_view region_of(std::string_view scope) {
  return scope.substr(std::min(scope.size(), scope.find('/') + 1));
}

constexpr std::size_t kMaxWebhook = 1024;

Checked<void> check_action(const std::string& action, std::string_view scope) {
  if (is_webhook(action)) {
    return {};
  }
  const auto part = [&](int wanted) {
    std::size_t begin = 0;
    for (int i = 0; i < wanted; ++i) {
      const std::size_t colon = action.find(':', begin);
      if (colon == std::string::npos) {
        return std::string_view();
      }
      begin = colon + 1;
    }
    return std::string_view(action).substr(begin, action.find(':', begin) - begin);
  };
  const bool has_parts = std::count(action.begin(), action.end(), ':') >= 5;
  if (!action.starts_with("arn:") || !has_parts || part(1).empty() || part(2).empty() ||
      action.ends_with(':')) {
    return invalid(fmt::format("Invalid arn syntax: {}", action));
  }
  const std::string_view region = part(3);
  if (!region.empty() && region != region_of(scope)) {
    return invalid(fmt::format("Invalid region {} specified. Only {} is supported.", region,
                               region_of(scope)));
  }
  return {};
}

Checked<void> check_basics(const AlarmBasics& alarm, std::string_view scope) {
  if (alarm.name.empty()) {
    return refuse(metric::kMissingParameter, "The parameter AlarmName is required.");
  }
  if (alarm.name.size() > kMaxName) {
    return invalid(
        fmt::format("1 validation error detected: Value '{}' at 'alarmName' failed to "
                    "satisfy constraint: Member must have length less than or equal to "
                    "{}",
                    alarm.name, kMaxName));
  }
  if (alarm.description.value_or("").size() > kMaxDescription) {
    return invalid(
        fmt::format("1 validation error detected: Value '{}' at 'alarmDescription' failed "
                    "to satisfy constraint: Member must have length less than or equal "
                    "to {}",
                    *alarm.description, kMaxDescription));
  }
  for (const auto& [actions, name] :
       {std::pair(&alarm.ok_actions, "oKActions"), std::pair(&alarm.alarm_actions, "alarmActions"),
        std::pair(&alarm.insufficient_data_actions, "insufficientDataActions")}) {
    if (actions->size() > kMaxActions) {
      return invalid(
          fmt::format("1 validation error detected: Value '[{}]' at '{}' failed to "
                      "satisfy constraint: Member must have length less than or equal "
                      "to {}",
                      fmt::join(*actions, ", "), name, kMaxActions));
    }
    for (const std::string& action : *actions) {
      if (auto checked = check_action(action, scope); !checked) {
        return checked;
      }
    }
  }
  return {};
}

bool has_ec2_action(const AlarmBasics& alarm) {
  const auto is_ec2 = [](const std::string& action) {
    return action.starts_with("arn:aws:automate:") ||
           action.find(":action/actions/AWS_EC2.") != std::string::npos;
  };
  return std::any_of(alarm.alarm_actions.begin(), alarm.alarm_actions.end(), is_ec2) ||
         std::any_of(alarm.ok_actions.begin(), alarm.ok_actions.end(), is_ec2);
}

Checked<void> check_single_metric(const MetricAlarm& alarm) {
  const metric::MetricStat& stat = *alarm.metric;
  if (auto checked = metric::check_metric_name(stat.metric.name, ""); !checked) {
    return checked;
  }
  if (auto checked = metric::check_namespace(stat.metric.name_space, ""); !checked) {
    return checked;
  }
  const auto dimensions = metric::views_of(stat.metric.dimensions);
  if (auto checked = metric::check_dimensions(dimensions, ""); !checked) {
    return checked;
  }
  if (stat.statistic.empty()) {
    return refuse(metric::kInvalidParameterCombination,
                  "Exactly one of Statistic and ExtendedStatistic must be specified.");
  }
  if (!metric::parse_statistic(stat.statistic)) {
    return refuse(metric::kInvalidParameterValue,
                  fmt::format("The value {} for parameter ExtendedStatistic is not supported.",
                              stat.statistic));
  }
  if (!stat.unit.empty() && !metric::parse_unit(stat.unit)) {
    return refuse(metric::kInvalidParameterValue,
                  fmt::format("The value {} for parameter Unit is invalid.", stat.unit));
  }
  return {};
}

Checked<void> check_metrics(const MetricAlarm& alarm) {
  if (auto checked = metric::check_queries(alarm.metrics, "Metrics"); !checked) {
    return checked;
  }
  if (auto checked = metric::check_expressions(alarm.metrics); !checked) {
    return checked;
  }
  std::size_t num_metrics = 0;
  std::size_t num_returned = 0;
  std::int64_t period = 0;
  for (const metric::DataQuery& query : alarm.metrics) {
    num_metrics += query.metric_stat ? 1 : 0;
    num_returned += query.return_data.value_or(true) ? 1 : 0;
    const auto own =
        query.metric_stat ? std::optional(query.metric_stat->period_s) : query.period_s;
    if (own && period != 0 && *own != period) {
      return invalid("Metrics list must contain metrics of one period only.");
    }
    period = own.value_or(period);
    if (query.expression.find("SEARCH(") != std::string::npos) {
      return invalid("SEARCH is not supported on Metric Alarms.");
    }
  }
  if (num_metrics > kMaxAlarmMetrics || alarm.metrics.size() - num_metrics > kMaxAlarmMetrics) {
    return invalid(fmt::format("Metrics list can hold at most {0} metrics and {0} expressions.",
                               kMaxAlarmMetrics));
  }
  // A band and the metric that it is compared with are both returned.
  const std::size_t wanted = is_band(alarm.comparison) ? 2 : 1;
  if (num_returned != wanted && !(is_band(alarm.comparison) && num_returned == 1)) {
    return invalid("Exactly one element of the metrics list should return data.");
  }
  if (has_ec2_action(alarm)) {
    return invalid("EC2 actions are not supported on alarms of metric math expressions.");
  }
  return {};
}

}  // namespace

bool is_webhook(std::string_view action) {
  const std::size_t scheme = action.starts_with("http://")    ? 7
                             : action.starts_with("https://") ? 8
                                                              : 0;
  return scheme > 0 && action.size() > scheme && action.size() <= kMaxWebhook &&
         action[scheme] != '/' && std::all_of(action.begin(), action.end(), [](char letter) {
           return letter > ' ' && letter < '\x7f';
         });
}

std::string_view name_of(StateValue value) { return kStates[static_cast<std::size_t>(value)]; }
std::optional<StateValue> parse_state_value(std::string_view name) {
  return parse_enum<StateValue>(kStates, name);
}
std::string_view name_of(Comparison comparison) {
  return kComparisons[static_cast<std::size_t>(comparison)];
}
std::optional<Comparison> parse_comparison(std::string_view name) {
  return parse_enum<Comparison>(kComparisons, name);
}
std::string_view name_of(MissingData treatment) {
  return kTreatments[static_cast<std::size_t>(treatment)];
}
std::optional<MissingData> parse_missing_data(std::string_view name) {
  return parse_enum<MissingData>(kTreatments, name);
}

std::int64_t MetricAlarm::period_s() const {
  if (metric) {
    return metric->period_s;
  }
  for (const metric::DataQuery& query : metrics) {
    if (query.metric_stat) {
      return query.metric_stat->period_s;
    }
    if (query.period_s) {
      return *query.period_s;
    }
  }
  return 60;
}

const metric::DataQuery* MetricAlarm::returned_query() const {
  for (const metric::DataQuery& query : metrics) {
    if (query.return_data.value_or(true) && query.id != threshold_metric_id) {
      return &query;
    }
  }
  return nullptr;
}

std::vector<metric::DataQuery> MetricAlarm::queries() const {
  if (!metric) {
    return metrics;
  }
  metric::DataQuery query;
  query.id = "m1";
  query.metric_stat = metric;
  return {query};
}

MissingData MetricAlarm::missing_data() const {
  if (treat_missing_data) {
    return *treat_missing_data;
  }
  const bool is_dynamo = metric && metric->metric.name_space == "AWS/DynamoDB";
  return is_dynamo ? MissingData::kIgnore : MissingData::kMissing;
}

const AlarmBasics& Alarm::basics() const {
  return std::visit([](const auto& alarm) -> const AlarmBasics& { return alarm; }, definition);
}

AlarmBasics& Alarm::basics() {
  return std::visit([](auto& alarm) -> AlarmBasics& { return alarm; }, definition);
}

std::string alarm_arn(std::string_view scope, std::string_view name) {
  return fmt::format("arn:aws:cloudwatch:{}:{}:alarm:{}", region_of(scope),
                     scope.substr(0, scope.find('/')), name);
}

std::string_view name_in_arn(std::string_view arn_or_name) {
  constexpr std::string_view kMark = ":alarm:";
  const std::size_t place = arn_or_name.find(kMark);
  return arn_or_name.starts_with("arn:") && place != std::string_view::npos
             ? arn_or_name.substr(place + kMark.size())
             : arn_or_name;
}

Checked<void> check_metric_alarm(const MetricAlarm& alarm, std::string_view scope) {
  if (auto checked = check_basics(alarm, scope); !checked) {
    return checked;
  }
  if (alarm.metric.has_value() == !alarm.metrics.empty()) {
    return alarm.metric
               ? refuse(metric::kInvalidParameterCombination,
                        "The parameters MetricName and Metrics are mutually exclusive and you have "
                        "specified both.")
               : refuse(metric::kInvalidParameterCombination,
                        "Exactly one of the parameters MetricName and Metrics must be specified.");
  }
  if (auto checked = alarm.metric ? check_single_metric(alarm) : check_metrics(alarm); !checked) {
    return checked;
  }
  const std::int64_t period = alarm.period_s();
  if (period != 10 && period != 20 && period != 30 && (period <= 0 || period % 60 != 0)) {
    return invalid("Period must be 10, 20, 30 or a multiple of 60");
  }
  if (alarm.evaluation_periods < 1) {
    return invalid(
        fmt::format("1 validation error detected: Value '{}' at 'evaluationPeriods' failed "
                    "to satisfy constraint: Member must have value greater than or equal "
                    "to 1",
                    alarm.evaluation_periods));
  }
  const std::int64_t longest = period < 3'600 ? kDayS : kWeekS;
  if (alarm.evaluation_periods > longest / period) {
    return invalid(
        fmt::format("Metrics cannot be checked across more than {} (EvaluationPeriods * "
                    "Period must be <= {}).",
                    period < 3'600 ? "a day" : "a week", longest));
  }
  if (alarm.datapoints_to_alarm &&
      (*alarm.datapoints_to_alarm < 1 || *alarm.datapoints_to_alarm > alarm.evaluation_periods)) {
    return invalid(fmt::format("DatapointsToAlarm must be between 1 and EvaluationPeriods ({}).",
                               alarm.evaluation_periods));
  }
  if (is_band(alarm.comparison)) {
    if (alarm.threshold || !alarm.threshold_metric_id) {
      return invalid(fmt::format("{} takes ThresholdMetricId instead of Threshold.",
                                 name_of(alarm.comparison)));
    }
    const bool has_it =
        std::any_of(alarm.metrics.begin(), alarm.metrics.end(),
                    [&](const auto& query) { return query.id == *alarm.threshold_metric_id; });
    if (!has_it) {
      return invalid("ThresholdMetricId must be the Id of an element of the metrics list.");
    }
  } else if (!alarm.threshold || alarm.threshold_metric_id) {
    return alarm.threshold_metric_id
               ? invalid(fmt::format("ThresholdMetricId cannot be used with {}.",
                                     name_of(alarm.comparison)))
               : refuse(metric::kMissingParameter, "The parameter Threshold is required.");
  } else if (!std::isfinite(*alarm.threshold)) {
    return refuse(metric::kInvalidParameterValue,
                  "The value for parameter Threshold must be a finite number.");
  }
  if (alarm.evaluate_low_sample_count_percentile &&
      *alarm.evaluate_low_sample_count_percentile != "evaluate" &&
      *alarm.evaluate_low_sample_count_percentile != "ignore") {
    return invalid(
        fmt::format("Option {} is not supported. Supported options for parameter "
                    "EvaluateLowSampleCountPercentile are evaluate and ignore.",
                    *alarm.evaluate_low_sample_count_percentile));
  }
  if (alarm.warm_up && (alarm.warm_up->minutes < 1 || alarm.warm_up->minutes > 2880)) {
    return invalid(
        "The value for parameter WarmUpConfiguration.WarmUpPeriodDurationInMinutes must be from 1 "
        "to 2880.");
  }
  if (alarm.wall_clock_timezone && !offset_of(*alarm.wall_clock_timezone, 0)) {
    return invalid(fmt::format(
        "The value {} for parameter EvaluationWindow.WallClockWindow.Timezone "
        "is not supported: give UTC, a name such as Europe/Berlin or an offset like +0130.",
        *alarm.wall_clock_timezone));
  }
  return {};
}

Checked<void> check_composite_alarm(const CompositeAlarm& alarm, std::string_view scope) {
  if (auto checked = check_basics(alarm, scope); !checked) {
    return checked;
  }
  if (alarm.rule.empty() || alarm.rule.size() > kMaxRule) {
    return invalid(fmt::format("AlarmRule must have between 1 and {} characters.", kMaxRule));
  }
  if (!alarm.actions_suppressor) {
    if (alarm.suppressor_wait_period_s || alarm.suppressor_extension_period_s) {
      return invalid(
          "ActionsSuppressorWaitPeriod and ActionsSuppressorExtensionPeriod need "
          "ActionsSuppressor.");
    }
  } else if (!alarm.suppressor_wait_period_s || !alarm.suppressor_extension_period_s) {
    return invalid(
        "ActionsSuppressor needs ActionsSuppressorWaitPeriod and "
        "ActionsSuppressorExtensionPeriod.");
  } else if (*alarm.suppressor_wait_period_s < 0 || *alarm.suppressor_extension_period_s < 0) {
    return invalid(
        "ActionsSuppressorWaitPeriod and ActionsSuppressorExtensionPeriod must not be "
        "negative.");
  }
  return {};
}

}  // namespace weir::alarm

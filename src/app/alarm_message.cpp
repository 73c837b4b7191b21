#include "app/alarm_message.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "alarm/reason.h"
#include "format/tree.h"
#include "metric/statistic.h"

namespace weir::app {
namespace {

using format::Tree;

constexpr std::size_t kMaxSubject = 100;

constexpr std::array<std::pair<std::string_view, std::string_view>, 20> kRegionNames = {{
    {"us-east-1", "US East (N. Virginia)"},
    {"us-east-2", "US East (Ohio)"},
    {"us-west-1", "US West (N. California)"},
    {"us-west-2", "US West (Oregon)"},
    {"ca-central-1", "Canada (Central)"},
    {"eu-central-1", "EU (Frankfurt)"},
    {"eu-west-1", "EU (Ireland)"},
    {"eu-west-2", "EU (London)"},
    {"eu-west-3", "EU (Paris)"},
    {"eu-north-1", "EU (Stockholm)"},
    {"eu-south-1", "EU (Milan)"},
    {"ap-northeast-1", "Asia Pacific (Tokyo)"},
    {"ap-northeast-2", "Asia Pacific (Seoul)"},
    {"ap-northeast-3", "Asia Pacific (Osaka)"},
    {"ap-southeast-1", "Asia Pacific (Singapore)"},
    {"ap-southeast-2", "Asia Pacific (Sydney)"},
    {"ap-south-1", "Asia Pacific (Mumbai)"},
    {"ap-east-1", "Asia Pacific (Hong Kong)"},
    {"sa-east-1", "South America (Sao Paulo)"},
    {"me-south-1", "Middle East (Bahrain)"},
}};

std::string_view region_of(const alarm::Alarm& alarm) {
  return std::string_view(alarm.scope).substr(alarm.scope.find('/') + 1);
}
std::string_view region_name(const alarm::Alarm& alarm) {
  const std::string_view region = region_of(alarm);
  const auto* const found = std::find_if(kRegionNames.begin(), kRegionNames.end(),
                                         [&](const auto& pair) { return pair.first == region; });
  return found == kRegionNames.end() ? region : found->second;
}

Tree dimensions_tree(const std::vector<metric::Dimension>& dimensions) {
  Tree list = Tree::list();
  for (const metric::Dimension& dimension : dimensions) {
    list.push(Tree::map({{"value", dimension.value}, {"name", dimension.name}}));
  }
  return list;
}

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  return text;
}

Tree metrics_tree(const alarm::MetricAlarm& alarm) {
  Tree list = Tree::list();
  for (const metric::DataQuery& query : alarm.metrics) {
    Tree tree = Tree::map({{"Id", query.id}});
    if (!query.expression.empty()) {
      tree.append("Expression", query.expression);
    }
    if (query.label) {
      tree.append("Label", *query.label);
    }
    if (query.metric_stat) {
      const metric::MetricStat& stat = *query.metric_stat;
      tree.append(
          "MetricStat",
          Tree::map({{"Metric", Tree::map({{"Dimensions", dimensions_tree(stat.metric.dimensions)},
                                           {"MetricName", stat.metric.name},
                                           {"Namespace", stat.metric.name_space}})},
                     {"Period", stat.period_s},
                     {"Stat", stat.statistic}}));
    }
    tree.append("ReturnData", query.return_data.value_or(true));
    list.push(std::move(tree));
  }
  return list;
}

Tree trigger_tree(const alarm::MetricAlarm& alarm) {
  Tree trigger = Tree::map();
  if (alarm.metric) {
    const metric::MetricStat& stat = *alarm.metric;
    const bool is_basic = metric::parse_basic_statistic(stat.statistic).has_value();
    trigger = Tree::map({{"MetricName", stat.metric.name},
                         {"Namespace", stat.metric.name_space},
                         {"StatisticType", is_basic ? "Statistic" : "ExtendedStatistic"},
                         {"Statistic", is_basic ? upper(stat.statistic) : stat.statistic},
                         {"Unit", stat.unit.empty() ? Tree() : Tree(stat.unit)},
                         {"Dimensions", dimensions_tree(stat.metric.dimensions)},
                         {"Period", stat.period_s}});
  } else {
    trigger.append("Period", alarm.period_s());
  }
  trigger.append("EvaluationPeriods", alarm.evaluation_periods);
  if (alarm.datapoints_to_alarm) {
    trigger.append("DatapointsToAlarm", *alarm.datapoints_to_alarm);
  }
  trigger.append("ComparisonOperator", alarm::name_of(alarm.comparison));
  if (alarm.threshold) {
    trigger.append("Threshold", *alarm.threshold);
  }
  if (alarm.threshold_metric_id) {
    trigger.append("ThresholdMetricId", *alarm.threshold_metric_id);
  }
  trigger.append("TreatMissingData", alarm.treat_missing_data
                                         ? alarm::name_of(*alarm.treat_missing_data)
                                         : std::string_view());
  trigger.append("EvaluateLowSampleCountPercentile",
                 alarm.evaluate_low_sample_count_percentile.value_or(""));
  if (!alarm.metrics.empty()) {
    trigger.append("Metrics", metrics_tree(alarm));
  }
  return trigger;
}

// StateReasonData's triggeringAlarms, with the names that the message has for them.
Tree triggering_children(const alarm::State& state) {
  Tree children = Tree::list();
  const auto data = format::read_json(state.reason_data);
  if (data) {
    for (const Tree& child : (*data)["triggeringAlarms"].items()) {
      children.push(
          Tree::map({{"Arn", child["arn"]},
                     {"State", Tree::map({{"Value", child["state"]["value"]},
                                          {"Timestamp", child["state"]["timestamp"]}})}}));
    }
  }
  return children;
}

}  // namespace

std::string alarm_message(const alarm::PendingAction& action) {
  const alarm::Alarm& alarm = action.alarm;
  const alarm::AlarmBasics& basics = alarm.basics();
  Tree message = Tree::map({
      {"AlarmName", basics.name},
      {"AlarmDescription", basics.description ? Tree(*basics.description) : Tree()},
      {"AWSAccountId", alarm.scope.substr(0, alarm.scope.find('/'))},
      {"AlarmConfigurationUpdatedTimestamp", alarm::document_time(alarm.configuration_updated_ms)},
      {"NewStateValue", alarm::name_of(alarm.state.value)},
      {"NewStateReason", alarm.state.reason},
      {"StateChangeTime", alarm::document_time(alarm.state.updated_ms)},
      {"Region", region_name(alarm)},
      {"AlarmArn", alarm::alarm_arn(alarm.scope, basics.name)},
      {"OldStateValue", alarm::name_of(action.old_state.value)},
      {"ActionExecutedAfterMuteWindow", action.is_after_mute},
      {"OKActions", Tree::list_of(basics.ok_actions)},
      {"AlarmActions", Tree::list_of(basics.alarm_actions)},
      {"InsufficientDataActions", Tree::list_of(basics.insufficient_data_actions)},
  });
  if (const alarm::MetricAlarm* metric_alarm = alarm.metric_alarm()) {
    message.append("Trigger", trigger_tree(*metric_alarm));
  } else {
    message.append("AlarmRule", alarm.composite()->rule);
    message.append("TriggeringChildren", triggering_children(alarm.state));
  }
  return format::write_json(message);
}

std::string alarm_subject(const alarm::PendingAction& action) {
  std::string name;
  bool is_after_other = false;
  for (const char c : action.alarm.name()) {
    const bool is_printable = c >= 0x20 && c < 0x7f;
    if (is_printable || !is_after_other) {
      name += is_printable ? c : '_';
    }
    is_after_other = !is_printable;
  }
  const std::string begin = fmt::format("{}: \"", alarm::name_of(action.alarm.state.value));
  const std::string end = fmt::format("\" in {}", region_name(action.alarm));
  const std::size_t room = kMaxSubject - std::min(kMaxSubject, begin.size() + end.size());
  if (name.size() > room) {
    name = name.substr(0, room - std::min<std::size_t>(room, 3)) + "...";
  }
  return begin + name + end;
}

}  // namespace weir::app

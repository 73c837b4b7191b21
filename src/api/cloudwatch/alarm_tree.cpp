#include "api/cloudwatch/alarm_tree.h"

#include <fmt/format.h>

#include "metric/statistic.h"

namespace weir::api::cloudwatch {
namespace {

std::optional<std::string> text_if(const Tree& tree, std::string_view name) {
  return tree.has(name) ? std::optional(tree[name].text()) : std::nullopt;
}
std::optional<std::int64_t> integer_if(const Tree& tree, std::string_view name) {
  return tree.has(name) ? std::optional(tree[name].integer()) : std::nullopt;
}

void read_basics(const Tree& input, alarm::AlarmBasics& basics) {
  basics.name = input["AlarmName"].text();
  basics.description = text_if(input, "AlarmDescription");
  basics.actions_enabled = !input.has("ActionsEnabled") || input["ActionsEnabled"].boolean();
  basics.ok_actions = input["OKActions"].texts();
  basics.alarm_actions = input["AlarmActions"].texts();
  basics.insufficient_data_actions = input["InsufficientDataActions"].texts();
}

tl::unexpected<ApiError> bad_choice(std::string_view value, std::string_view member,
                                    std::string_view choices) {
  return refuse("ValidationError",
                fmt::format("1 validation error detected: Value '{}' at '{}' failed to satisfy "
                            "constraint: Member must satisfy enum value set: [{}]",
                            value, member, choices));
}

Tree dimensions_tree(const std::vector<metric::Dimension>& dimensions) {
  Tree list = Tree::list();
  for (const metric::Dimension& dimension : dimensions) {
    list.push(Tree::map({{"Name", dimension.name}, {"Value", dimension.value}}));
  }
  return list;
}

void append_if(Tree& tree, std::string name, const std::optional<std::string>& value) {
  if (value) {
    tree.append(std::move(name), *value);
  }
}
void append_unless_empty(Tree& tree, std::string name, const std::string& value) {
  if (!value.empty()) {
    tree.append(std::move(name), value);
  }
}

Tree data_query_tree(const metric::DataQuery& query) {
  Tree tree = Tree::map({{"Id", query.id}});
  if (query.metric_stat) {
    const metric::MetricStat& stat = *query.metric_stat;
    Tree part =
        Tree::map({{"Metric", Tree::map({{"Namespace", stat.metric.name_space},
                                         {"MetricName", stat.metric.name},
                                         {"Dimensions", dimensions_tree(stat.metric.dimensions)}})},
                   {"Period", stat.period_s},
                   {"Stat", stat.statistic}});
    append_unless_empty(part, "Unit", stat.unit);
    tree.append("MetricStat", std::move(part));
  }
  append_unless_empty(tree, "Expression", query.expression);
  append_if(tree, "Label", query.label);
  tree.append("ReturnData", query.return_data.value_or(true));
  if (query.period_s) {
    tree.append("Period", *query.period_s);
  }
  append_unless_empty(tree, "AccountId", query.account_id);
  return tree;
}

Tree basics_tree(const alarm::Alarm& alarm) {
  const alarm::AlarmBasics& basics = alarm.basics();
  const alarm::State& state = alarm.state;
  Tree tree = Tree::map(
      {{"AlarmName", basics.name}, {"AlarmArn", alarm::alarm_arn(alarm.scope, basics.name)}});
  append_if(tree, "AlarmDescription", basics.description);
  tree.append("AlarmConfigurationUpdatedTimestamp", Tree::time(alarm.configuration_updated_ms));
  tree.append("ActionsEnabled", basics.actions_enabled);
  tree.append("OKActions", Tree::list_of(basics.ok_actions));
  tree.append("AlarmActions", Tree::list_of(basics.alarm_actions));
  tree.append("InsufficientDataActions", Tree::list_of(basics.insufficient_data_actions));
  tree.append("StateValue", alarm::name_of(state.value));
  tree.append("StateReason", state.reason);
  append_unless_empty(tree, "StateReasonData", state.reason_data);
  tree.append("StateUpdatedTimestamp", Tree::time(state.updated_ms));
  tree.append("StateTransitionedTimestamp", Tree::time(state.transitioned_ms));
  return tree;
}

void append_metric(const metric::MetricStat& stat, Tree& tree) {
  tree.append("MetricName", stat.metric.name);
  tree.append("Namespace", stat.metric.name_space);
  const bool is_basic = metric::parse_basic_statistic(stat.statistic).has_value();
  tree.append(is_basic ? "Statistic" : "ExtendedStatistic", stat.statistic);
  tree.append("Dimensions", dimensions_tree(stat.metric.dimensions));
  tree.append("Period", stat.period_s);
  append_unless_empty(tree, "Unit", stat.unit);
}

}  // namespace

std::vector<metric::Dimension> read_dimensions(const Tree& list) {
  std::vector<metric::Dimension> dimensions;
  for (const Tree& dimension : list.items()) {
    dimensions.push_back({dimension["Name"].text(), dimension["Value"].text()});
  }
  return dimensions;
}

metric::DataQuery read_data_query(const Tree& tree) {
  metric::DataQuery query;
  query.id = tree["Id"].text();
  if (const Tree& part = tree["MetricStat"]; !part.is_null()) {
    metric::MetricStat& stat = query.metric_stat.emplace();
    stat.metric = {part["Metric"]["Namespace"].text(), part["Metric"]["MetricName"].text(),
                   read_dimensions(part["Metric"]["Dimensions"])};
    stat.period_s = part["Period"].integer();
    stat.statistic = part["Stat"].text();
    stat.unit = part["Unit"].text();
  }
  query.expression = tree["Expression"].text();
  query.label = text_if(tree, "Label");
  query.period_s = integer_if(tree, "Period");
  if (tree.has("ReturnData")) {
    query.return_data = tree["ReturnData"].boolean();
  }
  query.account_id = tree["AccountId"].text();
  return query;
}

namespace {

// What PutMetricAlarm knows and this server does not do: refused, so that nobody relies on it.
tl::expected<void, ApiError> refuse_unsupported(const Tree& input) {
  if (input.has("EvaluationCriteria")) {
    return refuse("ValidationError",
                  "EvaluationCriteria is not supported by this server: it evaluates metrics and "
                  "metric math, no PromQL.");
  }
  if (input.has("EvaluationInterval")) {
    return refuse("ValidationError",
                  "EvaluationInterval cannot be specified for alarms configured with MetricName or "
                  "Metrics.");
  }
  if (input["ActionConfiguration"]["AlarmTagsPropagation"]["Enabled"].boolean()) {
    return refuse("ValidationError",
                  "ActionConfiguration.AlarmTagsPropagation is not supported by this server: its "
                  "notifications hold no tags. Leave it out or set Enabled to false.");
  }
  if (!input.has("ComparisonOperator")) {
    return refuse("ValidationError",
                  "1 validation error detected: Value null at 'comparisonOperator' failed to "
                  "satisfy constraint: Member must not be null");
  }
  return {};
}

}  // namespace

tl::expected<alarm::MetricAlarm, ApiError> read_metric_alarm(const Tree& input) {
  alarm::MetricAlarm alarm;
  read_basics(input, alarm);
  if (auto done = refuse_unsupported(input); !done) {
    return tl::unexpected<ApiError>(done.error());
  }
  if (input.has("MetricName") || input.has("Namespace") || input.has("Statistic") ||
      input.has("ExtendedStatistic")) {
    if (input.has("Statistic") && input.has("ExtendedStatistic")) {
      return refuse("InvalidParameterCombination",
                    "Must specify only one of Statistic, ExtendedStatistic.");
    }
    metric::MetricStat& stat = alarm.metric.emplace();
    stat.metric = {input["Namespace"].text(), input["MetricName"].text(),
                   read_dimensions(input["Dimensions"])};
    stat.period_s = input["Period"].integer();
    stat.statistic = input[input.has("Statistic") ? "Statistic" : "ExtendedStatistic"].text();
    stat.unit = input["Unit"].text();
  }
  for (const Tree& query : input["Metrics"].items()) {
    alarm.metrics.push_back(read_data_query(query));
  }
  alarm.evaluation_periods = integer_if(input, "EvaluationPeriods").value_or(0);
  alarm.datapoints_to_alarm = integer_if(input, "DatapointsToAlarm");
  if (input.has("Threshold")) {
    alarm.threshold = input["Threshold"].number();
  }
  alarm.threshold_metric_id = text_if(input, "ThresholdMetricId");
  const auto comparison = alarm::parse_comparison(input["ComparisonOperator"].text());
  if (!comparison) {
    return bad_choice(input["ComparisonOperator"].text(), "comparisonOperator",
                      "GreaterThanOrEqualToThreshold, GreaterThanThreshold, LessThanThreshold, "
                      "LessThanOrEqualToThreshold, LessThanLowerOrGreaterThanUpperThreshold, "
                      "LessThanLowerThreshold, GreaterThanUpperThreshold");
  }
  alarm.comparison = *comparison;
  if (input.has("TreatMissingData")) {
    alarm.treat_missing_data = alarm::parse_missing_data(input["TreatMissingData"].text());
    if (!alarm.treat_missing_data) {
      return bad_choice(input["TreatMissingData"].text(), "treatMissingData",
                        "breaching, notBreaching, ignore, missing");
    }
  }
  alarm.evaluate_low_sample_count_percentile = text_if(input, "EvaluateLowSampleCountPercentile");
  if (input["EvaluationWindow"].has("WallClockWindow")) {
    alarm.wall_clock_timezone = input["EvaluationWindow"]["WallClockWindow"]["Timezone"].text();
  }
  if (const Tree& warm_up = input["WarmUpConfiguration"]; !warm_up.is_null()) {
    alarm.warm_up.emplace().minutes = warm_up["WarmUpPeriodDurationInMinutes"].integer();
    if (warm_up.has("OnlyStartEvaluatingAfterWarmUpPeriodEnds")) {
      alarm.warm_up->waits_to_its_end =
          warm_up["OnlyStartEvaluatingAfterWarmUpPeriodEnds"].boolean();
    }
  }
  return alarm;
}

alarm::CompositeAlarm read_composite_alarm(const Tree& input) {
  alarm::CompositeAlarm alarm;
  read_basics(input, alarm);
  alarm.rule = input["AlarmRule"].text();
  alarm.actions_suppressor = text_if(input, "ActionsSuppressor");
  alarm.suppressor_wait_period_s = integer_if(input, "ActionsSuppressorWaitPeriod");
  alarm.suppressor_extension_period_s = integer_if(input, "ActionsSuppressorExtensionPeriod");
  return alarm;
}

Tree metric_alarm_tree(const alarm::Alarm& alarm) {
  Tree tree = basics_tree(alarm);
  const alarm::MetricAlarm& definition = *alarm.metric_alarm();
  if (definition.metric) {
    append_metric(*definition.metric, tree);
  } else {
    tree.append("Dimensions", Tree::list());
    Tree queries = Tree::list();
    for (const metric::DataQuery& query : definition.metrics) {
      queries.push(data_query_tree(query));
    }
    tree.append("Metrics", std::move(queries));
  }
  tree.append("EvaluationPeriods", definition.evaluation_periods);
  if (definition.datapoints_to_alarm) {
    tree.append("DatapointsToAlarm", *definition.datapoints_to_alarm);
  }
  if (definition.threshold) {
    tree.append("Threshold", *definition.threshold);
  }
  tree.append("ComparisonOperator", alarm::name_of(definition.comparison));
  if (definition.treat_missing_data) {
    tree.append("TreatMissingData", alarm::name_of(*definition.treat_missing_data));
  }
  append_if(tree, "EvaluateLowSampleCountPercentile",
            definition.evaluate_low_sample_count_percentile);
  append_if(tree, "ThresholdMetricId", definition.threshold_metric_id);
  if (definition.wall_clock_timezone) {
    Tree clock;
    clock.append("Timezone", *definition.wall_clock_timezone);
    Tree window;
    window.append("WallClockWindow", std::move(clock));
    tree.append("EvaluationWindow", std::move(window));
  }
  if (definition.warm_up) {
    Tree warm_up = Tree::map({{"WarmUpPeriodDurationInMinutes", definition.warm_up->minutes}});
    if (definition.warm_up->waits_to_its_end) {
      warm_up.append("OnlyStartEvaluatingAfterWarmUpPeriodEnds",
                     *definition.warm_up->waits_to_its_end);
    }
    tree.append("WarmUpConfiguration", std::move(warm_up));
  }
  append_unless_empty(tree, "EvaluationState", alarm.state.evaluation_state);
  return tree;
}

Tree composite_alarm_tree(const alarm::Alarm& alarm) {
  Tree tree = basics_tree(alarm);
  const alarm::CompositeAlarm& definition = *alarm.composite();
  tree.append("AlarmRule", definition.rule);
  append_unless_empty(tree, "ActionsSuppressedBy", alarm.state.suppressed_by);
  append_unless_empty(tree, "ActionsSuppressedReason", alarm.state.suppressed_reason);
  append_if(tree, "ActionsSuppressor", definition.actions_suppressor);
  if (definition.suppressor_wait_period_s) {
    tree.append("ActionsSuppressorWaitPeriod", *definition.suppressor_wait_period_s);
  }
  if (definition.suppressor_extension_period_s) {
    tree.append("ActionsSuppressorExtensionPeriod", *definition.suppressor_extension_period_s);
  }
  return tree;
}

}  // namespace weir::api::cloudwatch

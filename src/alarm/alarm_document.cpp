#include "alarm/alarm_document.h"

#include <fmt/format.h>

#include "alarm/reason.h"
#include "format/json_writer.h"

namespace weir::alarm {
namespace {

using format::JsonWriter;

void put(JsonWriter& json, std::string_view key, std::string_view value) {
  json.key(key);
  json.string(value);
}

void put(JsonWriter& json, std::string_view key, const std::vector<std::string>& values) {
  json.key(key);
  json.begin_array();
  for (const std::string& value : values) {
    json.string(value);
  }
  json.end_array();
}

void put_stat(JsonWriter& json, const metric::MetricStat& stat) {
  json.key("dimensions");
  json.begin_array();
  for (const metric::Dimension& dimension : stat.metric.dimensions) {
    json.begin_object();
    put(json, "name", dimension.name);
    put(json, "value", dimension.value);
    json.end_object();
  }
  json.end_array();
  put(json, "namespace", stat.metric.name_space);
  put(json, "metricName", stat.metric.name);
  put(json, "statistic", stat.statistic);
  json.key("period");
  json.integer(stat.period_s);
  if (!stat.unit.empty()) {
    put(json, "unit", stat.unit);
  }
}

void put_metric_alarm(JsonWriter& json, const MetricAlarm& alarm) {
  if (alarm.metric) {
    put_stat(json, *alarm.metric);
  } else {
    json.key("metrics");
    json.begin_array();
    for (const metric::DataQuery& query : alarm.metrics) {
      json.begin_object();
      put(json, "id", query.id);
      if (query.metric_stat) {
        json.key("metricStat");
        json.begin_object();
        put_stat(json, *query.metric_stat);
        json.end_object();
      } else {
        put(json, "expression", query.expression);
      }
      if (query.label) {
        put(json, "label", *query.label);
      }
      json.key("returnData");
      json.boolean(query.return_data.value_or(true));
      json.end_object();
    }
    json.end_array();
  }
  json.key("evaluationPeriods");
  json.integer(alarm.evaluation_periods);
  if (alarm.datapoints_to_alarm) {
    json.key("datapointsToAlarm");
    json.integer(*alarm.datapoints_to_alarm);
  }
  if (alarm.threshold) {
    json.key("threshold");
    json.number(*alarm.threshold);
  }
  if (alarm.threshold_metric_id) {
    put(json, "thresholdMetricId", *alarm.threshold_metric_id);
  }
  put(json, "comparisonOperator", name_of(alarm.comparison));
  if (alarm.treat_missing_data) {
    put(json, "treatMissingData", name_of(*alarm.treat_missing_data));
  }
  if (alarm.evaluate_low_sample_count_percentile) {
    put(json, "evaluateLowSampleCountPercentile", *alarm.evaluate_low_sample_count_percentile);
  }
}

}  // namespace

std::string alarm_document(const Alarm& alarm) {
  std::string out;
  JsonWriter json(out);
  const AlarmBasics& basics = alarm.basics();
  json.begin_object();
  put(json, "alarmName", basics.name);
  put(json, "alarmArn", alarm_arn(alarm.scope, basics.name));
  if (basics.description) {
    put(json, "alarmDescription", *basics.description);
  }
  json.key("actionsEnabled");
  json.boolean(basics.actions_enabled);
  put(json, "okActions", basics.ok_actions);
  put(json, "alarmActions", basics.alarm_actions);
  put(json, "insufficientDataActions", basics.insufficient_data_actions);
  put(json, "stateValue", name_of(alarm.state.value));
  put(json, "stateReason", alarm.state.reason);
  put(json, "stateUpdatedTimestamp", document_time(alarm.state.updated_ms));
  put(json, "alarmConfigurationUpdatedTimestamp", document_time(alarm.configuration_updated_ms));
  if (const MetricAlarm* const metric_alarm = alarm.metric_alarm()) {
    put_metric_alarm(json, *metric_alarm);
  } else {
    const CompositeAlarm& composite = *alarm.composite();
    put(json, "alarmRule", composite.rule);
    if (composite.actions_suppressor) {
      put(json, "actionsSuppressor", *composite.actions_suppressor);
    }
  }
  json.end_object();
  return out;
}

std::string configuration_data(std::string_view type, const Alarm& alarm) {
  const std::string_view key = type == "Create"   ? "createdAlarm"
                               : type == "Update" ? "updatedAlarm"
                                                  : "deletedAlarm";
  return fmt::format(R"({{"version":"1.0","type":"{}","{}":{}}})", type, key,
                     alarm_document(alarm));
}

}  // namespace weir::alarm

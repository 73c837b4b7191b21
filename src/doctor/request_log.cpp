#include "doctor/request_log.h"

#include <fmt/format.h>

namespace weir::doctor {
namespace {

using format::Tree;

// "VPC/X rtt" and its dimensions, to tell one question from another.
std::string series_text(const Tree& input) {
  std::string text = fmt::format("{} {}", input["Namespace"].text(), input["MetricName"].text());
  for (const Tree& dimension : input["Dimensions"].items()) {
    text += fmt::format(" {}={}", dimension["Name"].text(), dimension["Value"].text());
  }
  return text;
}

}  // namespace

void RequestLog::note(std::string_view operation, const std::string& scope, const Tree& input,
                      const Tree* answer, TimeMs now_ms) {
  const bool is_statistics = operation == "CloudWatch.GetMetricStatistics";
  const bool is_results = operation == "Logs.GetQueryResults";
  const bool is_of_alarms =
      operation == "CloudWatch.DescribeAlarms" || operation == "CloudWatch.SetAlarmState" ||
      operation == "CloudWatch.DescribeAlarmHistory" ||
      operation == "CloudWatch.EnableAlarmActions" || operation == "CloudWatch.DisableAlarmActions";
  if (!is_statistics && !is_results && !is_of_alarms) {
    return;
  }
  const std::lock_guard lock(mutex_);
  if (is_statistics && answer != nullptr) {
    const std::string key = scope + " " + series_text(input);
    if (statistics_.size() >= kMaxKept && !statistics_.contains(key)) {
      return;
    }
    Statistics& statistics = statistics_[key];
    statistics.scope = scope;
    statistics.input = Tree::map({{"Namespace", input["Namespace"]},
                                  {"MetricName", input["MetricName"]},
                                  {"Dimensions", input["Dimensions"]}});
    const std::size_t num_points = (*answer)["Datapoints"].items().size();
    statistics.was_unordered = statistics.was_unordered || num_points > 1;
    statistics.was_empty = num_points == 0;
  } else if (is_results && answer != nullptr) {
    const std::string& id = input["queryId"].text();
    const std::string& status = (*answer)["status"].text();
    if (status != "Running" && status != "Scheduled") {
      queries_.erase(id);
    } else if (queries_.size() < kMaxKept || queries_.contains(id)) {
      queries_[id] = {status, now_ms};
    }
  } else if (is_of_alarms) {
    std::vector<std::string> names = input["AlarmNames"].texts();
    if (input["AlarmName"].is_text()) {
      names.push_back(input["AlarmName"].text());
    }
    for (std::string& name : names) {
      if (alarms_.size() < kMaxKept) {
        alarms_.emplace(std::pair(scope, std::move(name)), operation);
      }
    }
  }
}

void RequestLog::add_findings(const Knowledge& knowledge, TimeMs now_ms,
                              std::vector<Finding>& findings) const {
  const std::lock_guard lock(mutex_);
  for (const auto& [key, statistics] : statistics_) {
    const std::string subject = series_text(statistics.input);
    if (statistics.was_unordered) {
      findings.push_back({Severity::kWarning, "datapoints_unordered",
                          "requests GetMetricStatistics", subject,
                          "was answered with several datapoints, which CloudWatch gives in no "
                          "order (this server: oldest first); a caller that takes the last one for "
                          "the newest is right by chance",
                          "sort them by Timestamp first"});
    }
    if (statistics.was_empty) {
      if (std::string near = knowledge.near_series(statistics.scope, statistics.input);
          !near.empty()) {
        findings.push_back({Severity::kError, "dimensions_differ", "requests GetMetricStatistics",
                            subject, "was asked for and there is no such series: " + near,
                            "ask with exactly the dimensions that are published"});
      }
    }
  }
  for (const auto& [id, query] : queries_) {
    if (now_ms - query.asked_ms >= kPatienceMs) {
      findings.push_back(
          {Severity::kWarning, "query_status_unread", "requests GetQueryResults", "query " + id,
           fmt::format("was asked for last while its status was {}, and never again: its results "
                       "were taken for all",
                       query.status),
           "ask again until status is none of Scheduled and Running"});
    }
  }
  for (const auto& [alarm, operation] : alarms_) {
    if (!knowledge.has_alarm(alarm.first, alarm.second)) {
      findings.push_back({Severity::kWarning, "alarm_missing", "requests " + operation,
                          "alarm " + alarm.second, "is asked for by name, and nothing creates it",
                          "create it, or ask for one that there is"});
    }
  }
}

}  // namespace weir::doctor

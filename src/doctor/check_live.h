#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "alarm/definition.h"
#include "base/clock.h"
#include "column/scan.h"
#include "doctor/finding.h"
#include "doctor/request_log.h"
#include "metric/metric_store.h"

namespace weir::doctor {

struct LiveDashboard {
  std::string name;
  std::string body;
};
// A query that is kept: of a dashboard these are found by themselves.
struct LiveQuery {
  std::string name;
  std::string scope;
  std::string text;
  std::vector<std::string> groups;
};
struct LiveFlowLog {
  std::string id;
  std::string format;
};

// What a server holds; all outlive the check.
struct LiveSources {
  std::string account = "123456789012";
  std::string region = "us-east-1";  // of widgets that do not say
  std::vector<alarm::Alarm> alarms;
  std::vector<LiveDashboard> dashboards;
  std::vector<LiveQuery> queries;
  std::vector<LiveFlowLog> flow_logs;
  std::vector<std::string> topics;  // ARNs
  const metric::MetricStore* metrics = nullptr;
  const RequestLog* requests = nullptr;  // none: no server ran
  TimeMs now_ms = 0;
  // What a query over these groups reads; nullptr where one of them does not exist.
  std::function<std::shared_ptr<column::Table>(const std::string& scope,
                                               const std::vector<std::string>& groups)>
      table_of;
};

// Reads it as one set: alarms and panels on series that nobody publishes, with those that nearly
// match; actions without target; queries that cannot be read, conditions that are always true.
[[nodiscard]] std::vector<Finding> check_live(const LiveSources& sources);

// Why a series is not there, in a sentence; "" where it is.
[[nodiscard]] std::string series_problem(const metric::MetricStore& metrics,
                                         const std::string& scope,
                                         const metric::MetricReference& wanted);

}  // namespace weir::doctor

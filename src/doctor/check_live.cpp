#include "doctor/check_live.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "alarm/explain.h"
#include "dashboard/metric_rows.h"
#include "doctor/format_check.h"
#include "doctor/query_check.h"
#include "doctor/setup.h"
#include "format/tree.h"
#include "logs/source_names.h"

namespace weir::doctor {
namespace {

using format::Tree;

std::string dimension_list(std::span<const metric::DimensionView> dimensions) {
  std::vector<std::string> texts;
  for (const metric::DimensionView& dimension : dimensions) {
    texts.push_back(fmt::format("{}={}", dimension.name, dimension.value));
  }
  return texts.empty() ? "no dimensions" : fmt::format("{}", fmt::join(texts, ","));
}

std::string rollup_fix(const metric::MetricReference& wanted) {
  return wanted.dimensions.empty()
             ? fmt::format(
                   "name the dimensions, publish each datum without dimensions as well, or "
                   "start weir serve with metrics.dimensionless_rollup = [\"{}\"]",
                   wanted.name_space)
             : std::string("name exactly the dimensions that are published");
}

class LiveCheck {
 public:
  LiveCheck(const LiveSources& sources, std::vector<Finding>& findings)
      : sources_(sources), findings_(findings) {}

  void run() {
    for (const alarm::Alarm& alarm : sources_.alarms) {
      check_alarm(alarm);
    }
    for (const LiveDashboard& dashboard : sources_.dashboards) {
      check_dashboard(dashboard);
    }
    for (const LiveQuery& query : sources_.queries) {
      check(query, "query definition " + query.name, "query definition " + query.name);
    }
    for (const LiveFlowLog& flow_log : sources_.flow_logs) {
      check_format({flow_log.format, "flow log " + flow_log.id, "flow log " + flow_log.id},
                   findings_);
    }
    if (sources_.requests != nullptr) {
      check_requests();
    }
  }

 private:
  void check_alarm(const alarm::Alarm& alarm) {
    const std::string subject = "alarm " + alarm.name();
    const std::string place = fmt::format("alarm {}", alarm::alarm_arn(alarm.scope, alarm.name()));
    check_actions(alarm.basics(), subject, place);
    const auto* definition = alarm.metric_alarm();
    if (definition == nullptr) {
      return;
    }
    for (const metric::DataQuery& query : definition->queries()) {
      if (query.metric_stat) {
        check_series(alarm.scope, query.metric_stat->metric, subject, place);
      }
    }
  }

  void check_actions(const alarm::AlarmBasics& alarm, const std::string& subject,
                     const std::string& place) {
    std::set<std::string> actions(alarm.alarm_actions.begin(), alarm.alarm_actions.end());
    actions.insert(alarm.ok_actions.begin(), alarm.ok_actions.end());
    actions.insert(alarm.insufficient_data_actions.begin(), alarm.insufficient_data_actions.end());
    for (const std::string& action : actions) {
      if (!action.starts_with("arn:aws:sns:")) {
        findings_.push_back({Severity::kWarning, "action_unsupported", place, subject,
                             fmt::format("its action {} is none of an SNS topic, which alone this "
                                         "server carries out",
                                         action),
                             "publish to a topic, and subscribe to that"});
      } else if (std::find(sources_.topics.begin(), sources_.topics.end(), action) ==
                 sources_.topics.end()) {
        findings_.push_back({Severity::kError, "topic_missing", place, subject,
                             fmt::format("its action's topic {} does not exist", action),
                             fmt::format("aws sns create-topic --name {} --region {}",
                                         action.substr(action.rfind(':') + 1), region_in(action))});
      }
    }
  }

  static std::string region_in(const std::string& arn) {
    constexpr std::size_t kBegin = std::string_view("arn:aws:sns:").size();
    return arn.substr(kBegin, arn.find(':', kBegin) - kBegin);
  }

  void check_series(const std::string& scope, const metric::MetricReference& metric,
                    const std::string& subject, const std::string& place) {
    std::string problem = series_problem(*sources_.metrics, scope, metric);
    if (problem.empty()) {
      return;
    }
    const bool is_near = !problem.starts_with("nobody");
    findings_.push_back(
        {is_near ? Severity::kError : Severity::kWarning,
         is_near ? "dimensions_differ" : "metric_missing", place, subject, std::move(problem),
         is_near ? rollup_fix(metric) : "publish it, or look at one that there is"});
  }

  void check_dashboard(const LiveDashboard& dashboard) {
    const auto body = format::read_json(dashboard.body);
    if (!body) {
      return;  // PutDashboard takes none of these
    }
    const auto& widgets = (*body)["widgets"].items();
    for (std::size_t i = 0; i < widgets.size(); ++i) {
      const Tree& properties = widgets[i]["properties"];
      const std::string& title = properties["title"].text();
      const std::string subject =
          title.empty() ? fmt::format("widget {}", i) : fmt::format("widget '{}'", title);
      const std::string place = fmt::format("dashboard {} /widgets/{}", dashboard.name, i);
      const std::string scope = fmt::format(
          "{}/{}", sources_.account,
          properties["region"].is_text() ? properties["region"].text() : sources_.region);
      if (widgets[i]["type"].text() == "log" && properties["query"].is_text()) {
        const std::string& text = properties["query"].text();
        check({dashboard.name, scope, text, logs::read_sources(text).names}, subject, place);
      }
      if (widgets[i]["type"].text() != "metric") {
        continue;
      }
      for (const dashboard::MetricRow& row : dashboard::expand_rows(properties["metrics"])) {
        if (!row.is_expression() && !row.name_space.empty()) {
          metric::MetricReference metric{row.name_space, row.metric, {}};
          for (const auto& [name, value] : row.dimensions) {
            metric.dimensions.push_back({name, value});
          }
          check_series(scope, metric, subject, place);
        }
      }
    }
  }

  void check(const LiveQuery& query, const std::string& subject, const std::string& place) {
    auto table = sources_.table_of(query.scope, query.groups);
    if (table == nullptr) {
      findings_.push_back({Severity::kError, "log_group_missing", place, subject,
                           fmt::format("there is no log group {}", fmt::join(query.groups, ", ")),
                           "create it, or name one that there is"});
      return;
    }
    const std::size_t end = logs::read_sources(query.text).end;
    check_query({query.text.substr(end), subject, place}, std::move(table), findings_);
  }

  void check_requests() {
    RequestLog::Knowledge knowledge;
    knowledge.has_alarm = [&](const std::string& scope, const std::string& name) {
      return std::any_of(
          sources_.alarms.begin(), sources_.alarms.end(),
          [&](const alarm::Alarm& alarm) { return alarm.scope == scope && alarm.name() == name; });
    };
    knowledge.near_series = [&](const std::string& scope, const Tree& input) -> std::string {
      metric::MetricReference metric{input["Namespace"].text(), input["MetricName"].text(), {}};
      for (const Tree& dimension : input["Dimensions"].items()) {
        metric.dimensions.push_back({dimension["Name"].text(), dimension["Value"].text()});
      }
      std::string problem = series_problem(*sources_.metrics, scope, metric);
      return problem.starts_with("nobody") ? "" : problem;
    };
    sources_.requests->add_findings(knowledge, sources_.now_ms, findings_);
  }

  const LiveSources& sources_;
  std::vector<Finding>& findings_;
};

}  // namespace

std::string series_problem(const metric::MetricStore& metrics, const std::string& scope,
                           const metric::MetricReference& wanted) {
  const auto views = metric::views_of(wanted.dimensions);
  if (!metrics.find({scope, wanted.name_space, wanted.name, views}).empty()) {
    return "";
  }
  metric::MetricFilter filter;
  filter.scope = scope;
  filter.name_space = wanted.name_space;
  filter.name = wanted.name;
  const auto near = metrics.list(filter, 0, 1000);
  if (near.empty()) {
    return fmt::format("nobody has published {} {} yet", wanted.name_space, wanted.name);
  }
  return fmt::format("no metric {} {} with {}; {}{} of that name {} with {}, as in {}",
                     wanted.name_space, wanted.name, dimension_list(views), near.size(),
                     near.size() == 1000 ? " or more" : "", near.size() == 1 ? "exists" : "exist",
                     "other dimensions", dimension_list(near.front().dimensions));
}

std::vector<Finding> check_live(const LiveSources& sources) {
  std::vector<Finding> findings;
  LiveCheck(sources, findings).run();
  sort_findings(findings);
  return findings;
}

}  // namespace weir::doctor

#include "app/alarm_reports.h"

#include <fmt/format.h>

#include <algorithm>

#include "alarm/explain.h"
#include "alarm/replay.h"
#include "alarm/report_text.h"
#include "base/nearest_name.h"
#include "base/time_text.h"
#include "console/alarm_routes.h"

namespace weir::app {
namespace {

using alarm::Alarm;
using format::Tree;

// What an alarm looks at, in a few words.
std::string watches_text(const Alarm& alarm) {
  if (const auto* composite = alarm.composite()) {
    return composite->rule;
  }
  const auto& definition = *alarm.metric_alarm();
  if (!definition.metric) {
    return fmt::format("{} expressions and metrics", definition.metrics.size());
  }
  const auto& metric = definition.metric->metric;
  std::string text = metric.name_space + " " + metric.name;
  for (const auto& dimension : metric.dimensions) {
    text += fmt::format(" {}={}", dimension.name, dimension.value);
  }
  return text;
}

bool actions_enabled(const Alarm& alarm) {
  return alarm.composite() != nullptr ? alarm.composite()->actions_enabled
                                      : alarm.metric_alarm()->actions_enabled;
}

std::string cursor_of(const Alarm& alarm) { return alarm.scope + "\n" + alarm.name(); }

}  // namespace

std::string_view region_of(std::string_view scope) { return scope.substr(scope.find('/') + 1); }

std::string AlarmReports::place_of(const Alarm& alarm) const {
  const bool is_own = std::string_view(alarm.scope).substr(0, alarm.scope.find('/')) == account_;
  return is_own ? std::string(region_of(alarm.scope)) : alarm.scope;
}

Result<Tree> AlarmReports::list(const ListQuery& query) const {
  if (!query.state.empty() && !alarm::parse_state_value(query.state)) {
    return fail(ErrorCode::kUsage,
                fmt::format("'{}' is no state: OK, ALARM, INSUFFICIENT_DATA", query.state));
  }
  Tree rows = Tree::list();
  std::string last;
  bool has_more = false;
  for (const Alarm& alarm : engine_.list("")) {
    const std::string cursor = cursor_of(alarm);
    if ((!query.region.empty() && place_of(alarm) != query.region) ||
        (!query.state.empty() && alarm::name_of(alarm.state.value) != query.state) ||
        (!query.cursor.empty() && cursor <= query.cursor)) {
      continue;
    }
    if (rows.items().size() >= query.limit) {
      has_more = true;
      break;
    }
    Tree row = Tree::map({{"name", alarm.name()},
                          {"region", place_of(alarm)},
                          {"state", alarm::name_of(alarm.state.value)},
                          {"since", to_time_text(alarm.state.transitioned_ms)},
                          {"kind", alarm.composite() != nullptr ? "composite" : "metric"},
                          {"watches", watches_text(alarm)},
                          {"reason", alarm.state.reason},
                          {"actionsEnabled", actions_enabled(alarm)}});
    const auto muted = console::muted_until(engine_, alarm.scope, alarm.name(), clock_.now_ms());
    row.set("mutedUntilMs", muted ? Tree(*muted) : Tree());
    if (const auto next = engine_.next_evaluation_ms(alarm.scope, alarm.name())) {
      row.set("nextEvaluation", to_time_text(*next));
    }
    rows.push(std::move(row));
    last = cursor;
  }
  Tree page = Tree::map({{"alarms", std::move(rows)}});
  if (has_more) {
    page.set("cursor", last);
  }
  return page;
}

Result<Alarm> AlarmReports::find(std::string_view region, std::string_view name) const {
  std::vector<Alarm> found;
  std::vector<std::string> names;
  for (Alarm& alarm : engine_.list("")) {
    names.push_back(alarm.name());
    if (alarm.name() == name && (region.empty() || place_of(alarm) == region)) {
      found.push_back(std::move(alarm));
    }
  }
  if (found.empty()) {
    return fail(ErrorCode::kNotFound,
                fmt::format("there is no alarm '{}'{};{} (weir alarm list shows them)", name,
                            region.empty() ? "" : fmt::format(" in {}", region),
                            did_you_mean(name, names)));
  }
  if (found.size() > 1) {
    return fail(ErrorCode::kUsage, fmt::format("there is an alarm '{}' in {} and in {}: say which "
                                               "region is meant",
                                               name, place_of(found[0]), place_of(found[1])));
  }
  return std::move(found.front());
}

Result<std::string> AlarmReports::explain(std::string_view region, std::string_view name,
                                          ReportForm form) const {
  WEIR_ASSIGN_OR_RETURN(const Alarm alarm, find(region, name));
  const auto explanation =
      alarm.composite() != nullptr
          ? alarm::explain_composite(
                alarm, [&](const std::string& child) { return engine_.find(alarm.scope, child); })
          : alarm::explain(store_, &bands_, alarm, clock_.now_ms(),
                           engine_.next_evaluation_ms(alarm.scope, alarm.name()));
  return form == ReportForm::kText ? alarm::to_text(alarm, explanation)
                                   : alarm::to_json(alarm, explanation) + "\n";
}

Result<std::string> AlarmReports::replay(std::string_view region, std::string_view name,
                                         std::string_view since, ReportForm form) const {
  WEIR_ASSIGN_OR_RETURN(const Alarm alarm, find(region, name));
  const TimeMs now_ms = clock_.now_ms();
  const auto since_ms = parse_time(since, now_ms);
  if (!since_ms) {
    return fail(ErrorCode::kUsage, "since: " + since_ms.error().message);
  }
  const auto* definition = alarm.metric_alarm();
  if (definition == nullptr) {
    return fail(ErrorCode::kUnsupported,
                fmt::format("'{}' is a composite alarm: replay its children", name));
  }
  WEIR_ASSIGN_OR_RETURN(const alarm::Replay replay, alarm::replay(store_, &bands_, alarm.scope,
                                                                  *definition, *since_ms, now_ms));
  return form == ReportForm::kText ? alarm::to_text(replay) : alarm::to_json(replay) + "\n";
}

}  // namespace weir::app

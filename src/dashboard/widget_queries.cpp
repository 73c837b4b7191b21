#include "dashboard/widget_queries.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "dashboard/metric_rows.h"

namespace weir::dashboard {
namespace {

using format::Tree;

constexpr std::int64_t kPeriodS = 300;
constexpr std::string_view kSingleValueViews[] = {"singleValue", "number", "gauge",
                                                  "bar",         "pie",    "table"};

std::int64_t own_period_s(const Tree& options, const Tree& properties) {
  return options.has("period")      ? options["period"].integer()
         : properties.has("period") ? properties["period"].integer()
                                    : kPeriodS;
}

std::vector<std::string> ids_of(const std::vector<MetricRow>& rows) {
  std::set<std::string> taken;
  for (const MetricRow& row : rows) {
    taken.insert(row.options["id"].text());
  }
  std::vector<std::string> ids;
  int number = 1;
  for (const MetricRow& row : rows) {
    std::string id = row.options["id"].text();
    while (id.empty()) {
      id = fmt::format("{}{}", row.is_metric() ? 'm' : 'e', number);
      if (!taken.insert(id).second) {
        ++number;
        id.clear();
      }
    }
    ids.push_back(std::move(id));
  }
  return ids;
}

Tree row_of(const Tree& metric, Tree options) {
  Tree row = Tree::list();
  row.push(metric["Namespace"]);
  row.push(metric["MetricName"]);
  for (const Tree& dimension : metric["Dimensions"].items()) {
    row.push(dimension["Name"]);
    row.push(dimension["Value"]);
  }
  row.push(std::move(options));
  return row;
}

}  // namespace

std::vector<WidgetQuery> widget_queries(
    const Tree& properties, const std::function<std::int64_t(std::int64_t)>& period_of) {
  const auto rows = expand_rows(properties["metrics"]);
  const auto ids = ids_of(rows);
  std::vector<WidgetQuery> queries;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const MetricRow& row = rows[i];
    const std::int64_t period_s = period_of(own_period_s(row.options, properties));
    WidgetQuery& result = queries.emplace_back();
    result.region = properties["region"].text();
    result.options = row.options;
    result.query = Tree::map({{"Id", ids[i]}});
    if (!row.is_metric()) {
      result.query.append("Expression", row.options["expression"]);
      result.query.append("Period", period_s);
    } else {
      if (row.options["region"].is_text()) {
        result.region = row.options["region"].text();
      }
      Tree dimensions = Tree::list();
      for (const auto& [name, value] : row.dimensions) {
        dimensions.push(Tree::map({{"Name", name}, {"Value", value}}));
      }
      const Tree& stat = row.options.has("stat") ? row.options["stat"] : properties["stat"];
      result.query.append("MetricStat",
                          Tree::map({{"Metric", Tree::map({{"Namespace", row.name_space},
                                                           {"MetricName", row.metric},
                                                           {"Dimensions", std::move(dimensions)}})},
                                     {"Period", period_s},
                                     {"Stat", stat.is_text() ? stat.text() : "Average"}}));
    }
    if (!row.options["label"].text().empty()) {
      result.query.append("Label", row.options["label"]);
    }
    const Tree& visible = row.options["visible"];
    result.query.append("ReturnData", visible.is_null() || visible.boolean());
  }
  return queries;
}

std::vector<WidgetQuery> widget_queries(const Tree& properties, const WidgetSpan& span,
                                        bool inherits, TimeMs now_ms) {
  const std::string& view = properties["view"].text();
  const bool is_single = std::find(std::begin(kSingleValueViews), std::end(kSingleValueViews),
                                   view) != std::end(kSingleValueViews);
  const bool is_whole = is_single && properties["setPeriodToTimeRange"].boolean();
  return widget_queries(properties, [&](std::int64_t own_s) {
    return is_whole ? whole_period_s(span) : inherits ? own_s : graph_period_s(own_s, span, now_ms);
  });
}

Tree alarm_rows(const Tree& alarm) {
  if (alarm.has("AlarmRule")) {
    return {};
  }
  Tree rows = Tree::list();
  for (const Tree& query : alarm["Metrics"].items()) {
    Tree options = Tree::map({{"id", query["Id"]}});
    options.append("visible", !query.has("ReturnData") || query["ReturnData"].boolean());
    if (query.has("Label")) {
      options.append("label", query["Label"]);
    }
    const Tree& stat = query["MetricStat"];
    if (stat.is_null()) {
      options.append("expression", query["Expression"]);
      rows.push(Tree(Tree::List{std::move(options)}));
      continue;
    }
    options.append("stat", stat["Stat"]);
    options.append("period", stat["Period"]);
    rows.push(row_of(stat["Metric"], std::move(options)));
  }
  if (rows.items().empty()) {
    const Tree& stat =
        alarm.has("ExtendedStatistic") ? alarm["ExtendedStatistic"] : alarm["Statistic"];
    rows.push(row_of(alarm, Tree::map({{"stat", stat}, {"period", alarm["Period"]}})));
  }
  return rows;
}

}  // namespace weir::dashboard

#include <fmt/format.h>

#include "dashboard/metric_rows.h"
#include "doctor/readers.h"
#include "format/tree.h"

namespace weir::doctor {
namespace {

using format::Tree;

std::string widget_name(const Tree& properties, std::size_t number) {
  const std::string& title = properties["title"].text();
  return title.empty() ? fmt::format("widget {}", number) : fmt::format("widget '{}'", title);
}

}  // namespace

void read_dashboard(std::string_view body, const std::string& place, Setup& setup) {
  const auto tree = format::read_json(body);
  if (!tree) {
    setup.findings.push_back({Severity::kError, "no_json", place, "dashboard body",
                              tree.error().message, "PutDashboard takes JSON alone"});
    return;
  }
  const auto& widgets = (*tree)["widgets"].items();
  for (std::size_t i = 0; i < widgets.size(); ++i) {
    const Tree& properties = widgets[i]["properties"];
    const std::string subject = widget_name(properties, i);
    const std::string widget_place = fmt::format("{} /widgets/{}", place, i);
    const std::string& type = widgets[i]["type"].text();
    if (type == "metric") {
      for (const dashboard::MetricRow& row : dashboard::expand_rows(properties["metrics"])) {
        if (row.is_expression() || row.name_space.empty()) {
          continue;
        }
        Watched watched{
            Watched::By::kDashboard, subject, row.name_space, row.metric, {}, widget_place};
        for (const auto& [name, value] : row.dimensions) {
          watched.dimensions.insert(name);
        }
        setup.watched.push_back(std::move(watched));
      }
    } else if (type == "log" && properties["query"].is_text()) {
      setup.queries.push_back({properties["query"].text(), subject, widget_place});
    }
  }
}

}  // namespace weir::doctor

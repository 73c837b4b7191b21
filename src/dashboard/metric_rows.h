#pragma once

#include <string>
#include <utility>
#include <vector>

#include "format/tree.h"

namespace weir::dashboard {

// A row of a widget's `metrics`, its "." and "..." replaced (facts: dashboards, section 5).
struct MetricRow {
  std::string name_space;  // "" of an expression
  std::string metric;
  std::vector<std::pair<std::string, std::string>> dimensions;
  format::Tree options;  // a map, or null
  [[nodiscard]] bool is_metric() const { return !metric.empty(); }
  [[nodiscard]] bool is_expression() const { return options.has("expression"); }
};

// `metrics` as check_body() lets it through; rows that are none are left out.
[[nodiscard]] std::vector<MetricRow> expand_rows(const format::Tree& metrics);

}  // namespace weir::dashboard

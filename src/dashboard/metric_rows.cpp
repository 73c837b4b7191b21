#include "dashboard/metric_rows.h"

#include <algorithm>

namespace weir::dashboard {

std::vector<MetricRow> expand_rows(const format::Tree& metrics) {
  std::vector<MetricRow> rows;
  std::vector<std::string> above;  // the texts of the row before
  for (const format::Tree& row : metrics.items()) {
    if (!row.is_list()) {
      continue;
    }
    std::vector<std::string> texts;
    MetricRow expanded;
    for (const format::Tree& item : row.items()) {
      if (item.is_map()) {
        expanded.options = item;
      } else if (item.text() == ".") {
        texts.push_back(texts.size() < above.size() ? above[texts.size()] : "");
      } else if (item.text() == "...") {  // all of the row above but its last ones, which follow
        std::size_t num_own = 0;
        for (const format::Tree& other : row.items()) {
          num_own += other.is_text() ? 1 : 0;
        }
        --num_own;
        texts.assign(above.begin(),
                     above.end() - static_cast<std::ptrdiff_t>(std::min(num_own, above.size())));
      } else {
        texts.push_back(item.text());
      }
    }
    if (texts.size() >= 2) {
      expanded.name_space = texts[0];
      expanded.metric = texts[1];
      for (std::size_t i = 2; i + 1 < texts.size(); i += 2) {
        expanded.dimensions.emplace_back(texts[i], texts[i + 1]);
      }
      above = std::move(texts);
    }
    if (!expanded.metric.empty() || expanded.is_expression()) {
      rows.push_back(std::move(expanded));
    }
  }
  return rows;
}

}  // namespace weir::dashboard

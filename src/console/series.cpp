#include "console/series.h"

#include <algorithm>
#include <cmath>

namespace weir::console {

using format::Tree;

StepSummary summary_of(const StepValues& values) {
  StepSummary summary;
  std::vector<double> present;
  for (const auto& value : values) {
    if (value) {
      present.push_back(*value);
      summary.total += *value;
      summary.last = value;
    }
  }
  if (present.empty()) {
    return summary;
  }
  std::sort(present.begin(), present.end());
  summary.min = present.front();
  summary.max = present.back();
  summary.avg = summary.total / static_cast<double>(present.size());
  const double rank = 0.95 * static_cast<double>(present.size() - 1);
  const auto below = static_cast<std::size_t>(rank);
  const std::size_t above = std::min(below + 1, present.size() - 1);
  summary.p95 = present[below] + (present[above] - present[below]) * (rank - std::floor(rank));
  return summary;
}

Tree amount_tree(std::optional<double> value) {
  if (!value) {
    return {};
  }
  constexpr double kExact = 9'007'199'254'740'992.0;
  const bool is_whole = std::abs(*value) < kExact && *value == std::floor(*value);
  return is_whole ? Tree(static_cast<std::int64_t>(*value)) : Tree(*value);
}

Tree values_tree(const StepValues& values) {
  Tree list = Tree::list();
  for (const auto& value : values) {
    list.push(amount_tree(value));
  }
  return list;
}

Tree series_tree(const StepValues& values) {
  const StepSummary summary = summary_of(values);
  return Tree::map({{"values", values_tree(values)},
                    {"total", amount_tree(summary.total)},
                    {"min", amount_tree(summary.min)},
                    {"max", amount_tree(summary.max)},
                    {"avg", amount_tree(summary.avg)},
                    {"last", amount_tree(summary.last)},
                    {"p95", amount_tree(summary.p95)}});
}

Tree times_tree(const std::vector<TimeMs>& times) {
  Tree list = Tree::list();
  for (const TimeMs time : times) {
    list.push(time);
  }
  return list;
}

}  // namespace weir::console

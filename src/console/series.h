#pragma once

#include <optional>
#include <vector>

#include "base/clock.h"
#include "format/tree.h"

namespace weir::console {

// Sums of the steps of a chart; nullopt in a step that no record covers.
using StepValues = std::vector<std::optional<double>>;

struct StepSummary {
  double total = 0;
  std::optional<double> min;
  std::optional<double> max;
  std::optional<double> avg;   // of a step
  std::optional<double> last;  // of the last step with a value
  std::optional<double> p95;   // by linear interpolation
};
[[nodiscard]] StepSummary summary_of(const StepValues& values);

// [n | null, ..]; whole numbers as such.
[[nodiscard]] format::Tree values_tree(const StepValues& values);
// {"values", "total", "min", "max", "avg", "last", "p95"}
[[nodiscard]] format::Tree series_tree(const StepValues& values);
[[nodiscard]] format::Tree times_tree(const std::vector<TimeMs>& times);
// A number, whole ones as integers; null.
[[nodiscard]] format::Tree amount_tree(std::optional<double> value);

}  // namespace weir::console

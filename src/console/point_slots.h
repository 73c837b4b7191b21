#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/clock.h"

namespace weir::console {

struct Point {
  TimeMs time_ms = 0;
  double value = 0;
};

// What one slot of a chart stands for: exact extremes and mean of its points.
struct Slot {
  TimeMs time_ms = 0;  // where it begins
  double mean = 0;
  double low = 0;
  double high = 0;
};

struct Slots {
  std::vector<Slot> slots;
  std::int64_t step_ms = 0;
  bool is_reduced = false;  // slots stand for several points
};

// At most `most` slots for points in ascending order: one a point where they are few, else slots of
// whole periods, all of the same length of time.
[[nodiscard]] Slots slots_of(const std::vector<Point>& points, std::size_t most,
                             std::int64_t period_ms);

}  // namespace weir::console

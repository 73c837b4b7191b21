#include "console/point_slots.h"

#include <algorithm>

namespace weir::console {

Slots slots_of(const std::vector<Point>& points, std::size_t most, std::int64_t period_ms) {
  Slots found;
  found.step_ms = period_ms;
  if (points.size() <= most) {
    for (const Point& point : points) {
      found.slots.push_back({point.time_ms, point.value, point.value, point.value});
    }
    return found;
  }
  found.is_reduced = true;
  const TimeMs begin = points.front().time_ms;
  const std::int64_t num_periods = (points.back().time_ms - begin) / period_ms + 1;
  const auto each =
      (num_periods + static_cast<std::int64_t>(most) - 1) / static_cast<std::int64_t>(most);
  found.step_ms = each * period_ms;
  std::int64_t last = -1;
  double num_points = 0;
  for (const Point& point : points) {
    const std::int64_t number = (point.time_ms - begin) / found.step_ms;
    if (number != last) {
      last = number;
      num_points = 0;
      found.slots.push_back({begin + number * found.step_ms, 0, point.value, point.value});
    }
    Slot& slot = found.slots.back();
    num_points += 1;
    slot.mean += (point.value - slot.mean) / num_points;
    slot.low = std::min(slot.low, point.value);
    slot.high = std::max(slot.high, point.value);
  }
  return found;
}

}  // namespace weir::console

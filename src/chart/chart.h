#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace weir::chart {

struct Color {
  double red = 0;  // 0 to 1
  double green = 0;
  double blue = 0;
  friend bool operator==(const Color&, const Color&) = default;
};
// "#1f77b4"; nullopt where it is none.
[[nodiscard]] std::optional<Color> parse_color(const std::string& text);

struct Series {
  std::string label;
  std::optional<Color> color;       // absent: the palette's next
  std::int64_t period_ms = 60'000;  // points further apart than this are not joined
  std::vector<TimeMs> times;        // ascending
  std::vector<double> values;
  bool is_right = false;  // of the right axis
};

// A line across, at a value.
struct Threshold {
  double value = 0;
  std::string label;
  std::optional<Color> color;
};

enum class View : std::uint8_t { kTimeSeries, kSingleValue, kBar, kPie };

struct Axis {
  std::optional<double> least;
  std::optional<double> most;
  std::string label;
};

struct Chart {
  static constexpr int kMaxSide = 2000;
  int width = 600;  // pixels, 1 to kMaxSide
  int height = 400;
  View view = View::kTimeSeries;
  std::string title;
  TimeMs begin_ms = 0;
  TimeMs end_ms = 0;
  std::int64_t utc_offset_s = 0;  // of the times that are written
  bool is_stacked = false;
  bool has_legend = true;
  Axis left;
  Axis right;
  std::vector<Series> series;
  std::vector<Threshold> thresholds;
};

// A PNG, 8 bits a channel.
[[nodiscard]] Result<std::string> render_png(const Chart& chart);

// Numbers for an axis from `least` to `most`: multiples of 1, 2 or 5 times a power of ten, about
// `wanted` of them, the first at or below `least`, the last at or above `most`.
[[nodiscard]] std::vector<double> round_ticks(double least, double most, int wanted);
// Times for an axis: full minutes, hours, days.
[[nodiscard]] std::vector<TimeMs> time_ticks(TimeMs begin_ms, TimeMs end_ms,
                                             std::int64_t utc_offset_s, int wanted);
// "1.5K", "250M", "0.02"
[[nodiscard]] std::string short_number(double value);

}  // namespace weir::chart

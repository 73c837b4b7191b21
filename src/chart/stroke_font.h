#pragma once

#include <string_view>

namespace weir::chart {

// The one font: each letter is lines between the points of a grid, 4 wide and 8 high (0 is the top
// of capitals, 6 the line that letters stand on, 8 the end of descenders). Strokes are separated by
// commas, a point is two digits, x and y: "062046,1434" is an A. ASCII; what else comes is a box.
[[nodiscard]] std::string_view strokes_of(char letter);

inline constexpr double kGridHeight = 8;
inline constexpr double kGridAdvance = 5.6;  // from a letter to the next

}  // namespace weir::chart

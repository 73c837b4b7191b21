#include "metric/unit.h"

#include <algorithm>
#include <array>

namespace weir::metric {
namespace {

constexpr std::array<std::string_view, 27> kUnits = {"None",
                                                     "Seconds",
                                                     "Microseconds",
                                                     "Milliseconds",
                                                     "Bytes",
                                                     "Kilobytes",
                                                     "Megabytes",
                                                     "Gigabytes",
                                                     "Terabytes",
                                                     "Bits",
                                                     "Kilobits",
                                                     "Megabits",
                                                     "Gigabits",
                                                     "Terabits",
                                                     "Percent",
                                                     "Count",
                                                     "Bytes/Second",
                                                     "Kilobytes/Second",
                                                     "Megabytes/Second",
                                                     "Gigabytes/Second",
                                                     "Terabytes/Second",
                                                     "Bits/Second",
                                                     "Kilobits/Second",
                                                     "Megabits/Second",
                                                     "Gigabits/Second",
                                                     "Terabits/Second",
                                                     "Count/Second"};

}  // namespace

std::span<const std::string_view> all_units() { return kUnits; }

std::optional<Unit> parse_unit(std::string_view name) {
  const auto* const found = std::find(kUnits.begin(), kUnits.end(), name);
  if (found == kUnits.end()) {
    return std::nullopt;
  }
  return static_cast<Unit>(found - kUnits.begin());
}

std::string_view name_of(Unit unit) {
  const auto place = static_cast<std::size_t>(unit);
  return place < kUnits.size() ? kUnits[place] : std::string_view("None");
}

}  // namespace weir::metric

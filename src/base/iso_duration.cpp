#include "base/iso_duration.h"

#include <algorithm>

#include "base/number.h"

namespace weir {
namespace {

constexpr std::int64_t kDayS = 86'400;
constexpr std::int64_t kMostCount = 10'000'000;

// Seconds of a unit before or behind the T; 0: there is no such unit.
std::int64_t unit_seconds(char unit, bool is_time) {
  switch (unit) {
    case 'S':
      return is_time ? 1 : 0;
    case 'M':
      return is_time ? 60 : 30 * kDayS;
    case 'H':
      return is_time ? 3'600 : 0;
    case 'D':
      return is_time ? 0 : kDayS;
    case 'W':
      return is_time ? 0 : 7 * kDayS;
    case 'Y':
      return is_time ? 0 : 365 * kDayS;
    default:
      return 0;
  }
}

}  // namespace

std::optional<IsoDuration> parse_iso_duration(std::string_view text) {
  if (!text.starts_with('P') || text.size() < 3) {
    return std::nullopt;
  }
  text.remove_prefix(1);
  IsoDuration duration;
  bool is_time = false;
  while (!text.empty()) {
    if (text.front() == 'T' && !is_time && text.size() > 1) {
      is_time = true;
      text.remove_prefix(1);
      continue;
    }
    const std::size_t end = std::min(text.find_first_not_of("0123456789"), text.size());
    const auto count = parse_int64(text.substr(0, end));
    const std::int64_t unit_s = end < text.size() ? unit_seconds(text[end], is_time) : 0;
    if (!count || *count > kMostCount || unit_s == 0) {
      return std::nullopt;
    }
    duration.seconds += *count * unit_s;
    duration.is_exact = duration.is_exact && unit_s <= kDayS;
    text.remove_prefix(end + 1);
  }
  return duration;
}

}  // namespace weir

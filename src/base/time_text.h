#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace weir {

// How a time is written.
enum class TimeStyle : std::uint8_t {
  kIso,       // 2026-03-01T00:00:12Z, milliseconds only where there are any
  kInsights,  // 2026-03-01 00:00:12.000, as CloudWatch Logs Insights prints @timestamp
};

// A calendar date and time of day in UTC.
struct CivilTime {
  int year = 1970;
  int month = 1;  // 1-12
  int day = 1;    // 1-31
  int hour = 0;
  int minute = 0;
  int second = 0;
  int millisecond = 0;
};

[[nodiscard]] CivilTime to_civil(TimeMs time);
[[nodiscard]] TimeMs from_civil(const CivilTime& civil);

inline constexpr std::size_t kMaxTimeText = 32;
// Writes into `out` (room for kMaxTimeText bytes); returns the number of bytes written.
std::size_t format_time(TimeMs time, TimeStyle style, char* out);
[[nodiscard]] std::string to_time_text(TimeMs time, TimeStyle style = TimeStyle::kIso);

// Reads an absolute time: RFC 3339 with any offset, "2026-03-01", "2026-03-01 14:00[:00[.123]]"
// (UTC), epoch seconds or milliseconds (told apart at 10^11). Four digits alone are refused: who
// writes 2026 means the year, not the first hour of 1970.
[[nodiscard]] std::optional<TimeMs> parse_absolute_time(std::string_view text);

// Reads what people type after --since and --until: an absolute time, "now", "2h" or "2h ago"
// (before now), "-15m", "today", "yesterday", "yesterday 14:00", "14:00" (today). The error names
// the accepted forms.
[[nodiscard]] Result<TimeMs> parse_time(std::string_view text, TimeMs now);

// A count of fixed length ("90s", "5m") or of calendar units ("1mo").
struct Period {
  std::int64_t count = 0;
  enum class Unit : std::uint8_t {
    kMillisecond,
    kSecond,
    kMinute,
    kHour,
    kDay,
    kWeek,
    kMonth,
    kQuarter,
    kYear
  } unit = Unit::kSecond;

  // Length in milliseconds; months, quarters and years as 30, 91 and 365 days.
  [[nodiscard]] std::int64_t approximate_ms() const;
};

// Reads the unit names of Logs Insights, singular or plural (facts: ms msec millisecond, s sec
// second, m min minute, h hr hour, d day, w week, mo mon month, q qtr quarter, y yr year).
[[nodiscard]] std::optional<Period::Unit> parse_period_unit(std::string_view text);
// Reads "5m", "1h", "300 s".
[[nodiscard]] std::optional<Period> parse_period(std::string_view text);
// Start of the period that holds `time`: epoch-aligned for fixed lengths (weeks begin on Monday),
// calendar-aligned for the rest. Floor also for times before 1970.
[[nodiscard]] TimeMs floor_time(TimeMs time, const Period& period);
// `count` periods later; a day past the month's end becomes its last day.
[[nodiscard]] TimeMs add_period(TimeMs time, const Period& period, std::int64_t times = 1);

}  // namespace weir

#include "base/time_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "base/number.h"

namespace weir {
namespace {

constexpr std::int64_t kSecondMs = 1000;
constexpr std::int64_t kMinuteMs = 60 * kSecondMs;
constexpr std::int64_t kHourMs = 60 * kMinuteMs;
constexpr std::int64_t kDayMs = 24 * kHourMs;
// Years 0001 to 9999: what four digits can write.
constexpr TimeMs kFirstTime = -62'135'596'800'000;
constexpr TimeMs kLastTime = 253'402'300'799'999;

std::int64_t floor_divide(std::int64_t a, std::int64_t b) {
  return a / b - (a % b != 0 && (a < 0) != (b < 0) ? 1 : 0);
}

// Products and sums that stop at the ends of the type: times come from untrusted data.
std::int64_t saturated_product(std::int64_t a, std::int64_t b) {
  std::int64_t product = 0;
  if (__builtin_mul_overflow(a, b, &product)) {
    return (a < 0) == (b < 0) ? INT64_MAX : INT64_MIN;
  }
  return product;
}

std::int64_t saturated_sum(std::int64_t a, std::int64_t b) {
  std::int64_t sum = 0;
  if (__builtin_add_overflow(a, b, &sum)) {
    return a < 0 ? INT64_MIN : INT64_MAX;
  }
  return sum;
}

// Largest multiple of `length` (above 0), counted from `origin` (0 or more), that is not above
// `time`.
std::int64_t floor_to(TimeMs time, std::int64_t length, std::int64_t origin) {
  const std::int64_t shifted = saturated_sum(time, -origin);
  const std::int64_t rest = shifted % length;
  return saturated_sum(time, rest < 0 ? -(rest + length) : -rest);
}

constexpr std::int64_t kMostMonths = 12'000'000;  // a million years: further is no calendar

std::int64_t months_in(Period::Unit unit) {  // 0 for units of fixed length
  switch (unit) {
    case Period::Unit::kMonth:
      return 1;
    case Period::Unit::kQuarter:
      return 3;
    case Period::Unit::kYear:
      return 12;
    default:
      return 0;
  }
}

// Days since 1970-01-01 of a proleptic Gregorian date, and back: counted in 400-year eras from
// March, so that the leap day ends a year.
std::int64_t days_of(std::int64_t year, int month, int day) {
  year -= month <= 2 ? 1 : 0;
  const std::int64_t era = floor_divide(year, 400);
  const std::int64_t year_of_era = year - era * 400;
  const std::int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146'097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year -
         719'468;
}

int days_in_month(std::int64_t year, int month) {
  static constexpr std::array<int, 12> kDays{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return kDays[static_cast<std::size_t>(month - 1)] + (month == 2 && is_leap ? 1 : 0);
}

void write_digits(char* out, int value, int width) {
  for (int i = width - 1; i >= 0; --i) {
    out[i] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
}

// Reads exactly `width` digits at `at`; -1 where there are none.
int digits_at(std::string_view text, std::size_t at, std::size_t width) {
  if (at + width > text.size()) {
    return -1;
  }
  int value = 0;
  for (std::size_t i = at; i < at + width; ++i) {
    if (text[i] < '0' || text[i] > '9') {
      return -1;
    }
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

// "14:00", "14:00:05", "14:00:05.123456" from the front of `text`; nullopt unless valid. Leaves
// what follows in `text`.
std::optional<std::int64_t> take_time_of_day(std::string_view& text) {
  const int hour = digits_at(text, 0, 2);
  const int minute = digits_at(text, 3, 2);
  if (hour < 0 || minute < 0 || text[2] != ':' || hour > 23 || minute > 59) {
    return std::nullopt;
  }
  text.remove_prefix(5);
  std::int64_t ms = hour * kHourMs + minute * kMinuteMs;
  if (text.starts_with(':')) {
    const int second = digits_at(text, 1, 2);
    if (second < 0 || second > 60) {
      return std::nullopt;
    }
    ms += second * kSecondMs;
    text.remove_prefix(3);
    if (text.starts_with('.') || text.starts_with(',')) {
      std::size_t digits = 1;
      std::int64_t fraction = 0;
      while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9') {
        if (digits <= 3) {
          fraction = fraction * 10 + (text[digits] - '0');
        }
        ++digits;
      }
      if (digits == 1) {
        return std::nullopt;
      }
      for (std::size_t i = digits; i <= 3; ++i) {
        fraction *= 10;
      }
      ms += fraction;
      text.remove_prefix(digits);
    }
  }
  return ms;
}

std::optional<std::int64_t> parse_zone(std::string_view text) {  // offset from UTC in ms
  if (text.empty() || text == "Z" || text == "z" || text == " UTC" || text == "UTC") {
    return 0;
  }
  const int hour = digits_at(text, 1, 2);
  const int minute = text.size() == 6 && text[3] == ':' ? digits_at(text, 4, 2)
                     : text.size() == 5                 ? digits_at(text, 3, 2)
                     : text.size() == 3                 ? 0
                                                        : -1;
  if ((text[0] != '+' && text[0] != '-') || hour < 0 || minute < 0 || hour > 23 || minute > 59) {
    return std::nullopt;
  }
  const std::int64_t offset = hour * kHourMs + minute * kMinuteMs;
  return text[0] == '-' ? -offset : offset;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) {
    text.remove_prefix(1);
  }
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) {
    text.remove_suffix(1);
  }
  return text;
}

}  // namespace

CivilTime to_civil(TimeMs time) {
  const std::int64_t days = floor_divide(time, kDayMs);
  std::int64_t rest = time % kDayMs;
  rest += rest < 0 ? kDayMs : 0;
  const std::int64_t shifted = days + 719'468;
  const std::int64_t era = floor_divide(shifted, 146'097);
  const std::int64_t day_of_era = shifted - era * 146'097;
  const std::int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const std::int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t month_from_march = (5 * day_of_year + 2) / 153;
  CivilTime civil;
  civil.day = static_cast<int>(day_of_year - (153 * month_from_march + 2) / 5 + 1);
  civil.month =
      static_cast<int>(month_from_march < 10 ? month_from_march + 3 : month_from_march - 9);
  civil.year = static_cast<int>(year_of_era + era * 400 + (civil.month <= 2 ? 1 : 0));
  civil.hour = static_cast<int>(rest / kHourMs);
  rest %= kHourMs;
  civil.minute = static_cast<int>(rest / kMinuteMs);
  rest %= kMinuteMs;
  civil.second = static_cast<int>(rest / kSecondMs);
  civil.millisecond = static_cast<int>(rest % kSecondMs);
  return civil;
}

TimeMs from_civil(const CivilTime& civil) {
  return days_of(civil.year, civil.month, civil.day) * kDayMs + civil.hour * kHourMs +
         civil.minute * kMinuteMs + civil.second * kSecondMs + civil.millisecond;
}

std::size_t format_time(TimeMs time, TimeStyle style, char* out) {
  const CivilTime civil = to_civil(std::clamp(time, kFirstTime, kLastTime));
  write_digits(out, civil.year, 4);
  out[4] = '-';
  write_digits(out + 5, civil.month, 2);
  out[7] = '-';
  write_digits(out + 8, civil.day, 2);
  out[10] = style == TimeStyle::kIso ? 'T' : ' ';
  write_digits(out + 11, civil.hour, 2);
  out[13] = ':';
  write_digits(out + 14, civil.minute, 2);
  out[16] = ':';
  write_digits(out + 17, civil.second, 2);
  std::size_t size = 19;
  if (style == TimeStyle::kInsights || civil.millisecond != 0) {
    out[size] = '.';
    write_digits(out + size + 1, civil.millisecond, 3);
    size += 4;
  }
  if (style == TimeStyle::kIso) {
    out[size++] = 'Z';
  }
  return size;
}

std::string to_time_text(TimeMs time, TimeStyle style) {
  char text[kMaxTimeText];
  return {text, format_time(time, style, text)};
}

std::optional<TimeMs> parse_absolute_time(std::string_view text) {
  text = trimmed(text);
  const bool is_bare_year = text.size() == 4 && digits_at(text, 0, 4) >= 0;
  if (is_bare_year) {
    return std::nullopt;
  }
  if (const auto number = parse_int64(text)) {
    constexpr std::int64_t kFirstMilliseconds = 100'000'000'000;
    const bool is_ms = *number >= kFirstMilliseconds || *number <= -kFirstMilliseconds;
    const TimeMs time = is_ms ? *number : *number * 1000;
    return time >= kFirstTime && time <= kLastTime ? std::optional(time) : std::nullopt;
  }
  const int year = digits_at(text, 0, 4);
  const int month = digits_at(text, 5, 2);
  const int day = digits_at(text, 8, 2);
  if (year < 1 || month < 1 || day < 1 || month > 12 || text[4] != '-' || text[7] != '-' ||
      day > days_in_month(year, month)) {
    return std::nullopt;
  }
  const TimeMs date = days_of(year, month, day) * kDayMs;
  text.remove_prefix(10);
  if (text.empty()) {
    return date;
  }
  if (text[0] != 'T' && text[0] != 't' && text[0] != ' ') {
    return std::nullopt;
  }
  text.remove_prefix(1);
  const auto time_of_day = take_time_of_day(text);
  if (!time_of_day) {
    return std::nullopt;
  }
  const auto zone = parse_zone(text);
  return zone ? std::optional(date + *time_of_day - *zone) : std::nullopt;
}

Result<TimeMs> parse_time(std::string_view text, TimeMs now) {
  const std::string_view wanted = trimmed(text);
  if (wanted == "now") {
    return now;
  }
  if (const auto absolute = parse_absolute_time(wanted)) {
    return *absolute;
  }
  const TimeMs today = floor_divide(now, kDayMs) * kDayMs;
  std::string_view rest = wanted;
  TimeMs day = today;
  bool has_day = false;
  for (const auto& [word, shift] :
       {std::pair<std::string_view, std::int64_t>{"today", 0}, {"yesterday", -1}}) {
    if (rest.starts_with(word)) {
      rest = trimmed(rest.substr(word.size()));
      day = today + shift * kDayMs;
      has_day = true;
    }
  }
  if (has_day && rest.empty()) {
    return day;
  }
  if (std::string_view clock_text = rest; const auto time_of_day = take_time_of_day(clock_text)) {
    if (clock_text.empty()) {
      return day + *time_of_day;
    }
  }
  if (!has_day) {
    std::string_view length = rest;
    if (length.starts_with('-')) {
      length.remove_prefix(1);
    }
    if (length.ends_with("ago")) {
      length = trimmed(length.substr(0, length.size() - 3));
    }
    if (const auto period = parse_period(length)) {
      return add_period(now, *period, -1);
    }
  }
  return fail(ErrorCode::kUsage,
              fmt::format("'{}' is no time; write 2026-03-01, 2026-03-01T14:00:00Z, epoch seconds, "
                          "2h (ago), now, today, yesterday 14:00",
                          wanted));
}

std::int64_t Period::approximate_ms() const {
  switch (unit) {
    case Unit::kMillisecond:
      return count;
    case Unit::kSecond:
      return saturated_product(count, kSecondMs);
    case Unit::kMinute:
      return saturated_product(count, kMinuteMs);
    case Unit::kHour:
      return saturated_product(count, kHourMs);
    case Unit::kDay:
      return saturated_product(count, kDayMs);
    case Unit::kWeek:
      return saturated_product(count, 7 * kDayMs);
    case Unit::kMonth:
      return saturated_product(count, 30 * kDayMs);
    case Unit::kQuarter:
      return saturated_product(count, 91 * kDayMs);
    case Unit::kYear:
      return saturated_product(count, 365 * kDayMs);
  }
  return 0;
}

std::optional<Period::Unit> parse_period_unit(std::string_view text) {
  using Unit = Period::Unit;
  static constexpr std::pair<std::string_view, Unit> kUnits[] = {
      {"ms", Unit::kMillisecond},
      {"msec", Unit::kMillisecond},
      {"millisecond", Unit::kMillisecond},
      {"s", Unit::kSecond},
      {"sec", Unit::kSecond},
      {"second", Unit::kSecond},
      {"m", Unit::kMinute},
      {"min", Unit::kMinute},
      {"minute", Unit::kMinute},
      {"h", Unit::kHour},
      {"hr", Unit::kHour},
      {"hour", Unit::kHour},
      {"d", Unit::kDay},
      {"day", Unit::kDay},
      {"w", Unit::kWeek},
      {"week", Unit::kWeek},
      {"mo", Unit::kMonth},
      {"mon", Unit::kMonth},
      {"month", Unit::kMonth},
      {"q", Unit::kQuarter},
      {"qtr", Unit::kQuarter},
      {"quarter", Unit::kQuarter},
      {"y", Unit::kYear},
      {"yr", Unit::kYear},
      {"year", Unit::kYear}};
  std::string lower;
  for (const char c : text) {
    lower += static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  }
  for (int attempt = 0; attempt < 2; ++attempt) {
    for (const auto& [name, unit] : kUnits) {
      if (lower == name) {
        return unit;
      }
    }
    if (lower.size() < 3 || lower.back() != 's') {
      break;
    }
    lower.pop_back();
  }
  return std::nullopt;
}

std::optional<Period> parse_period(std::string_view text) {
  text = trimmed(text);
  const std::size_t digits = text.find_first_not_of("0123456789");
  if (digits == 0 || digits == std::string_view::npos || digits > 12) {
    return std::nullopt;
  }
  const auto count = parse_int64(text.substr(0, digits));
  const auto unit = parse_period_unit(trimmed(text.substr(digits)));
  constexpr std::int64_t kLongest = 100'000'000'000'000;  // 3,000 years in ms
  if (!count || !unit) {
    return std::nullopt;
  }
  const Period one{1, *unit};
  if (*count > kLongest / one.approximate_ms()) {
    return std::nullopt;
  }
  return Period{*count, *unit};
}

TimeMs floor_time(TimeMs time, const Period& period) {
  const std::int64_t count = std::max<std::int64_t>(period.count, 1);
  switch (period.unit) {
    case Period::Unit::kWeek: {
      constexpr std::int64_t kFirstMonday = 4 * kDayMs;  // 1970-01-05
      return floor_to(time, Period{count, period.unit}.approximate_ms(), kFirstMonday);
    }
    case Period::Unit::kMonth:
    case Period::Unit::kQuarter:
    case Period::Unit::kYear: {
      const CivilTime civil = to_civil(time);
      const std::int64_t months = (civil.year - 1970LL) * 12 + civil.month - 1;
      const std::int64_t length =
          std::min(saturated_product(count, months_in(period.unit)), kMostMonths);
      const std::int64_t floored = floor_divide(months, length) * length;
      const std::int64_t years = floor_divide(floored, 12);
      return saturated_product(days_of(1970 + years, static_cast<int>(floored - years * 12) + 1, 1),
                               kDayMs);
    }
    default:
      return floor_to(time, Period{count, period.unit}.approximate_ms(), 0);
  }
}

TimeMs add_period(TimeMs time, const Period& period, std::int64_t times) {
  const std::int64_t count = saturated_product(period.count, times);
  const std::int64_t months_each = months_in(period.unit);
  if (months_each == 0) {
    return saturated_sum(time, Period{count, period.unit}.approximate_ms());
  }
  const std::int64_t months =
      std::clamp(saturated_product(count, months_each), -kMostMonths, kMostMonths);
  CivilTime civil = to_civil(std::clamp(time, kFirstTime, kLastTime));
  const std::int64_t total = civil.year * 12LL + civil.month - 1 + months;
  civil.year = static_cast<int>(floor_divide(total, 12));
  civil.month = static_cast<int>(total - civil.year * 12LL) + 1;
  civil.day = std::min(civil.day, days_in_month(civil.year, civil.month));
  return from_civil(civil);
}

}  // namespace weir

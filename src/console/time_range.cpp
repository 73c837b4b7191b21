#include "console/time_range.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/number.h"
#include "base/time_text.h"

namespace weir::console {
namespace {

using format::Tree;

constexpr std::int64_t kMinuteMs = 60'000;
constexpr std::int64_t kHourMs = 60 * kMinuteMs;
constexpr std::int64_t kDayMs = 24 * kHourMs;
constexpr std::int64_t kMostMs = 4'102'444'800'000;  // the year 2100

constexpr std::int64_t kSteps[] = {
    kMinuteMs,  2 * kMinuteMs, 5 * kMinuteMs, 10 * kMinuteMs, 15 * kMinuteMs, 30 * kMinuteMs,
    kHourMs,    2 * kHourMs,   3 * kHourMs,   6 * kHourMs,    12 * kHourMs,   kDayMs,
    2 * kDayMs, 7 * kDayMs,    14 * kDayMs,   30 * kDayMs,    90 * kDayMs,    365 * kDayMs};

std::int64_t floor_to(std::int64_t value, std::int64_t step) {
  const std::int64_t rest = value % step;
  return value - (rest < 0 ? rest + step : rest);
}

// Whole numbers of at least eleven digits are milliseconds; what is less is what people type.
Result<TimeMs> read_moment(std::string_view name, const std::string& text, TimeMs now_ms) {
  const auto number = parse_int64(text);
  if (number && (*number == 0 || *number >= 100'000'000'000) && *number <= kMostMs) {
    return *number;
  }
  auto time = parse_time(text, now_ms);
  if (!time) {
    return fail(ErrorCode::kUsage, fmt::format("{}: {}", name, time.error().message));
  }
  return std::clamp<TimeMs>(*time, 0, kMostMs);
}

Result<TimeSpan> span_of(const std::optional<std::string>& since,
                         const std::optional<std::string>& until, TimeMs now_ms) {
  TimeSpan span;
  span.until = now_ms;
  if (until && !until->empty()) {
    WEIR_ASSIGN_OR_RETURN(span.until, read_moment("until", *until, now_ms));
  }
  span.since = std::max<TimeMs>(span.until - kHourMs, 0);
  if (since && !since->empty()) {
    WEIR_ASSIGN_OR_RETURN(span.since, read_moment("since", *since, now_ms));
  }
  if (span.since >= span.until) {
    return fail(ErrorCode::kUsage, fmt::format("since ({}) is to be before until ({})",
                                               to_time_text(span.since), to_time_text(span.until)));
  }
  return span;
}

Result<std::optional<std::string>> moment_text(const Tree& body, std::string_view name) {
  const Tree& value = body[name];
  if (value.is_null()) {
    return std::optional<std::string>();
  }
  if (value.is_integer() || value.is_double()) {
    return std::optional(std::to_string(value.integer()));
  }
  if (!value.is_text()) {
    return fail(
        ErrorCode::kUsage,
        fmt::format("{} is a time: milliseconds since 1970 or a text such as \"2h\"", name));
  }
  return std::optional(value.text());
}

Result<std::int64_t> checked_number(std::string_view name, std::optional<std::int64_t> value,
                                    std::int64_t least, std::int64_t most) {
  if (!value || *value < least || *value > most) {
    return fail(ErrorCode::kUsage, fmt::format("{} is a number from {} to {}", name, least, most));
  }
  return *value;
}

}  // namespace

Result<TimeSpan> read_span(const api::RouteCall& call, TimeMs now_ms) {
  return span_of(call.argument("since"), call.argument("until"), now_ms);
}

Result<TimeSpan> read_span(const Tree& body, TimeMs now_ms) {
  WEIR_ASSIGN_OR_RETURN(const auto since, moment_text(body, "since"));
  WEIR_ASSIGN_OR_RETURN(const auto until, moment_text(body, "until"));
  return span_of(since, until, now_ms);
}

std::int64_t step_for(const TimeSpan& span, std::int64_t points) {
  for (const std::int64_t step : kSteps) {
    if ((span.until - 1 - floor_to(span.since, step)) / step < points) {
      return step;
    }
  }
  return *std::prev(std::end(kSteps));
}

std::vector<TimeMs> steps_of(const TimeSpan& span, std::int64_t step_ms) {
  std::vector<TimeMs> times;
  for (TimeMs time = floor_to(span.since, step_ms); time < span.until; time += step_ms) {
    times.push_back(time);
  }
  return times;
}

std::string period_text(std::int64_t step_ms) {
  if (step_ms % kDayMs == 0) {
    return fmt::format("{}d", step_ms / kDayMs);
  }
  return step_ms % kHourMs == 0 ? fmt::format("{}h", step_ms / kHourMs)
                                : fmt::format("{}m", step_ms / kMinuteMs);
}

Result<std::int64_t> read_number(const api::RouteCall& call, std::string_view name,
                                 std::int64_t standard, std::int64_t least, std::int64_t most) {
  const auto text = call.argument(name);
  return text ? checked_number(name, parse_int64(*text), least, most)
              : Result<std::int64_t>(standard);
}

Result<std::int64_t> read_number(const Tree& body, std::string_view name, std::int64_t standard,
                                 std::int64_t least, std::int64_t most) {
  const Tree& value = body[name];
  if (value.is_null()) {
    return standard;
  }
  return checked_number(name, value.is_integer() ? std::optional(value.integer()) : std::nullopt,
                        least, most);
}

Result<std::string> read_text(const Tree& body, std::string_view name, std::string_view standard) {
  const Tree& value = body[name];
  if (!value.is_null() && !value.is_text()) {
    return fail(ErrorCode::kUsage, fmt::format("{} is a text", name));
  }
  return value.is_null() ? std::string(standard) : value.text();
}

}  // namespace weir::console

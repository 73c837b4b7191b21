#include "dashboard/widget_time.h"

#include <algorithm>

#include "base/iso_duration.h"
#include "base/time_text.h"

namespace weir::dashboard {
namespace {

constexpr std::int64_t kHourMs = 3'600'000;
constexpr std::int64_t kDayMs = 24 * kHourMs;
constexpr std::int64_t kDayS = 86'400;
constexpr std::int64_t kPointsEachGraph = 1'440;
constexpr std::int64_t kLadderS[] = {60, 300, 900, 3'600, 6 * 3'600, kDayS};

std::int64_t rounded_up(std::int64_t value, std::int64_t step) {
  return (value + step - 1) / step * step;
}

// What is left of data so old.
std::int64_t shortest_period_s(TimeMs since_ms, TimeMs now_ms) {
  const std::int64_t age_ms = now_ms - since_ms;
  if (age_ms > 63 * kDayMs) {
    return 3'600;
  }
  return age_ms > 15 * kDayMs ? 300 : age_ms > 3 * kHourMs ? 60 : 1;
}

std::optional<TimeMs> read_moment(const format::Tree& tree, TimeMs now_ms) {
  if (!tree.is_text()) {
    return std::nullopt;
  }
  const auto relative = relative_ms(tree.text());
  return relative ? std::optional(now_ms + *relative) : parse_absolute_time(tree.text());
}

}  // namespace

std::optional<std::int64_t> relative_ms(std::string_view text) {
  const bool is_past = text.starts_with('-');
  text.remove_prefix(is_past ? 1 : 0);
  const auto duration = parse_iso_duration(text);
  if (!duration) {
    return std::nullopt;
  }
  return duration->seconds * (is_past ? -1'000 : 1'000);
}

std::optional<WidgetSpan> own_span(const format::Tree& source, TimeMs now_ms) {
  const auto since = read_moment(source["start"], now_ms);
  if (!since) {
    return std::nullopt;
  }
  const TimeMs until = read_moment(source["end"], now_ms).value_or(now_ms);
  return until > *since ? std::optional(WidgetSpan{*since, until}) : std::nullopt;
}

std::int64_t graph_period_s(std::int64_t own_s, const WidgetSpan& span, TimeMs now_ms) {
  const std::int64_t shortest_s = shortest_period_s(span.since_ms, now_ms);
  const std::int64_t length_ms = span.until_ms - span.since_ms;
  if (length_ms <= own_s * kPointsEachGraph * 1000) {
    return rounded_up(own_s, shortest_s);
  }
  for (const std::int64_t step_s : kLadderS) {
    if (length_ms <= step_s * kPointsEachGraph * 1000) {
      return rounded_up(step_s, shortest_s);
    }
  }
  const std::int64_t needed_s =
      rounded_up(length_ms, kPointsEachGraph * 1000) / (kPointsEachGraph * 1000);
  return rounded_up(rounded_up(needed_s, kDayS), shortest_s);
}

std::int64_t whole_period_s(const WidgetSpan& span) {
  return std::max<std::int64_t>(
      60, rounded_up(rounded_up(span.until_ms - span.since_ms, 1000) / 1000, 60));
}

}  // namespace weir::dashboard

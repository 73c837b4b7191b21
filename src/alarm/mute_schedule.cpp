#include "alarm/mute_schedule.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bitset>
#include <optional>
#include <vector>

#include "alarm/timezone.h"
#include "base/iso_duration.h"
#include "base/number.h"
#include "base/time_text.h"

namespace weir::alarm {
namespace {

using metric::refuse;

constexpr std::int64_t kMinuteMs = 60'000;
constexpr std::int64_t kMaxDurationS = 15 * 86'400;
constexpr std::size_t kMaxAlarms = 100;

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t place = text.find(separator);
    parts.push_back(text.substr(0, place));
    if (place == std::string_view::npos) {
      return parts;
    }
    text.remove_prefix(place + 1);
  }
}

struct Cron {
  std::array<std::bitset<64>, 5> fields;
  bool has_any_day = true;      // day of month is *
  bool has_any_weekday = true;  // day of week is *
};

// A field of cron: its bounds, and the names that its values may have, of three letters each.
struct CronField {
  int low = 0;
  int high = 0;
  std::string_view names = {};
  int first_named = 0;
};

std::optional<std::int64_t> value_in(const CronField& field, std::string_view text) {
  const std::size_t place = text.size() == 3 ? field.names.find(text) : std::string_view::npos;
  if (place != std::string_view::npos && place % 3 == 0) {
    return field.first_named + static_cast<std::int64_t>(place / 3);
  }
  return parse_int64(text);
}

bool parse_field(std::string_view text, const CronField& field, std::bitset<64>& out) {
  for (std::string_view part : split(text, ',')) {
    std::int64_t step = 1;
    if (const std::size_t slash = part.find('/'); slash != std::string_view::npos) {
      const auto given = parse_int64(part.substr(slash + 1));
      if (!given || *given < 1) {
        return false;
      }
      step = *given;
      part = part.substr(0, slash);
    }
    std::int64_t first = field.low;
    std::int64_t last = field.high;
    if (part != "*" && part != "?") {
      const std::size_t dash = part.find('-');
      const auto from = value_in(field, part.substr(0, dash));
      const auto to =
          dash == std::string_view::npos ? from : value_in(field, part.substr(dash + 1));
      if (!from || !to) {
        return false;
      }
      first = *from;
      last = step > 1 && dash == std::string_view::npos ? field.high : *to;
      if (field.high == 7 && last == 0 && first > 0) {
        last = 7;  // until Sunday
      }
    }
    if (first < field.low || last > field.high || first > last) {
      return false;
    }
    for (std::int64_t i = first; i <= last; i += step) {
      out.set(static_cast<std::size_t>(i));
    }
  }
  return true;
}

std::optional<Cron> parse_cron(std::string_view expression) {
  if (!expression.starts_with("cron(") || !expression.ends_with(')')) {
    return std::nullopt;
  }
  std::vector<std::string_view> fields;
  for (const std::string_view field : split(expression.substr(5, expression.size() - 6), ' ')) {
    if (!field.empty()) {
      fields.push_back(field);
    }
  }
  constexpr std::array<CronField, 5> kFields = {
      CronField{0, 59}, CronField{0, 23}, CronField{1, 31},
      CronField{1, 12, "JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC", 1},
      CronField{0, 7, "SUNMONTUEWEDTHUFRISAT", 0}};
  if (fields.size() != kFields.size()) {
    return std::nullopt;
  }
  Cron cron;
  for (std::size_t i = 0; i < kFields.size(); ++i) {
    if (!parse_field(fields[i], kFields[i], cron.fields[i])) {
      return std::nullopt;
    }
  }
  if (cron.fields[4].test(7)) {
    cron.fields[4].set(0);  // 7 is Sunday too
  }
  cron.has_any_day = fields[2] == "*" || fields[2] == "?";
  cron.has_any_weekday = fields[4] == "*" || fields[4] == "?";
  return cron;
}

bool matches(const Cron& cron, TimeMs local_ms) {
  const CivilTime t = to_civil(local_ms);
  const auto has = [&](std::size_t field, std::int64_t value) {
    return cron.fields[field].test(static_cast<std::size_t>(value));
  };
  std::int64_t weekday = (local_ms / 86'400'000 + 4) % 7;  // 1970 began on a Thursday
  const bool day = has(2, t.day);
  const bool of_week = has(4, weekday);
  // As cron has it: where both are given, either will do.
  const bool is_day = cron.has_any_day ? of_week : cron.has_any_weekday ? day : day || of_week;
  return has(0, t.minute) && has(1, t.hour) && has(3, t.month) && is_day;
}

std::optional<TimeMs> parse_at(std::string_view expression) {
  if (!expression.starts_with("at(") || !expression.ends_with(')')) {
    return std::nullopt;
  }
  std::string text(expression.substr(3, expression.size() - 4));
  if (text.size() == 16) {
    text += ":00";
  }
  return text.size() == 19 ? parse_absolute_time(text + "Z") : std::nullopt;
}

// Of days, hours, minutes and seconds.
std::optional<std::int64_t> duration_s(const MuteRule& rule) {
  const auto duration = parse_iso_duration(rule.duration);
  return duration && duration->is_exact ? std::optional(duration->seconds) : std::nullopt;
}

TimeMs local_time(const MuteRule& rule, TimeMs now_ms) {
  const std::string_view timezone =
      rule.timezone.empty() ? std::string_view("UTC") : std::string_view(rule.timezone);
  return now_ms + offset_of(timezone, now_ms / 1000).value_or(0) * 1000;
}

}  // namespace

metric::Checked<void> check_mute_rule(const MuteRule& rule) {
  if (rule.name.empty() || rule.name.size() > 255) {
    return refuse(metric::kValidationError, "Name must have between 1 and 255 characters.");
  }
  if (!parse_cron(rule.expression) && !parse_at(rule.expression)) {
    return refuse(
        metric::kValidationError,
        fmt::format("The value {} for parameter Rule.Schedule.Expression is not supported: "
                    "give cron(minute hour day-of-month month day-of-week) or "
                    "at(yyyy-mm-ddThh:mm).",
                    rule.expression));
  }
  const auto duration = duration_s(rule);
  if (!duration || *duration < 60 || *duration > kMaxDurationS) {
    return refuse(
        metric::kValidationError,
        fmt::format("The value {} for parameter Rule.Schedule.Duration must be an ISO 8601 "
                    "duration between PT1M and P15D.",
                    rule.duration));
  }
  if (!rule.timezone.empty() && !offset_of(rule.timezone, 0)) {
    return refuse(metric::kValidationError,
                  fmt::format("The value {} for parameter Rule.Schedule.Timezone is not supported: "
                              "give UTC, a name such as Europe/Berlin or an offset like +0130.",
                              rule.timezone));
  }
  if (rule.alarm_names.size() > kMaxAlarms) {
    return refuse(metric::kValidationError,
                  fmt::format("MuteTargets.AlarmNames can hold at most {} names.", kMaxAlarms));
  }
  return {};
}

bool has_mute_expired(const MuteRule& rule, TimeMs now_ms) {
  if (rule.expire_ms && now_ms >= *rule.expire_ms) {
    return true;
  }
  const auto at = parse_at(rule.expression);
  return at && local_time(rule, now_ms) >= *at + duration_s(rule).value_or(0) * 1000;
}

bool is_mute_active(const MuteRule& rule, TimeMs now_ms) {
  if ((rule.start_ms && now_ms < *rule.start_ms) || (rule.expire_ms && now_ms >= *rule.expire_ms)) {
    return false;
  }
  const std::int64_t duration_ms = duration_s(rule).value_or(0) * 1000;
  const TimeMs local_ms = local_time(rule, now_ms);
  if (const auto at = parse_at(rule.expression)) {
    return local_ms >= *at && local_ms < *at + duration_ms;
  }
  const auto cron = parse_cron(rule.expression);
  if (!cron) {
    return false;
  }
  // Back from now, minute by minute, to the earliest start whose window still holds now.
  for (TimeMs minute = local_ms - local_ms % kMinuteMs; minute > local_ms - duration_ms;
       minute -= kMinuteMs) {
    if (matches(*cron, minute)) {
      return true;
    }
  }
  return false;
}

}  // namespace weir::alarm

// Functions of time. A period is an interval literal; one of calendar units (1mo) carries its text,
// so that months and years are counted by the calendar.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <string>

#include "base/time_text.h"
#include "query/functions/kernel.h"
#include "query/functions/signature.h"

namespace weir::query {
namespace {

using column::Column;
using column::Type;
using column::Value;

constexpr auto kSqlTime = static_cast<std::uint8_t>(Language::kSql);
constexpr auto kInsightsTime = static_cast<std::uint8_t>(Language::kInsights);

Result<Period> read_period(const ExpressionPtr& argument) {
  std::optional<Period> period;
  if (is_literal(argument)) {
    const Value& value = argument->literal;
    if (value.type == Type::kInterval && value.text.empty()) {
      period = Period{value.integer, Period::Unit::kMillisecond};
    } else if (value.type == Type::kInterval || value.type == Type::kString) {
      period = parse_period(value.text);
    }
  }
  if (!period || period->count <= 0) {
    return fail(ErrorCode::kUsage, "this must be a period, such as 5m, 1h or '1 day'",
                argument->span);
  }
  return *period;
}

enum class Rounding : std::uint8_t { kFloor, kCeil };

// bin(time, period), datefloor, dateceil.
template <bool kPeriodFirst>
Result<BoundCall> bind_floor(BindArguments& arguments, const QueryEnvironment& environment,
                             TextSpan span) {
  WEIR_RETURN_IF_ERROR(expect_count(arguments, 2, 2, "bin(time, period), as in bin(5m)", span));
  if (kPeriodFirst) {
    std::swap(arguments[0], arguments[1]);
  }
  WEIR_RETURN_IF_ERROR(coerce_to(arguments[0], Type::kTime, environment));
  WEIR_ASSIGN_OR_RETURN(const Period period, read_period(arguments[1]));
  return BoundCall{Type::kTime, std::make_shared<Period>(period)};
}

template <Rounding kRounding>
Result<void> evaluate_floor(const Expression& call, Arguments arguments, std::size_t rows,
                            Column& out) {
  const Period period = *static_cast<const Period*>(call.state.get());
  const Arguments subject = arguments.first(1);
  const auto ceil = [&](std::int64_t time) {
    const TimeMs floor = floor_time(time, period);
    return floor == time ? time : add_period(floor, period);
  };
  // Lengths in milliseconds divide; calendar units take the long way.
  const bool is_fixed = period.unit < Period::Unit::kWeek;
  if (kRounding == Rounding::kFloor && is_fixed) {
    const std::int64_t length = period.approximate_ms();
    map_unary<std::int64_t, std::int64_t>(
        subject, Type::kTime, rows, out, [length](std::int64_t time) {
          const std::int64_t rest = time % length;
          const std::int64_t behind = rest < 0 ? rest + length : rest;
          std::int64_t floor = 0;  // a null row may hold anything
          return __builtin_sub_overflow(time, behind, &floor) ? time : floor;
        });
  } else if (kRounding == Rounding::kFloor) {
    map_unary<std::int64_t, std::int64_t>(subject, Type::kTime, rows, out, [&](std::int64_t time) {
      return floor_time(time, period);
    });
  } else {
    map_unary<std::int64_t, std::int64_t>(subject, Type::kTime, rows, out, ceil);
  }
  return {};
}

Result<BoundCall> bind_date_trunc(BindArguments& arguments, const QueryEnvironment& environment,
                                  TextSpan span) {
  WEIR_RETURN_IF_ERROR(expect_count(arguments, 2, 2, "date_trunc('hour', time)", span));
  WEIR_ASSIGN_OR_RETURN(const std::string name, literal_string(arguments[0], "the unit"));
  const auto unit = parse_period_unit(name);
  if (!unit) {
    return fail(ErrorCode::kUsage,
                "the unit is one of second, minute, hour, day, week, month, quarter, year",
                arguments[0]->span);
  }
  std::swap(arguments[0], arguments[1]);
  WEIR_RETURN_IF_ERROR(coerce_to(arguments[0], Type::kTime, environment));
  return BoundCall{Type::kTime, std::make_shared<Period>(Period{1, *unit})};
}

// now(): folded when it is bound. Seconds since 1970 in Insights, a time in SQL.
Result<BoundCall> bind_now_seconds(BindArguments& arguments, const QueryEnvironment& environment,
                                   TextSpan span) {
  WEIR_RETURN_IF_ERROR(expect_count(arguments, 0, 0, "now()", span));
  return BoundCall{Type::kInt64, std::make_shared<std::int64_t>(environment.now_ms / 1000)};
}

Result<BoundCall> bind_now(BindArguments& arguments, const QueryEnvironment& environment,
                           TextSpan span) {
  WEIR_RETURN_IF_ERROR(expect_count(arguments, 0, 0, "now()", span));
  return BoundCall{Type::kTime, std::make_shared<std::int64_t>(environment.now_ms)};
}

Result<void> evaluate_state(const Expression& call, Arguments, std::size_t rows, Column& out) {
  out.reset_constant(call.type, rows);
  out.data<std::int64_t>()[0] = *static_cast<const std::int64_t*>(call.state.get());
  return {};
}

Result<BoundCall> bind_unix_timestamp(BindArguments& arguments, const QueryEnvironment& environment,
                                      TextSpan span) {
  WEIR_RETURN_IF_ERROR(expect_count(arguments, 0, 1, "unix_timestamp([time])", span));
  if (arguments.empty()) {
    arguments.push_back(make_literal(Value::of_time(environment.now_ms), span));
  }
  WEIR_RETURN_IF_ERROR(coerce_to(arguments[0], Type::kTime, environment));
  return BoundCall{Type::kInt64, nullptr};
}

template <std::int64_t kUnitMs>
Result<void> evaluate_epoch(const Expression&, Arguments arguments, std::size_t rows, Column& out) {
  map_unary<std::int64_t, std::int64_t>(arguments, Type::kInt64, rows, out, [](std::int64_t ms) {
    return ms / kUnitMs - (ms % kUnitMs < 0 ? 1 : 0);
  });
  return {};
}

Result<BoundCall> bind_time_to_integer(BindArguments& arguments,
                                       const QueryEnvironment& environment, TextSpan span) {
  WEIR_RETURN_IF_ERROR(expect_count(arguments, 1, 1, "f(time)", span));
  WEIR_RETURN_IF_ERROR(coerce_to(arguments[0], Type::kTime, environment));
  return BoundCall{Type::kInt64, nullptr};
}

// fromMillis(number), from_unixtime(number), to_timestamp(number): a number read in one fixed unit.
Result<BoundCall> bind_from_number(BindArguments& arguments, const QueryEnvironment& environment,
                                   TextSpan span) {
  WEIR_RETURN_IF_ERROR(expect_count(arguments, 1, 1, "f(number)", span));
  WEIR_RETURN_IF_ERROR(coerce_number(arguments[0], environment));
  WEIR_RETURN_IF_ERROR(coerce_to(arguments[0], Type::kDouble, environment));
  return BoundCall{Type::kTime, nullptr};
}

template <std::int64_t kUnitMs>
Result<void> evaluate_from_number(const Expression&, Arguments arguments, std::size_t rows,
                                  Column& out) {
  map_rows(arguments, Type::kTime, rows, out, [&](std::size_t row) {
    const double ms = ColumnView<double>(*arguments[0])[row] * static_cast<double>(kUnitMs);
    if (std::fabs(ms) < 9e15) {
      out.data<std::int64_t>()[row] = std::llround(ms);
    } else {
      out.set_null(row);
    }
  });
  return {};
}

enum class TimePart : std::uint8_t {
  kYear,
  kQuarter,
  kMonth,
  kDay,
  kHour,
  kMinute,
  kSecond,
  kMillisecond,
  kDayOfWeek,
  kEpoch
};

std::int64_t part_of(TimePart part, TimeMs time) {
  if (part == TimePart::kEpoch) {
    return time / 1000 - (time % 1000 < 0 ? 1 : 0);
  }
  const CivilTime civil = to_civil(time);
  switch (part) {
    case TimePart::kYear:
      return civil.year;
    case TimePart::kQuarter:
      return (civil.month - 1) / 3 + 1;
    case TimePart::kMonth:
      return civil.month;
    case TimePart::kDay:
      return civil.day;
    case TimePart::kHour:
      return civil.hour;
    case TimePart::kMinute:
      return civil.minute;
    case TimePart::kSecond:
      return civil.second;
    case TimePart::kMillisecond:
      return civil.millisecond;
    default:
      break;
  }
  constexpr std::int64_t kDay = 86'400'000;
  const std::int64_t days = time / kDay - (time % kDay < 0 ? 1 : 0);
  return ((days + 4) % 7 + 7) % 7;  // 1970-01-01 was a Thursday; 0 = Sunday
}

std::optional<TimePart> find_part(std::string_view name) {
  static constexpr std::pair<std::string_view, TimePart> kParts[] = {
      {"year", TimePart::kYear},     {"quarter", TimePart::kQuarter},
      {"month", TimePart::kMonth},   {"day", TimePart::kDay},
      {"hour", TimePart::kHour},     {"minute", TimePart::kMinute},
      {"second", TimePart::kSecond}, {"millisecond", TimePart::kMillisecond},
      {"dow", TimePart::kDayOfWeek}, {"dayofweek", TimePart::kDayOfWeek},
      {"epoch", TimePart::kEpoch}};
  for (const auto& [known, part] : kParts) {
    if (std::equal(name.begin(), name.end(), known.begin(), known.end(),
                   [](char a, char b) { return (a | 0x20) == b; })) {
      return part;
    }
  }
  return std::nullopt;
}

Result<BoundCall> bind_extract_part(BindArguments& arguments, const QueryEnvironment& environment,
                                    TextSpan span) {
  WEIR_RETURN_IF_ERROR(expect_count(arguments, 2, 2, "extract(hour from time)", span));
  WEIR_ASSIGN_OR_RETURN(const std::string name, literal_string(arguments[0], "the unit"));
  const auto part = find_part(name);
  if (!part) {
    return fail(ErrorCode::kUsage,
                "the unit is one of year, quarter, month, day, hour, minute, second, dow, epoch",
                arguments[0]->span);
  }
  std::swap(arguments[0], arguments[1]);
  WEIR_RETURN_IF_ERROR(coerce_to(arguments[0], Type::kTime, environment));
  return BoundCall{Type::kInt64, std::make_shared<TimePart>(*part)};
}

Result<void> evaluate_part(const Expression& call, Arguments arguments, std::size_t rows,
                           Column& out) {
  const TimePart part = *static_cast<const TimePart*>(call.state.get());
  map_unary<std::int64_t, std::int64_t>(arguments.first(1), Type::kInt64, rows, out,
                                        [part](std::int64_t time) { return part_of(part, time); });
  return {};
}

template <TimePart kPart>
Result<void> evaluate_fixed_part(const Expression&, Arguments arguments, std::size_t rows,
                                 Column& out) {
  map_unary<std::int64_t, std::int64_t>(arguments, Type::kInt64, rows, out,
                                        [](std::int64_t time) { return part_of(kPart, time); });
  return {};
}

// date_add(time, interval), date_sub(time, interval): what + and - do.
template <bool kAdds>
Result<BoundCall> bind_date_add(BindArguments& arguments, const QueryEnvironment& environment,
                                TextSpan span) {
  WEIR_RETURN_IF_ERROR(expect_count(arguments, 2, 2, "date_add(time, interval 1 hour)", span));
  WEIR_RETURN_IF_ERROR(coerce_to(arguments[0], Type::kTime, environment));
  WEIR_ASSIGN_OR_RETURN(auto sum, make_call(*find_function(kAdds ? "+" : "-", Language::kSql),
                                            arguments, environment, span));
  arguments = {std::move(sum)};
  return BoundCall{Type::kTime, nullptr};
}

Result<void> evaluate_same(const Expression&, Arguments arguments, std::size_t, Column& out) {
  out.copy_from(*arguments[0]);
  return {};
}

Result<BoundCall> bind_one_time(BindArguments& arguments, const QueryEnvironment& environment,
                                TextSpan span) {
  return bind_time_to_integer(arguments, environment, span);
}

constexpr Function kTimes[] = {
    {"bin", "datefloor", kBothLanguages, "bin(time, period)", "Start of the period a time is in",
     bind_floor<false>, evaluate_floor<Rounding::kFloor>},
    {"dateceil", "", kBothLanguages, "dateceil(time, period)", "Start of the next period",
     bind_floor<false>, evaluate_floor<Rounding::kCeil>},
    {"time_bucket", "", kSqlTime, "time_bucket(interval, time)", "Start of the period a time is in",
     bind_floor<true>, evaluate_floor<Rounding::kFloor>},
    {"date_trunc", "", kSqlTime, "date_trunc('hour', time)", "Start of the hour, day, ...",
     bind_date_trunc, evaluate_floor<Rounding::kFloor>},
    {"now", "", kInsightsTime, "now() -> seconds since 1970", "When the query began",
     bind_now_seconds, evaluate_state},
    {"now", "current_timestamp getdate sysdate", kSqlTime, "now() -> time", "When the query began",
     bind_now, evaluate_state},
    {"unix_timestamp", "", kSqlTime, "unix_timestamp([time]) -> seconds since 1970",
     "A time as a number", bind_unix_timestamp, evaluate_epoch<1000>},
    {"epoch", "", kSqlTime, "epoch(time) -> seconds since 1970", "A time as a number",
     bind_one_time, evaluate_epoch<1000>},
    {"epoch_ms", "", kSqlTime, "epoch_ms(time) -> milliseconds since 1970", "A time as a number",
     bind_one_time, evaluate_epoch<1>},
    {"tomillis", "", kInsightsTime, "toMillis(time) -> milliseconds since 1970",
     "A time as a number", bind_one_time, evaluate_epoch<1>},
    {"frommillis", "", kInsightsTime, "fromMillis(number) -> time",
     "A number of milliseconds as a time", bind_from_number, evaluate_from_number<1>},
    {"from_unixtime", "to_timestamp", kSqlTime, "from_unixtime(number) -> time",
     "A number of seconds as a time", bind_from_number, evaluate_from_number<1000>},
    {"extract", "date_part", kSqlTime, "extract(hour from time)", "A part of a time, in UTC",
     bind_extract_part, evaluate_part},
    {"year", "", kSqlTime, "year(time)", "The year", bind_one_time,
     evaluate_fixed_part<TimePart::kYear>},
    {"month", "", kSqlTime, "month(time)", "The month, 1 to 12", bind_one_time,
     evaluate_fixed_part<TimePart::kMonth>},
    {"day", "dayofmonth", kSqlTime, "day(time)", "The day of the month", bind_one_time,
     evaluate_fixed_part<TimePart::kDay>},
    {"hour", "", kSqlTime, "hour(time)", "The hour, 0 to 23", bind_one_time,
     evaluate_fixed_part<TimePart::kHour>},
    {"minute", "", kSqlTime, "minute(time)", "The minute", bind_one_time,
     evaluate_fixed_part<TimePart::kMinute>},
    {"second", "", kSqlTime, "second(time)", "The second", bind_one_time,
     evaluate_fixed_part<TimePart::kSecond>},
    {"date_add", "", kSqlTime, "date_add(time, interval 1 hour)", "A time moved forward",
     bind_date_add<true>, evaluate_same},
    {"date_sub", "", kSqlTime, "date_sub(time, interval 1 hour)", "A time moved back",
     bind_date_add<false>, evaluate_same},
};

}  // namespace

std::span<const Function> time_functions() { return kTimes; }

}  // namespace weir::query

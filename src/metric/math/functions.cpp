#include "metric/math/functions.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "base/time_text.h"

namespace weir::metric::math {
namespace {

using Arguments = std::vector<Value>;

struct Call {
  std::string_view name;
  Arguments arguments;
  const Grid& grid;
  std::int64_t period_s;
};

tl::unexpected<Error> wrong(const Call& call, std::string_view wanted) {
  return fail(ErrorCode::kInput, fmt::format("{} takes {}", call.name, wanted));
}

Series shape_of(const Series& series) {
  Series out;
  out.id = series.id;
  out.label = series.label;
  out.period_s = series.period_s;
  return out;
}

// Functions of a series that give a series; of an array they are taken of each member.
Result<Value> each(const Call& call, const std::function<Series(const Series&)>& of) {
  if (call.arguments.size() != 1) {
    return wrong(call, "one series or array of series");
  }
  if (const auto* const series = std::get_if<Series>(call.arguments.data())) {
    return Value(of(*series));
  }
  if (const auto* const array = std::get_if<SeriesArray>(call.arguments.data())) {
    SeriesArray out;
    for (const Series& series : *array) {
      out.push_back(of(series));
    }
    return Value(std::move(out));
  }
  return wrong(call, "one series or array of series");
}

Result<Value> point_wise(const Call& call, double (*of)(double)) {
  if (call.arguments.size() == 1 && std::holds_alternative<double>(call.arguments[0])) {
    return Value(of(std::get<double>(call.arguments[0])));
  }
  return each(call, [&](const Series& series) {
    Series out = shape_of(series);
    for (std::size_t i = 0; i < series.times.size(); ++i) {
      const double value = of(series.values[i]);
      if (std::isfinite(value)) {
        out.push(series.times[i], value);
      }
    }
    return out;
  });
}

Result<Value> time_wise(const Call& call, double (*of)(TimeMs)) {
  return each(call, [&](const Series& series) {
    Series out = shape_of(series);
    for (const TimeMs time_ms : series.times) {
      out.push(time_ms, of(time_ms));
    }
    return out;
  });
}

Result<Value> step_wise(const Call& call, double (*of)(double difference, double seconds)) {
  return each(call, [&](const Series& series) {
    Series out = shape_of(series);
    for (std::size_t i = 1; i < series.times.size(); ++i) {
      const double seconds = static_cast<double>(series.times[i] - series.times[i - 1]) / 1000;
      out.push(series.times[i], of(series.values[i] - series.values[i - 1], seconds));
    }
    return out;
  });
}

// What several values come to.
using Reduction = double (*)(std::span<const double>);

double sum_of(std::span<const double> values) {
  double sum = 0;
  for (const double value : values) {
    sum += value;
  }
  return sum;
}
double average_of(std::span<const double> values) {
  return sum_of(values) / static_cast<double>(values.size());
}
double minimum_of(std::span<const double> values) {
  return *std::min_element(values.begin(), values.end());
}
double maximum_of(std::span<const double> values) {
  return *std::max_element(values.begin(), values.end());
}
double deviation_of(std::span<const double> values) {  // of the population
  const double average = average_of(values);
  double squares = 0;
  for (const double value : values) {
    squares += (value - average) * (value - average);
  }
  return std::sqrt(squares / static_cast<double>(values.size()));
}
double count_of(std::span<const double> values) { return static_cast<double>(values.size()); }

// A series becomes a scalar, an array a series: at each time what its members have there.
Result<Value> reduce(const Call& call, Reduction of) {
  if (call.arguments.empty()) {
    return wrong(call, "a series or an array of series");
  }
  SeriesArray members;
  if (call.arguments.size() == 1) {
    if (const auto* const number = std::get_if<double>(call.arguments.data())) {
      return Value(of({number, 1}));
    }
    if (const auto* const series = std::get_if<Series>(call.arguments.data())) {
      if (series->values.empty()) {
        return of == count_of || of == sum_of
                   ? Result<Value>(Value(0.0))
                   : Result<Value>(Value(std::numeric_limits<double>::quiet_NaN()));
      }
      return Value(of(series->values));
    }
  }
  for (const Value& argument : call.arguments) {
    if (const auto* const array = std::get_if<SeriesArray>(&argument)) {
      members.insert(members.end(), array->begin(), array->end());
    } else if (const auto* const series = std::get_if<Series>(&argument)) {
      members.push_back(*series);
    } else {
      return wrong(call, "a series or an array of series");
    }
  }
  std::map<TimeMs, std::vector<double>> by_time;
  Series out;
  out.period_s = members.empty() ? call.period_s : members[0].period_s;
  for (const Series& member : members) {
    for (std::size_t i = 0; i < member.times.size(); ++i) {
      by_time[member.times[i]].push_back(member.values[i]);
    }
  }
  for (const auto& [time_ms, values] : by_time) {
    out.push(time_ms, of(values));
  }
  return Value(std::move(out));
}

std::optional<double> value_at(const Value& value, TimeMs time_ms) {
  if (const double* const number = std::get_if<double>(&value)) {
    return *number;
  }
  const Series& series = std::get<Series>(value);
  const auto place = std::lower_bound(series.times.begin(), series.times.end(), time_ms);
  if (place == series.times.end() || *place != time_ms) {
    return std::nullopt;
  }
  return series.values[static_cast<std::size_t>(place - series.times.begin())];
}

// Where the condition has no point there is none; a missing point of the second argument counts as
// 0, one of the third stays missing (user guide's example, facts section 5).
Result<Value> call_if(const Call& call) {
  const auto is_plain = [](const Value& value) {
    return std::holds_alternative<double>(value) || std::holds_alternative<Series>(value);
  };
  if (call.arguments.size() != 3 ||
      !std::all_of(call.arguments.begin(), call.arguments.end(), is_plain)) {
    return wrong(call, "a condition and two values, each a number or a series");
  }
  if (const double* const condition = std::get_if<double>(call.arguments.data())) {
    return call.arguments[*condition != 0 ? 1 : 2];
  }
  const Series& condition = std::get<Series>(call.arguments[0]);
  Series out = shape_of(condition);
  for (std::size_t i = 0; i < condition.times.size(); ++i) {
    const TimeMs time_ms = condition.times[i];
    if (condition.values[i] != 0) {
      out.push(time_ms, value_at(call.arguments[1], time_ms).value_or(0));
    } else if (const auto value = value_at(call.arguments[2], time_ms)) {
      out.push(time_ms, *value);
    }
  }
  return Value(std::move(out));
}

Series fill(const Series& series, const Value& filler, const Grid& grid) {
  Series out = shape_of(series);
  const TimeMs step_ms = series.period_s * 1000;
  const std::string* const word = std::get_if<std::string>(&filler);
  std::size_t next = 0;  // the first point at or behind the time
  for (TimeMs time_ms = grid.start_ms; time_ms < grid.end_ms; time_ms += step_ms) {
    while (next < series.times.size() && series.times[next] < time_ms) {
      ++next;
    }
    const bool has_next = next < series.times.size();
    if (has_next && series.times[next] == time_ms) {
      out.push(time_ms, series.values[next]);
    } else if (word == nullptr) {
      if (const auto value = value_at(filler, time_ms)) {
        out.push(time_ms, *value);
      }
    } else if (next > 0 && *word == "REPEAT") {
      out.push(time_ms, series.values[next - 1]);
    } else if (next > 0 && has_next) {
      const double part = static_cast<double>(time_ms - series.times[next - 1]) /
                          static_cast<double>(series.times[next] - series.times[next - 1]);
      out.push(time_ms,
               series.values[next - 1] + part * (series.values[next] - series.values[next - 1]));
    }
  }
  return out;
}

Result<Value> call_fill(const Call& call) {
  const std::string_view wanted =
      "a series or array and what to fill with: a number, a series, REPEAT or LINEAR";
  if (call.arguments.size() != 2) {
    return wrong(call, wanted);
  }
  const Value& filler = call.arguments[1];
  const std::string* const word = std::get_if<std::string>(&filler);
  if (std::holds_alternative<SeriesArray>(filler) ||
      (word != nullptr && *word != "REPEAT" && *word != "LINEAR")) {
    return wrong(call, wanted);
  }
  if (std::holds_alternative<double>(call.arguments[0])) {
    return call.arguments[0];
  }
  Call first{call.name, {call.arguments[0]}, call.grid, call.period_s};
  return each(first, [&](const Series& series) { return fill(series, filler, call.grid); });
}

const SeriesArray* array_of(const Call& call) {
  return call.arguments.empty() ? nullptr : std::get_if<SeriesArray>(call.arguments.data());
}

Result<Value> call_end(const Call& call, bool is_first) {
  const SeriesArray* const array = array_of(call);
  if (array == nullptr || call.arguments.size() != 1) {
    return wrong(call, "an array of series");
  }
  if (array->empty()) {
    return Value(Series{});
  }
  return Value(is_first ? array->front() : array->back());
}

Result<Value> call_slice(const Call& call) {
  const SeriesArray* const array = array_of(call);
  const auto number = [&](std::size_t i) {
    return i < call.arguments.size() ? std::get_if<double>(&call.arguments[i]) : nullptr;
  };
  const double* const first = number(1);
  const double* const last = number(2);
  if (array == nullptr || first == nullptr || std::isnan(*first) || call.arguments.size() > 3 ||
      (call.arguments.size() == 3 && (last == nullptr || std::isnan(*last)))) {
    return wrong(call, "an array, the place of the first series and where to end");
  }
  const auto size = static_cast<double>(array->size());
  const auto begin = static_cast<std::size_t>(std::clamp(*first, 0.0, size));
  if (last == nullptr) {
    return begin < array->size() ? Value((*array)[begin]) : Value(Series{});
  }
  const auto end = static_cast<std::size_t>(std::clamp(*last, static_cast<double>(begin), size));
  return Value(SeriesArray(array->begin() + static_cast<std::ptrdiff_t>(begin),
                           array->begin() + static_cast<std::ptrdiff_t>(end)));
}

Result<Value> call_sort(const Call& call) {
  const std::string_view wanted =
      "an array, AVG, MIN, MAX or SUM, ASC or DESC, and optionally how many to keep";
  static const std::map<std::string_view, Reduction> kBy = {
      {"AVG", average_of}, {"MIN", minimum_of}, {"MAX", maximum_of}, {"SUM", sum_of}};
  const SeriesArray* const array = array_of(call);
  if (array == nullptr || call.arguments.size() < 3 || call.arguments.size() > 4) {
    return wrong(call, wanted);
  }
  const std::string* const by = std::get_if<std::string>(&call.arguments[1]);
  const std::string* const order = std::get_if<std::string>(&call.arguments[2]);
  if (by == nullptr || order == nullptr || !kBy.contains(*by) ||
      (*order != "ASC" && *order != "DESC")) {
    return wrong(call, wanted);
  }
  std::vector<std::pair<double, const Series*>> keyed;
  std::vector<const Series*> empty;  // last, whatever the order
  for (const Series& series : *array) {
    if (series.values.empty()) {
      empty.push_back(&series);
    } else {
      keyed.emplace_back(kBy.at(*by)(series.values), &series);
    }
  }
  std::stable_sort(keyed.begin(), keyed.end(), [&](const auto& a, const auto& b) {
    return *order == "ASC" ? a.first < b.first : a.first > b.first;
  });
  SeriesArray out;
  for (const auto& [key, series] : keyed) {
    out.push_back(*series);
  }
  for (const Series* const series : empty) {
    out.push_back(*series);
  }
  if (call.arguments.size() == 4) {
    const double* const limit = std::get_if<double>(&call.arguments[3]);
    if (limit == nullptr || !(*limit >= 0)) {
      return wrong(call, wanted);
    }
    out.resize(std::min(out.size(), static_cast<std::size_t>(std::min(*limit, 1e9))));
  }
  return Value(std::move(out));
}

Result<Value> call_time_series(const Call& call) {
  const double* const number =
      call.arguments.size() == 1 ? std::get_if<double>(call.arguments.data()) : nullptr;
  if (number == nullptr) {
    return wrong(call, "a number");
  }
  Series out;
  out.period_s = call.period_s;
  for (TimeMs t = call.grid.start_ms; t < call.grid.end_ms; t += call.period_s * 1000) {
    out.push(t, *number);
  }
  return Value(std::move(out));
}

Result<Value> call_running_sum(const Call& call) {
  return each(call, [](const Series& series) {
    Series out = shape_of(series);
    double sum = 0;
    for (std::size_t i = 0; i < series.times.size(); ++i) {
      sum += series.values[i];
      out.push(series.times[i], sum);
    }
    return out;
  });
}

Result<Value> call_remove_empty(const Call& call) {
  const SeriesArray* const array = array_of(call);
  if (array == nullptr || call.arguments.size() != 1) {
    return wrong(call, "an array of series");
  }
  SeriesArray out;
  for (const Series& series : *array) {
    if (!series.values.empty()) {
      out.push_back(series);
    }
  }
  return Value(std::move(out));
}

Result<Value> call_period(const Call& call) {
  const auto* const series =
      call.arguments.size() == 1 ? std::get_if<Series>(call.arguments.data()) : nullptr;
  return series == nullptr ? wrong(call, "a series")
                           : Result<Value>(Value(static_cast<double>(series->period_s)));
}

Result<Value> call_metric_count(const Call& call) {
  const SeriesArray* const array = array_of(call);
  return array == nullptr || call.arguments.size() != 1
             ? wrong(call, "an array of series")
             : Result<Value>(Value(static_cast<double>(array->size())));
}

std::int64_t seconds_since_1970(TimeMs t) { return t / 1000; }

struct Function {
  std::string_view name;
  Result<Value> (*run)(const Call&);
};

#define POINT_WISE(function) \
  [](const Call& call) { return point_wise(call, [](double v) -> double { return function; }); }
#define TIME_WISE(function)                                                                   \
  [](const Call& call) {                                                                      \
    return time_wise(call, [](TimeMs t) -> double { return static_cast<double>(function); }); \
  }
#define REDUCE(of) [](const Call& call) { return reduce(call, of); }

constexpr Function kFunctions[] = {
    {"ABS", POINT_WISE(std::fabs(v))},
    {"AVG", REDUCE(average_of)},
    {"CEIL", POINT_WISE(std::ceil(v))},
    {"DATAPOINT_COUNT", REDUCE(count_of)},
    {"DATE", TIME_WISE(to_civil(t).day)},
    {"DAY", TIME_WISE((t / 86'400'000 + 3) % 7 + 1)},  // Monday is 1; 1970 began on a Thursday
    {"DIFF",
     [](const Call& call) {
       return step_wise(call, [](double difference, double) { return difference; });
     }},
    {"DIFF_TIME",
     [](const Call& call) {
       return step_wise(call, [](double, double seconds) { return seconds; });
     }},
    {"EPOCH", TIME_WISE(seconds_since_1970(t))},
    {"FILL", call_fill},
    {"FIRST", [](const Call& call) { return call_end(call, true); }},
    {"FLOOR", POINT_WISE(std::floor(v))},
    {"HOUR", TIME_WISE(to_civil(t).hour)},
    {"IF", call_if},
    {"LAST", [](const Call& call) { return call_end(call, false); }},
    {"LOG", POINT_WISE(std::log(v))},
    {"LOG10", POINT_WISE(std::log10(v))},
    {"MAX", REDUCE(maximum_of)},
    {"METRIC_COUNT", call_metric_count},
    {"MIN", REDUCE(minimum_of)},
    {"MINUTE", TIME_WISE(to_civil(t).minute)},
    {"MONTH", TIME_WISE(to_civil(t).month)},
    {"PERIOD", call_period},
    {"RATE",
     [](const Call& call) {
       return step_wise(call,
                        [](double difference, double seconds) { return difference / seconds; });
     }},
    {"REMOVE_EMPTY", call_remove_empty},
    {"RUNNING_SUM", call_running_sum},
    {"SLICE", call_slice},
    {"SORT", call_sort},
    {"STDDEV", REDUCE(deviation_of)},
    {"SUM", REDUCE(sum_of)},
    {"TIME_SERIES", call_time_series},
    {"YEAR", TIME_WISE(to_civil(t).year)},
};

#undef POINT_WISE
#undef TIME_WISE
#undef REDUCE

}  // namespace

Result<Value> call_function(std::string_view name, std::vector<Value> arguments, const Grid& grid,
                            std::int64_t period_s) {
  for (const Function& function : kFunctions) {
    if (function.name == name) {
      return function.run({name, std::move(arguments), grid, period_s});
    }
  }
  return fail(ErrorCode::kNotFound, fmt::format("there is no function {}", name));
}

}  // namespace weir::metric::math

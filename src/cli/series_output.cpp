#include "cli/series_output.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/time_text.h"

namespace weir::cli {
namespace {

using column::Type;
using column::Value;
using format::Tree;

// "rtt", "rtt (2)" ..: columns of one name would be one member of a row as JSON has it.
std::vector<std::string> distinct_labels(const std::vector<Series>& series) {
  std::set<std::string> taken{"time"};
  std::vector<std::string> labels;
  for (const Series& one : series) {
    std::string label = one.label;
    for (int number = 2; !taken.insert(label).second; ++number) {
      label = fmt::format("{} ({})", one.label, number);
    }
    labels.push_back(std::move(label));
  }
  return labels;
}

}  // namespace

Result<std::vector<Series>> read_series(const Tree& results) {
  std::vector<Series> series;
  for (const Tree& result : results.items()) {
    if (result.has("lows")) {
      return fail(
          ErrorCode::kLimit,
          fmt::format("'{}' has more points than an answer holds: ask for a shorter time, or "
                      "for longer periods",
                      result["label"].text()));
    }
    Series& one = series.emplace_back();
    one.id = result["id"].text();
    one.label = result["label"].text();
    one.step_ms = result["stepMs"].integer();
    const auto& times = result["timesMs"].items();
    const auto& values = result["values"].items();
    for (std::size_t i = 0; i < times.size() && i < values.size(); ++i) {
      if (!values[i].is_null()) {
        one.times.push_back(times[i].integer());
        one.values.push_back(values[i].number());
      }
    }
    for (const Tree& reason : result["emptyBecause"].items()) {
      one.is_known = one.is_known && reason["cause"].text() == "range_without_samples";
      const std::string& detail = reason["detail"].text();
      one.reasons.push_back(
          fmt::format("{}{} {}", detail, detail.ends_with('?') ? "" : ".", reason["next"].text()));
    }
  }
  return series;
}

RowTable wide_table(const std::vector<Series>& series) {
  RowTable table;
  table.schema.push_back({"time", Type::kTime});
  for (std::string& label : distinct_labels(series)) {
    table.schema.push_back({std::move(label), Type::kDouble});
  }
  std::map<TimeMs, std::size_t> slots;
  for (const Series& one : series) {
    for (const TimeMs time : one.times) {
      slots.emplace(time, 0);
    }
  }
  for (auto& [time, slot] : slots) {
    slot = table.rows.size();
    auto& row = table.rows.emplace_back(series.size() + 1);
    row[0] = Value::of_time(time);
  }
  for (std::size_t column = 0; column < series.size(); ++column) {
    for (std::size_t i = 0; i < series[column].times.size(); ++i) {
      table.rows[slots[series[column].times[i]]][column + 1] =
          Value::of_double(series[column].values[i]);
    }
  }
  return table;
}

RowTable long_table(const std::vector<Series>& series) {
  RowTable table;
  table.schema = {{"time", Type::kTime},
                  {"id", Type::kString},
                  {"label", Type::kString},
                  {"value", Type::kDouble}};
  for (const Series& one : series) {
    for (std::size_t i = 0; i < one.times.size(); ++i) {
      table.rows.push_back({Value::of_time(one.times[i]), Value::of_string(one.id),
                            Value::of_string(one.label), Value::of_double(one.values[i])});
    }
  }
  return table;
}

RowTable summary_table(const std::vector<Series>& series) {
  RowTable table;
  table.schema = {{"series", Type::kString}, {"last", Type::kDouble}, {"min", Type::kDouble},
                  {"avg", Type::kDouble},    {"max", Type::kDouble},  {"points", Type::kInt64},
                  {"last_time", Type::kTime}};
  for (const Series& one : series) {
    auto& row = table.rows.emplace_back(table.schema.size());
    row[0] = Value::of_string(one.label);
    row[5] = Value::of_int(static_cast<std::int64_t>(one.values.size()));
    if (one.values.empty()) {
      continue;
    }
    const auto [low, high] = std::minmax_element(one.values.begin(), one.values.end());
    double sum = 0;
    for (const double value : one.values) {
      sum += value;
    }
    row[1] = Value::of_double(one.values.back());
    row[2] = Value::of_double(*low);
    row[3] = Value::of_double(sum / static_cast<double>(one.values.size()));
    row[4] = Value::of_double(*high);
    row[6] = Value::of_time(one.times.back());
  }
  return table;
}

SeriesGaps find_gaps(const Series& series) {
  SeriesGaps gaps;
  for (std::size_t i = 1; i < series.times.size() && series.step_ms > 0; ++i) {
    const std::int64_t missing = (series.times[i] - series.times[i - 1]) / series.step_ms - 1;
    gaps.num_gaps += missing > 0 ? 1 : 0;
    gaps.num_periods += std::max<std::int64_t>(missing, 0);
  }
  return gaps;
}

Result<TimeSpanOption> read_span(const Arguments& arguments, TimeMs now_ms,
                                 std::int64_t length_ms) {
  const auto read = [&](std::string_view option, TimeMs otherwise) -> Result<TimeMs> {
    if (!arguments.has(option)) {
      return otherwise;
    }
    auto time = parse_time(arguments.value(option), now_ms);
    return time ? time
                : fail(ErrorCode::kUsage, fmt::format("--{}: {}", option, time.error().message));
  };
  TimeSpanOption span;
  WEIR_ASSIGN_OR_RETURN(span.until_ms, read("until", now_ms));
  WEIR_ASSIGN_OR_RETURN(span.since_ms, read("since", span.until_ms - length_ms));
  if (span.since_ms >= span.until_ms) {
    return fail(ErrorCode::kUsage,
                fmt::format("--since ({}) is to be before --until ({})",
                            to_time_text(span.since_ms), to_time_text(span.until_ms)));
  }
  return span;
}

}  // namespace weir::cli

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "cli/arguments.h"
#include "cli/value_rows.h"
#include "format/tree.h"

namespace weir::cli {

// A series as the routes answer it: periods without data have no point.
struct Series {
  std::string id;
  std::string label;
  std::vector<TimeMs> times;  // ascending
  std::vector<double> values;
  std::int64_t step_ms = 0;
  std::vector<std::string> reasons;  // why it is empty
  bool is_known = true;              // false: there is no such metric
};
// kLimit where a series has more points than the answer holds by themselves.
[[nodiscard]] Result<std::vector<Series>> read_series(const format::Tree& results);

// A row a time, a column a series; null where it has no point then.
[[nodiscard]] RowTable wide_table(const std::vector<Series>& series);
// A row a point: time, id, label, value.
[[nodiscard]] RowTable long_table(const std::vector<Series>& series);
// A row a series: what it was last, its extremes and mean, its points.
[[nodiscard]] RowTable summary_table(const std::vector<Series>& series);

// Periods between the first point of a series and its last that have none.
struct SeriesGaps {
  std::size_t num_gaps = 0;
  std::int64_t num_periods = 0;
};
[[nodiscard]] SeriesGaps find_gaps(const Series& series);

// --since and --until; without --until until now, without --since `length_ms` before.
struct TimeSpanOption {
  TimeMs since_ms = 0;
  TimeMs until_ms = 0;
};
[[nodiscard]] Result<TimeSpanOption> read_span(const Arguments& arguments, TimeMs now_ms,
                                               std::int64_t length_ms);

}  // namespace weir::cli

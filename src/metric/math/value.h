#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "metric/data_query.h"

namespace weir::metric::math {

// A time series of an expression: times ascend and differ; where there is no time there is no
// point.
struct Series {
  std::string id;  // of the query it comes from
  std::string label;
  std::int64_t period_s = 60;
  std::vector<TimeMs> times;
  std::vector<double> values;
  std::vector<double> sample_counts;  // of a metric: as many as values; else empty
  std::optional<MetricStat> origin;   // the metric it is

  void push(TimeMs time_ms, double value) {
    times.push_back(time_ms);
    values.push_back(value);
  }
};

using SeriesArray = std::vector<Series>;
// A scalar, a series, an array of series, or a text (an argument).
using Value = std::variant<double, Series, SeriesArray, std::string>;

}  // namespace weir::metric::math

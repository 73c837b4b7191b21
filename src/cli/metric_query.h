#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "cli/arguments.h"
#include "cli/series_output.h"
#include "format/tree.h"

namespace weir::cli {

// What `weir metric get` and `weir metric query` ask: MetricDataQueries as GetMetricData takes
// them.
struct MetricQuestion {
  format::Tree queries;
  TimeSpanOption span;
  std::int64_t period_s = 60;
  bool is_period_too_short = false;  // for data so old: there is none of that period
};

// The words behind `get`: NAMESPACE METRIC.
[[nodiscard]] Result<MetricQuestion> question_of_metric(const Arguments& arguments, TimeMs now_ms);
// The words behind `query`: expressions; --id names the metrics that they use.
[[nodiscard]] Result<MetricQuestion> question_of_expressions(const Arguments& arguments,
                                                             TimeMs now_ms);

}  // namespace weir::cli

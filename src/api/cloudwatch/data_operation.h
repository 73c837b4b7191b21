#pragma once

#include "api/service.h"
#include "metric/metric_store.h"

namespace weir::api::cloudwatch {

// GetMetricData: metrics, metric math, SEARCH and Metrics Insights, in pages.
[[nodiscard]] Outcome get_metric_data(const metric::MetricStore& store, const Call& call,
                                      const Tree& input);

}  // namespace weir::api::cloudwatch

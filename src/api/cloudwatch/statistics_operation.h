#pragma once

#include "api/service.h"
#include "metric/metric_store.h"

namespace weir::api::cloudwatch {

// GetMetricStatistics.
[[nodiscard]] Outcome get_metric_statistics(const metric::MetricStore& store, const Call& call,
                                            const Tree& input);

}  // namespace weir::api::cloudwatch

#pragma once

#include "api/service.h"
#include "metric/anomaly_bands.h"
#include "metric/metric_store.h"

namespace weir::api::cloudwatch {

// GetMetricData: metrics, metric math, SEARCH and Metrics Insights, in pages.
[[nodiscard]] Outcome get_metric_data(const metric::MetricStore& store, metric::AnomalyBands* bands,
                                      const Call& call, const Tree& input);

}  // namespace weir::api::cloudwatch

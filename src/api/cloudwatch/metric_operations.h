#pragma once

#include "api/service.h"
#include "metric/anomaly_bands.h"
#include "metric/metric_store.h"
#include "metric/put_queue.h"
#include "metric/refusal.h"

namespace weir::api::cloudwatch {

// PutMetricData, ListMetrics, GetMetricData and GetMetricStatistics over the metric store. With a
// queue callers of PutMetricData wait for the disk together. All outlive the service.
void add_metric_operations(Service& service, metric::MetricStore& store, metric::PutQueue* queue,
                           metric::AnomalyBands* bands);

// "123456789012/us-west-2": the metric store's name for who calls and where.
[[nodiscard]] std::string scope_of(const Call& call);
[[nodiscard]] tl::unexpected<ApiError> as_refusal(const metric::Refusal& refusal);
// What the surroundings caused: a full disk is 503, so that clients try again later.
[[nodiscard]] tl::unexpected<ApiError> as_failure(const Error& error);

}  // namespace weir::api::cloudwatch

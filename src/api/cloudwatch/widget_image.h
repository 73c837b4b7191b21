#pragma once

#include "alarm/alarm_engine.h"
#include "api/service.h"
#include "metric/anomaly_bands.h"
#include "metric/metric_store.h"

namespace weir::api::cloudwatch {

// GetMetricWidgetImage: a widget's metrics as a PNG, or what an alarm watches. All outlive the
// service; `bands` may be null.
void add_image_operation(Service& service, const metric::MetricStore& store,
                         const alarm::AlarmEngine& alarms, metric::AnomalyBands* bands);

}  // namespace weir::api::cloudwatch

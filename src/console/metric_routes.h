#pragma once

#include "api/native_api.h"
#include "base/clock.h"
#include "console/aws_calls.h"
#include "metric/metric_store.h"

namespace weir::console {

// Which metrics there are, and their data as a chart of so many points shows it. All outlive the
// routes.
void add_metric_routes(api::NativeApi& native, const AwsCalls& aws,
                       const metric::MetricStore& metrics, const Clock& clock);

}  // namespace weir::console

#pragma once

#include "api/native_api.h"
#include "base/clock.h"
#include "console/aws_calls.h"
#include "dashboard/dashboard_store.h"

namespace weir::console {

// GET /api/v1/dashboards/{name}/data: what each widget of a dashboard shows, as data. Its metrics,
// queries and alarms are asked of the other routes, as the browser application asks them.
void add_dashboard_data_route(api::NativeApi& native, const AwsCalls& aws,
                              const dashboard::DashboardStore& dashboards, const Clock& clock);

}  // namespace weir::console

#pragma once

#include "api/native_api.h"
#include "console/aws_calls.h"
#include "dashboard/dashboard_store.h"

namespace weir::console {

// Dashboards by name, with CloudWatch's own bodies. Both outlive the routes.
void add_dashboard_routes(api::NativeApi& native, const AwsCalls& aws,
                          const dashboard::DashboardStore& dashboards);
// kNotFound with the nearest name where there is none.
[[nodiscard]] Result<dashboard::Dashboard> find_dashboard(
    const dashboard::DashboardStore& dashboards, std::string_view account, const std::string& name);

}  // namespace weir::console

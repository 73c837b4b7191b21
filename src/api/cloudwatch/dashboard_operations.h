#pragma once

#include "api/resource_tags.h"
#include "api/service.h"
#include "dashboard/dashboard_store.h"

namespace weir::api::cloudwatch {

// PutDashboard, GetDashboard, ListDashboards, DeleteDashboards. Store and tags outlive the service.
void add_dashboard_operations(Service& service, dashboard::DashboardStore& dashboards,
                              ResourceTags& tags);

// "arn:aws:cloudwatch::123456789012:dashboard/NAME"
[[nodiscard]] std::string dashboard_arn(const Call& call, std::string_view name);

}  // namespace weir::api::cloudwatch

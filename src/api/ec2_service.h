#pragma once

#include "api/service.h"
#include "logs/group_book.h"

namespace weir::api {

// EC2's flow logs: CreateFlowLogs, DescribeFlowLogs, DeleteFlowLogs. One that delivers to
// CloudWatch Logs makes its group show the flow table. `groups` outlives the service.
[[nodiscard]] Service make_ec2_service(weir::logs::GroupBook& groups);

}  // namespace weir::api

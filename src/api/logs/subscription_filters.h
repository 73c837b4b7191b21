#pragma once

#include "api/logs/logs_rooms.h"

namespace weir::api::logs {

// Put, Describe, DeleteSubscriptionFilter(s): kept and checked. Nothing is delivered yet, and
// PutSubscriptionFilter says so in a member `warnings` of its answer.
void add_subscription_operations(Service& service, const LogsRooms& rooms);

}  // namespace weir::api::logs

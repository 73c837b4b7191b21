#pragma once

#include "api/logs/logs_rooms.h"

namespace weir::api::logs {

// Log groups, streams, retention.
void add_group_operations(Service& service, const LogsRooms& rooms);

}  // namespace weir::api::logs

#pragma once

#include "api/logs/logs_rooms.h"

namespace weir::api::logs {

// StartQuery and its kin, and query definitions.
void add_query_operations(Service& service, const LogsRooms& rooms);

}  // namespace weir::api::logs

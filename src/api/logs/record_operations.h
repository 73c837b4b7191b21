#pragma once

#include "api/logs/logs_rooms.h"

namespace weir::api::logs {

// GetLogRecord and GetLogGroupFields.
void add_record_operations(Service& service, const LogsRooms& rooms);

}  // namespace weir::api::logs

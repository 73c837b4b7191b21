#pragma once

#include "api/logs/logs_rooms.h"

namespace weir::api::logs {

// PutLogEvents, GetLogEvents, FilterLogEvents, and metric filters, which look at what is put.
void add_event_operations(Service& service, const LogsRooms& rooms);

}  // namespace weir::api::logs

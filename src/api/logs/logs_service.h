#pragma once

#include "api/logs/logs_rooms.h"

namespace weir::api::logs {

// CloudWatch Logs: groups, streams, events, queries, metric filters.
[[nodiscard]] Service make_logs_service(const LogsRooms& rooms);

}  // namespace weir::api::logs

#pragma once

#include <memory>

#include "api/logs/logs_rooms.h"

namespace weir::api::logs {

// Create, Describe, Get, Update, DeleteLookupTable(s): CSV that queries look fields up in.
void add_lookup_operations(Service& service, const LogsRooms& rooms);

// The table that a query calls by `name`.
[[nodiscard]] Result<std::shared_ptr<column::Table>> find_lookup_table(const LogsRooms& rooms,
                                                                       const std::string& scope,
                                                                       std::string_view name);

}  // namespace weir::api::logs

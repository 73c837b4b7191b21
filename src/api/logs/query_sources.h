#pragma once

#include <memory>
#include <string>
#include <vector>

#include "api/logs/logs_rooms.h"

namespace weir::api::logs {

// The groups that a query names: parameters of the call, else SOURCE in queryString.
[[nodiscard]] tl::expected<std::vector<std::string>, ApiError> names_in(const LogsRooms& rooms,
                                                                        const Call& call,
                                                                        const Tree& input);
[[nodiscard]] tl::expected<std::vector<NamedGroup>, ApiError> groups_of(
    const LogsRooms& rooms, const Call& call, const std::vector<std::string>& names);
// All of them as one table.
[[nodiscard]] tl::expected<std::shared_ptr<column::Table>, ApiError> table_of(
    const LogsRooms& rooms, const std::vector<NamedGroup>& groups);
// What a subquery or a join names.
[[nodiscard]] Result<std::shared_ptr<column::Table>> source_table(
    const LogsRooms& rooms, const Call& call, const std::vector<std::string>& names);

}  // namespace weir::api::logs

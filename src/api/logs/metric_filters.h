#pragma once

#include <span>

#include "api/logs/logs_rooms.h"

namespace weir::api::logs {

[[nodiscard]] Outcome put_metric_filter(const LogsRooms& rooms, const Call& call,
                                        const Tree& input);
[[nodiscard]] Outcome describe_metric_filters(const LogsRooms& rooms, const Call& call,
                                              const Tree& input);
[[nodiscard]] Outcome delete_metric_filter(const LogsRooms& rooms, const Call& call,
                                           const Tree& input);

[[nodiscard]] Outcome test_metric_filter(const LogsRooms& rooms, const Call& call,
                                         const Tree& input);

// Puts what the group's filters find in events that have just been stored into their metrics.
[[nodiscard]] Result<void> apply_metric_filters(const LogsRooms& rooms, const Call& call,
                                                const std::string& group_name,
                                                std::span<const weir::logs::Event> events);

}  // namespace weir::api::logs

#pragma once

#include <span>
#include <string>

#include "api/logs/logs_rooms.h"

namespace weir::api::logs {

// Puts the metrics that events in the embedded metric format carry (AWS,
// CloudWatch_Embedded_Metric_Format_Specification, 2026): JSON whose member `_aws` names metrics,
// dimensions and where their values are. What is malformed counts in the metrics EMFParsingErrors
// and EMFValidationErrors of AWS/Logs by LogGroupName, as there; the event itself is kept.
[[nodiscard]] Result<void> apply_embedded_metrics(const LogsRooms& rooms, const Call& call,
                                                  const std::string& group_name,
                                                  std::span<const weir::logs::Event> events);

}  // namespace weir::api::logs

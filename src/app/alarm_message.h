#pragma once

#include <string>

#include "alarm/alarm_table.h"

namespace weir::app {

// What an alarm says to a topic (facts: metrics-and-alarms section 8).
[[nodiscard]] std::string alarm_message(const alarm::PendingAction& action);
// "ALARM: \"High-Network-Latency\" in US West (Oregon)", at most 100 printable characters.
[[nodiscard]] std::string alarm_subject(const alarm::PendingAction& action);

}  // namespace weir::app

#pragma once

#include <string>

#include "alarm/definition.h"

namespace weir::alarm {

// An alarm as the JSON that history's ConfigurationUpdate items hold.
[[nodiscard]] std::string alarm_document(const Alarm& alarm);
// HistoryData of a ConfigurationUpdate: "Create", "Update" or "Delete".
[[nodiscard]] std::string configuration_data(std::string_view type, const Alarm& alarm);

}  // namespace weir::alarm

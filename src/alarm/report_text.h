#pragma once

#include <string>

#include "alarm/explain.h"
#include "alarm/replay.h"

namespace weir::alarm {

// What people read of an explanation or a replay: lines, each ended, no colours.
[[nodiscard]] std::string to_text(const Alarm& alarm, const Explanation& explanation);
[[nodiscard]] std::string to_text(const Replay& replay);
// The same as JSON documents of format 1, for tools.
[[nodiscard]] std::string to_json(const Alarm& alarm, const Explanation& explanation);
[[nodiscard]] std::string to_json(const Replay& replay);

}  // namespace weir::alarm

#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace weir::alarm {

// Seconds that clocks of a time zone are ahead of UTC at a time: "UTC", "+0130", "+01:30",
// "-08:00", "Europe/Berlin". nullopt for anything else. Of zones the rules in force are known, not
// those of the past.
[[nodiscard]] std::optional<std::int64_t> offset_of(std::string_view timezone, std::int64_t time_s);

}  // namespace weir::alarm

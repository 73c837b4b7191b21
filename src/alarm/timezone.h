#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace weir::alarm {

// Seconds that clocks of a time zone are ahead of UTC: "UTC", "+0130", "+01:30", "-08:00". nullopt
// for anything else; names of zones ("Europe/Berlin") are not known here. `time_s` is when, for
// zones that change.
[[nodiscard]] std::optional<std::int64_t> offset_of(std::string_view timezone, std::int64_t time_s);

}  // namespace weir::alarm

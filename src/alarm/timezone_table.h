#pragma once

#include <optional>
#include <string_view>

namespace weir::alarm {

// The rule in force of a time zone of the database of them, "Europe/Berlin", as POSIX writes it:
// "CET-1CEST,M3.5.0,M10.5.0/3". nullopt: there is none of that name.
[[nodiscard]] std::optional<std::string_view> rule_of_timezone(std::string_view name);

}  // namespace weir::alarm

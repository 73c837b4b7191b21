#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace weir::metric {

// A unit as CloudWatch has them: a label that separates data, never a conversion. The value is its
// place in all_units(); stable, since it is written to disk.
enum class Unit : std::uint8_t { kNone = 0 };

// The 27 names, "None" first.
[[nodiscard]] std::span<const std::string_view> all_units();
[[nodiscard]] std::optional<Unit> parse_unit(std::string_view name);
[[nodiscard]] std::string_view name_of(Unit unit);

}  // namespace weir::metric

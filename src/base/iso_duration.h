#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace weir {

struct IsoDuration {
  std::int64_t seconds = 0;  // months as 30 days, years as 365
  bool is_exact = true;      // days, hours, minutes and seconds alone
};

// An ISO 8601 duration of whole units: "PT4H", "P1DT30M", "P3M". nullopt where it is none, or where
// a count is past ten million.
[[nodiscard]] std::optional<IsoDuration> parse_iso_duration(std::string_view text);

}  // namespace weir

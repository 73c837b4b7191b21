#pragma once

#include <string>
#include <string_view>

namespace weir::format {

// `text` where it is valid UTF-8, else a copy in `room` with U+FFFD for what is not (one a maximal
// subpart, Unicode 15 section 3.9).
[[nodiscard]] std::string_view valid_utf8(std::string_view text, std::string& room);

}  // namespace weir::format

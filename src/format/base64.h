#pragma once

#include <string>
#include <string_view>

namespace weir::format {

// Appends what `text` stands for in base64 (RFC 4648 section 4; line breaks and missing padding are
// accepted). False, with `out` as it was, where it is no base64.
[[nodiscard]] bool decode_base64(std::string_view text, std::string& out);
// With padding, in one line.
[[nodiscard]] std::string encode_base64(std::string_view bytes);

}  // namespace weir::format

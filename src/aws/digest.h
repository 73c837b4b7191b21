#pragma once

#include <string>
#include <string_view>

namespace weir::aws {

[[nodiscard]] std::string sha256(std::string_view bytes);  // 32 bytes
[[nodiscard]] std::string hmac_sha256(std::string_view key, std::string_view bytes);
[[nodiscard]] std::string to_hex(std::string_view bytes);  // lower case
// Takes as long for equal as for different texts of a length.
[[nodiscard]] bool equals_in_constant_time(std::string_view left, std::string_view right);
// Secret, unpredictable bytes of the operating system.
[[nodiscard]] std::string random_bytes(std::size_t num_bytes);

}  // namespace weir::aws

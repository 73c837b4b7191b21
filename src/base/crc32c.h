#pragma once

#include <cstdint>
#include <string_view>

namespace weir {

// CRC-32C (Castagnoli; RFC 3720, appendix B.4) of `bytes`, continued from that of bytes before.
[[nodiscard]] std::uint32_t crc32c(std::string_view bytes, std::uint32_t before = 0);

// The same by tables, on any processor: what the tests hold the instruction against.
[[nodiscard]] std::uint32_t crc32c_by_table(std::string_view bytes, std::uint32_t before = 0);

}  // namespace weir

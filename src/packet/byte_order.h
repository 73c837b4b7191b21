#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace weir::packet {

// Reads of network byte order (big endian) from bytes of any alignment.
[[nodiscard]] inline std::uint16_t load_be16(const std::byte* at) noexcept {
  std::uint16_t value;
  std::memcpy(&value, at, sizeof value);
  return __builtin_bswap16(value);
}
[[nodiscard]] inline std::uint32_t load_be32(const std::byte* at) noexcept {
  std::uint32_t value;
  std::memcpy(&value, at, sizeof value);
  return __builtin_bswap32(value);
}
[[nodiscard]] inline std::uint64_t load_be64(const std::byte* at) noexcept {
  std::uint64_t value;
  std::memcpy(&value, at, sizeof value);
  return __builtin_bswap64(value);
}
[[nodiscard]] inline std::uint8_t load_u8(const std::byte* at) noexcept {
  return std::to_integer<std::uint8_t>(*at);
}

inline void store_be16(std::byte* at, std::uint16_t value) noexcept {
  value = __builtin_bswap16(value);
  std::memcpy(at, &value, sizeof value);
}
inline void store_be32(std::byte* at, std::uint32_t value) noexcept {
  value = __builtin_bswap32(value);
  std::memcpy(at, &value, sizeof value);
}
inline void store_be64(std::byte* at, std::uint64_t value) noexcept {
  value = __builtin_bswap64(value);
  std::memcpy(at, &value, sizeof value);
}

}  // namespace weir::packet

#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace weir::codec {

static_assert(std::endian::native == std::endian::little, "formats are little-endian");

// Appends a number in the processor's own form, which is little-endian.
template <class T>
void put_fixed(T value, std::string& out) {
  char bytes[sizeof(T)];
  std::memcpy(bytes, &value, sizeof(T));
  out.append(bytes, sizeof(T));
}

// Appends seven bits a byte, lowest first, the eighth set where more follow (LEB128).
inline void put_varint(std::uint64_t value, std::string& out) {
  while (value >= 0x80) {
    out += static_cast<char>(value | 0x80);
    value >>= 7;
  }
  out += static_cast<char>(value);
}

// Small negative numbers become small ones: 0, -1, 1, -2 ...
constexpr std::uint64_t to_zigzag(std::int64_t value) {
  return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
}
constexpr std::int64_t from_zigzag(std::uint64_t value) {
  return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
}

inline void put_text(std::string_view text, std::string& out) {
  put_varint(text.size(), out);
  out += text;
}

}  // namespace weir::codec

#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace weir::store {

// Writing: little-endian integers, and varints of 7 bits a byte, least significant first.

template <class Integer>
void put_fixed(std::string& out, Integer value) {
  for (std::size_t i = 0; i < sizeof(Integer); ++i) {
    out += static_cast<char>(static_cast<std::uint64_t>(value) >> (8 * i));
  }
}

inline void put_varint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) {
    out += static_cast<char>(value | 0x80);
  }
  out += static_cast<char>(value);
}

// Small numbers of either sign stay short: 0, -1, 1, -2 become 0, 1, 2, 3.
inline void put_zigzag(std::string& out, std::int64_t value) {
  put_varint(out,
             (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63));
}

inline void put_text(std::string& out, std::string_view text) {
  put_varint(out, text.size());
  out += text;
}

template <class Integer>
[[nodiscard]] Integer get_fixed(const char* bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < sizeof(Integer); ++i) {
    value |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[i])) << (8 * i);
  }
  return static_cast<Integer>(value);
}

// Reads what was written above. Hardened against untrusted input: past the end, or on a varint of
// more than 64 bits, it fails for good and yields zeros. Ask is_good() before believing any of it.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : rest_(bytes) {}

  template <class Integer>
  [[nodiscard]] Integer fixed() {
    const std::string_view bytes = take(sizeof(Integer));
    return bytes.empty() ? Integer{0} : get_fixed<Integer>(bytes.data());
  }
  [[nodiscard]] std::uint64_t varint() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const std::string_view byte = take(1);
      if (byte.empty()) {
        return 0;
      }
      const auto bits = static_cast<std::uint64_t>(static_cast<unsigned char>(byte[0]));
      if (shift == 63 && bits > 1) {
        break;
      }
      value |= (bits & 0x7f) << shift;
      if (bits < 0x80) {
        return value;
      }
    }
    become_bad();
    return 0;
  }
  [[nodiscard]] std::int64_t zigzag() {
    const std::uint64_t value = varint();
    return static_cast<std::int64_t>((value >> 1) ^ (~(value & 1) + 1));
  }
  [[nodiscard]] std::string_view text() {
    const std::uint64_t size = varint();
    return take(size);
  }
  [[nodiscard]] std::string_view take(std::uint64_t size) {
    if (size > rest_.size()) {
      become_bad();
      return {};
    }
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }

  [[nodiscard]] bool is_good() const { return is_good_; }
  [[nodiscard]] std::size_t size() const { return rest_.size(); }
  // All read, nothing missing.
  [[nodiscard]] bool is_done() const { return is_good_ && rest_.empty(); }
  void become_bad() {
    is_good_ = false;
    rest_ = {};
  }

 private:
  std::string_view rest_;
  bool is_good_ = true;
};

}  // namespace weir::store

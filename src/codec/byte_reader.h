#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace weir::codec {

// A number as put_fixed() writes it.
template <class T>
[[nodiscard]] T get_fixed(const char* bytes) {
  T value;
  std::memcpy(&value, bytes, sizeof(T));
  return value;
}

// Takes numbers and texts from the front of some bytes. Past the end everything is 0 and empty and
// is_good() is false for ever: check once at the end of a structure. Hardened against untrusted
// input.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : bytes_(bytes) {}

  template <class T>
  T fixed() {
    T value{};
    const std::string_view taken = take(sizeof(T));
    if (taken.size() == sizeof(T)) {
      std::memcpy(&value, taken.data(), sizeof(T));
    }
    return value;
  }
  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const std::string_view taken = take(1);
      if (taken.empty()) {
        return 0;
      }
      const auto byte = static_cast<unsigned char>(taken.front());
      if (shift == 63 && byte > 1) {
        break;
      }
      value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) {
        return value;
      }
    }
    is_good_ = false;
    return 0;
  }
  // A varint that must not pass `limit`.
  std::uint64_t varint_up_to(std::uint64_t limit) {
    const std::uint64_t value = varint();
    if (value > limit) {
      is_good_ = false;
      return 0;
    }
    return value;
  }
  // A varint in zigzag: small numbers of either sign are short.
  std::int64_t zigzag() {
    const std::uint64_t value = varint();
    return static_cast<std::int64_t>((value >> 1) ^ (~(value & 1) + 1));
  }
  std::string_view text() { return take(varint()); }
  std::string_view take(std::uint64_t size) {
    if (!is_good_ || size > bytes_.size()) {
      is_good_ = false;
      return {};
    }
    const std::string_view taken = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return taken;
  }
  [[nodiscard]] std::string_view rest() const { return bytes_; }
  // For what is well formed but cannot be.
  void become_bad() {
    is_good_ = false;
    bytes_ = {};
  }
  [[nodiscard]] bool is_good() const { return is_good_; }
  [[nodiscard]] bool is_at_end() const { return is_good_ && bytes_.empty(); }

 private:
  std::string_view bytes_;
  bool is_good_ = true;
};

}  // namespace weir::codec

#pragma once

#include <algorithm>
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
    constexpr std::size_t kMostBytes = 10;
    const std::size_t most = is_good_ ? std::min(bytes_.size(), kMostBytes) : 0;
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < most; ++i) {
      const auto byte = static_cast<unsigned char>(bytes_[i]);
      if (i == kMostBytes - 1 && byte > 1) {
        break;
      }
      value |= static_cast<std::uint64_t>(byte & 0x7f) << (7 * i);
      if (byte < 0x80) {
        bytes_.remove_prefix(i + 1);
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

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "codec/numbers.h"

namespace weir::codec {

// Bytes that the texts of one run may hold together.
inline constexpr std::size_t kMaxTextBytes = std::size_t{1} << 28;

// Appends a run of texts: their lengths as a run of numbers, their bytes one after the other,
// compressed where that pays. The number of texts is not among the bytes.
void encode_texts(std::span<const std::string_view> texts, std::string& out);

// Reads a run of texts. Hardened against untrusted input. Not thread-safe.
class TextDecoder {
 public:
  [[nodiscard]] Result<void> open(std::string_view bytes, std::size_t count);
  // Lives until the next open(), and no longer than the bytes given there.
  [[nodiscard]] std::string_view text(std::size_t i) const {
    return bytes_.substr(offsets_[i], offsets_[i + 1] - offsets_[i]);
  }
  [[nodiscard]] std::size_t size() const { return offsets_.size() - 1; }
  [[nodiscard]] std::size_t num_bytes() const { return bytes_.size(); }

 private:
  NumberDecoder lengths_;
  std::vector<std::uint64_t> offsets_{0};
  std::vector<char> inflated_;
  std::string_view bytes_;
};

}  // namespace weir::codec

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "packet/byte_order.h"

namespace weir::packet {

// One GENEVE option (RFC 8926 section 3.5), a view into the packet.
struct OptionView {
  std::uint16_t option_class = 0;
  std::uint8_t type = 0;  // bit 7 = critical, part of the value: 0x81 is no variant of 0x01
  std::uint8_t reserved = 0;
  std::span<const std::byte> data;

  [[nodiscard]] bool is_critical() const noexcept { return (type & 0x80) != 0; }
};

// Walks an option area. Ends at the first option that does not fit, so walking is safe whatever the
// bytes; is_whole() then says whether the lengths summed up to the area.
class OptionWalk {
 public:
  explicit OptionWalk(std::span<const std::byte> area) noexcept : rest_(area) {}

  [[nodiscard]] std::optional<OptionView> next() noexcept {
    if (rest_.size() < 4) {
      return std::nullopt;
    }
    const std::uint32_t header = load_be32(rest_.data());
    const std::size_t length = std::size_t{header & 0x1f} * 4;
    if (length > rest_.size() - 4) {
      return std::nullopt;
    }
    OptionView option;
    option.option_class = static_cast<std::uint16_t>(header >> 16);
    option.type = static_cast<std::uint8_t>(header >> 8);
    option.reserved = static_cast<std::uint8_t>((header >> 5) & 7);
    option.data = rest_.subspan(4, length);
    rest_ = rest_.subspan(4 + length);
    return option;
  }
  [[nodiscard]] bool is_whole() const noexcept { return rest_.empty(); }
  // Bytes that are not walked over yet.
  [[nodiscard]] std::size_t num_left() const noexcept { return rest_.size(); }

 private:
  std::span<const std::byte> rest_;
};

}  // namespace weir::packet

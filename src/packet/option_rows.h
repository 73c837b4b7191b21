#pragma once

#include <cstdint>
#include <span>

#include "packet/option_table.h"

namespace weir::packet {

inline constexpr std::uint16_t kAmazonGatewayClass = 0x0108;
inline constexpr std::uint16_t kTencentGatewayClass = 0x0167;
inline constexpr std::uint16_t kIntClass = 0x0103;

// The rows that a profile brings.
[[nodiscard]] std::span<const OptionRow> rows_of(Profile profile);
// INT, VMware NSX, Cisco ACI, cPacket: the same under every profile.
[[nodiscard]] std::span<const OptionRow> vendor_rows();
// What Google's cloud sends, unless a compatible profile has other names for it.
[[nodiscard]] std::span<const OptionRow> google_rows();
// The compatible profiles' look at classes that nobody knows: two numbers from the front.
[[nodiscard]] std::span<const OptionRow> guessing_rows();

}  // namespace weir::packet

#pragma once

#include <cstdint>
#include <string>

#include "packet/view.h"

namespace weir::packet {

// "TCP", "ICMPv6", or the number.
[[nodiscard]] std::string protocol_name(std::uint8_t protocol);
// "IPv4", "Ethernet" (0x6558), or as 0x1234.
[[nodiscard]] std::string ether_type_name(std::uint16_t ether_type);
// "geneve", "vxlan", "vxlan-gpe".
[[nodiscard]] std::string_view name_of(TunnelKind kind) noexcept;

}  // namespace weir::packet

#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace weir::packet {

// What a captured frame begins with; numbers as in capture files (LINKTYPE_ values of the pcap
// registry).
enum class LinkType : std::uint16_t {
  kEthernet = 1,
  kRawIp = 101,     // IPv4 or IPv6, told by the version nibble
  kLinuxSll = 113,  // "cooked" captures of Linux, 16 bytes
  kIpv4 = 228,
  kIpv6 = 229,
  kLinuxSll2 = 276,  // 20 bytes
};

// The link type of a number in a file. The values 12 and 14, which some systems wrote for raw IP,
// are LinkType::kRawIp. Absent where Weir cannot read it.
[[nodiscard]] constexpr std::optional<LinkType> link_type_of(std::uint32_t number) noexcept {
  switch (number) {
    case 1:
      return LinkType::kEthernet;
    case 12:
    case 14:
    case 101:
      return LinkType::kRawIp;
    case 113:
      return LinkType::kLinuxSll;
    case 228:
      return LinkType::kIpv4;
    case 229:
      return LinkType::kIpv6;
    case 276:
      return LinkType::kLinuxSll2;
    default:
      return std::nullopt;
  }
}

}  // namespace weir::packet

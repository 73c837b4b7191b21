#include "packet/protocol_names.h"

#include <fmt/format.h>

namespace weir::packet {

std::string protocol_name(std::uint8_t protocol) {
  switch (protocol) {
    case kIcmp:
      return "ICMP";
    case 2:
      return "IGMP";
    case kTcp:
      return "TCP";
    case kUdp:
      return "UDP";
    case 47:
      return "GRE";
    case 50:
      return "ESP";
    case 51:
      return "AH";
    case kIcmpV6:
      return "ICMPv6";
    case kSctp:
      return "SCTP";
    default:
      return std::to_string(protocol);
  }
}

std::string ether_type_name(std::uint16_t ether_type) {
  switch (ether_type) {
    case 0x0800:
      return "IPv4";
    case 0x0806:
      return "ARP";
    case 0x6558:
      return "Ethernet";
    case 0x86dd:
      return "IPv6";
    case 0x8847:
    case 0x8848:
      return "MPLS";
    case 0x894f:
      return "NSH";
    default:
      return fmt::format("0x{:04x}", ether_type);
  }
}

std::string_view name_of(TunnelKind kind) noexcept {
  switch (kind) {
    case TunnelKind::kGeneve:
      return "geneve";
    case TunnelKind::kVxlan:
      return "vxlan";
    case TunnelKind::kVxlanGpe:
      return "vxlan-gpe";
  }
  return "";
}

}  // namespace weir::packet

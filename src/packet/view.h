#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/ip_address.h"
#include "packet/byte_order.h"
#include "packet/option.h"
#include "packet/verdict.h"

namespace weir::packet {

inline constexpr std::size_t kMaxTunnels = 4;  // the deepest that can be asked for

// Protocol numbers that Weir looks into.
inline constexpr std::uint8_t kIcmp = 1;
inline constexpr std::uint8_t kTcp = 6;
inline constexpr std::uint8_t kUdp = 17;
inline constexpr std::uint8_t kIcmpV6 = 58;
inline constexpr std::uint8_t kSctp = 132;

// An IPv4 or IPv6 header and the ports behind it. Offsets count from the frame's first byte.
struct IpLayer {
  std::uint32_t offset;          // of the IP header
  std::uint32_t payload_offset;  // behind the IP header and its extensions
  std::uint32_t length;          // header and payload as sent: true though a mirror cut the packet
  std::uint32_t fragment_id;     // of a fragment, else 0
  std::uint16_t source_port;     // ICMP: type in the high, code in the low byte
  std::uint16_t destination_port;  // ICMP echo: the identifier
  std::uint16_t fragment_offset;   // in units of 8 bytes
  std::uint8_t version;            // 4 or 6; 0: not in the frame (parse_geneve)
  std::uint8_t protocol;           // of the payload
  bool has_ports;                  // the two port fields hold something
  bool is_fragment;
  bool has_more_fragments;
};

enum class TunnelKind : std::uint8_t { kGeneve, kVxlan, kVxlanGpe };

struct TunnelLayer {
  std::uint32_t offset;        // of the GENEVE or VXLAN header
  std::uint32_t inner_offset;  // of what it carries
  std::uint32_t vni;
  std::uint16_t protocol;       // EtherType of what it carries; VXLAN: 0x6558
  std::uint16_t options_bytes;  // captured bytes of options
  std::uint16_t group_policy;   // VXLAN-GBP group, if asked for and present, else 0
  std::uint16_t vlan;           // tag control of the inner frame's outermost 802.1Q tag
  TunnelKind kind;
  std::uint8_t num_options;
  std::uint8_t header_flags;  // the byte with the O and C bits, or VXLAN's flags
  bool has_vlan;

  [[nodiscard]] bool is_control() const noexcept { return (header_flags & 0x80) != 0; }
  [[nodiscard]] bool has_critical_bit() const noexcept { return (header_flags & 0x40) != 0; }
};

// What a Gateway Load Balancer says in its three options. `present` has bit 0 for the endpoint,
// bit 1 for the attachment, bit 2 for the flow cookie.
struct GatewayIds {
  std::uint64_t endpoint = 0;
  std::uint64_t attachment = 0;
  std::uint32_t cookie = 0;
  std::uint8_t present = 0;
};

// What a parser found in a frame. Owned by the caller, reused from packet to packet, never
// allocates; views point into the frame. Only the first num_tunnels and num_ips entries hold
// something.
struct PacketView {
  std::span<const std::byte> frame;  // as captured
  std::uint32_t wire_length = 0;     // as sent
  std::uint32_t flags = 0;           // bits of Flag
  std::uint32_t end = 0;             // where the innermost packet's captured bytes end
  Verdict verdict = Verdict::kKept;
  std::uint8_t num_tunnels = 0;
  std::uint8_t num_ips = 0;
  std::uint8_t num_options = 0;   // over all levels
  std::uint16_t ether_type = 0;   // of the innermost thing that was looked at
  std::uint32_t link_offset = 0;  // of the innermost Ethernet header, if it has one
  bool has_ethernet = false;
  GatewayIds gateway;
  std::array<TunnelLayer, kMaxTunnels> tunnels;
  std::array<IpLayer, kMaxTunnels + 1> ips;  // outermost first

  [[nodiscard]] bool has(Flag flag) const noexcept { return (flags & bit(flag)) != 0; }
  // An IP packet stands within the innermost tunnel.
  [[nodiscard]] bool has_inner_ip() const noexcept {
    return num_tunnels > 0 && num_ips > num_tunnels;
  }
  [[nodiscard]] const IpLayer& inner_ip() const noexcept { return ips[num_ips - 1U]; }

  [[nodiscard]] IpAddress source(const IpLayer& ip) const noexcept {
    return ip.version == 4   ? IpAddress::from_v4(load_be32(frame.data() + ip.offset + 12))
           : ip.version == 6 ? v6(ip.offset + 8)
                             : IpAddress();
  }
  [[nodiscard]] IpAddress destination(const IpLayer& ip) const noexcept {
    return ip.version == 4   ? IpAddress::from_v4(load_be32(frame.data() + ip.offset + 16))
           : ip.version == 6 ? v6(ip.offset + 24)
                             : IpAddress();
  }
  // The options of a GENEVE layer, as far as they were captured.
  [[nodiscard]] std::span<const std::byte> options(const TunnelLayer& tunnel) const noexcept {
    return tunnel.options_bytes == 0 ? std::span<const std::byte>()
                                     : frame.subspan(tunnel.offset + 8, tunnel.options_bytes);
  }

 private:
  [[nodiscard]] IpAddress v6(std::uint32_t offset) const noexcept {
    return {load_be64(frame.data() + offset), load_be64(frame.data() + offset + 8)};
  }
};

}  // namespace weir::packet

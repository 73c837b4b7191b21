#include "packet/parser.h"

#include <algorithm>

#include "packet/option_rows.h"

// All of a walk is one function to the compiler: its position then lives in registers, which halves
// the time of a packet.
#define WEIR_HOT __attribute__((always_inline)) inline

namespace weir::packet {
namespace {

constexpr std::uint16_t kEtherIpv4 = 0x0800;
constexpr std::uint16_t kEtherArp = 0x0806;
constexpr std::uint16_t kEtherBridged = 0x6558;
constexpr std::uint16_t kEtherIpv6 = 0x86dd;
constexpr std::uint16_t kEtherNsh = 0x894f;
constexpr std::uint16_t kEtherMpls = 0x8847;
constexpr std::uint16_t kEtherMplsUpstream = 0x8848;

constexpr bool is_vlan_tag(std::uint16_t ether_type) {
  return ether_type == 0x8100 || ether_type == 0x88a8 || ether_type == 0x9100;
}

// Longer than any frame; sums of two of them fit into 32 bits.
constexpr std::uint32_t kMaxLength = 1U << 30;

constexpr std::uint16_t to_u16(std::uint64_t value) { return static_cast<std::uint16_t>(value); }

// How far reading a header got.
enum class Step : std::uint8_t {
  kDone,
  kShort,  // ends before the header does, on the wire too
  kCut,    // the capture ends before the header does
  kBadVersion,
  kBadLength,
};

constexpr std::uint32_t kGatewayHeader1 = 0x0108'0102;
constexpr std::uint32_t kGatewayHeader2 = 0x0108'0202;
constexpr std::uint32_t kGatewayHeader3 = 0x0108'0301;
constexpr std::uint32_t kGatewayOptionWords = 8;

// Where things stand in a frame from a Gateway Load Balancer: Ethernet without tags, IPv4 without
// options, UDP, GENEVE with the three options, then the packet that it carries.
constexpr std::uint32_t kShapeIp = 14;
constexpr std::uint32_t kShapeUdp = 34;
constexpr std::uint32_t kShapeGeneve = 42;
constexpr std::uint32_t kShapeOptions = 50;
constexpr std::uint32_t kShapeInner = 82;
constexpr std::uint32_t kShapeInnerPayload = 102;  // behind an IPv4 header without options
constexpr std::uint32_t kShapeBytes = 106;         // with the ports

// The frame, of at least kShapeBytes, has these headers, and none says anything out of the
// ordinary: no fragment, no reserved bit, neither O nor C.
WEIR_HOT bool has_gateway_shape(const std::byte* frame, std::uint16_t port) {
  const std::uint64_t link = (load_be64(frame + 12) ^ 0x0800'4500'0000'0000) >> 40;
  const std::uint64_t ip = (load_be64(frame + 20) ^ 0x0000'0011'0000'0000) & 0x3fff'00ff'0000'0000;
  const std::uint64_t geneve =
      (load_be64(frame + kShapeGeneve) ^ 0x0800'0000'0000'0000) & 0xffff'0000'0000'00ff;
  const std::byte* const options = frame + kShapeOptions;
  const std::uint32_t rest = (load_be32(options) ^ kGatewayHeader1) |
                             (load_be32(options + 12) ^ kGatewayHeader2) |
                             (load_be32(options + 24) ^ kGatewayHeader3) |
                             static_cast<std::uint32_t>(load_be16(frame + kShapeUdp + 2) ^ port);
  return (link | ip | geneve | rest) == 0;
}

}  // namespace

Verdict Parser::read_options(PacketView& view, TunnelLayer& tunnel) const noexcept {
  const auto flag = [&](Flag which) { view.flags |= bit(which); };
  OptionWalk walk(view.options(tunnel));
  bool has_critical = false;
  bool has_unknown_critical = false;
  std::uint32_t num_options = view.num_options;
  // The outermost gateway tells the truth; what it carries may say anything.
  const bool reads_ids = reads_gateway_ids_ && view.gateway.present == 0;
  std::uint8_t gateway = 0;
  std::uint32_t reserved = 0;
  std::uint32_t num_here = 0;
  bool is_over_limit = false;
  while (const auto option = walk.next()) {
    if (num_options == options_.max_options) {
      is_over_limit = true;
      break;
    }
    ++num_options;
    ++num_here;
    reserved |= option->reserved;
    const auto match = table_.find(option->option_class, option->type, option->data.size());
    if (match.is_wrong_length && table_.custom_decoder(option->option_class) == nullptr) {
      flag(Flag::kTlvLength);
    }
    if (option->is_critical()) {
      has_critical = true;
      has_unknown_critical =
          has_unknown_critical || !table_.knows(option->option_class, option->type);
    }
    if (reads_ids && match.row != nullptr && match.row->gateway_id != 0) {
      GatewayIds& ids = view.gateway;
      if (match.row->gateway_id == 1) {
        ids.endpoint = load_be64(option->data.data());
      } else if (match.row->gateway_id == 2) {
        ids.attachment = load_be64(option->data.data());
      } else {
        ids.cookie = load_be32(option->data.data());
        if (option->option_class == kTencentGatewayClass) {
          ids.cookie &= 0x1fff'ffff;  // the direction stands above, and differs between the two
        }
      }
      gateway |= match.row->gateway_id;
    }
  }
  // Kept in registers on the way: a packet may have 63 of them.
  tunnel.num_options = static_cast<std::uint8_t>(num_here);
  view.num_options = static_cast<std::uint8_t>(num_options);
  if (reserved != 0) {
    flag(Flag::kReservedSet);
  }
  if (is_over_limit) {
    return Verdict::kOptionsLimit;
  }
  if (gateway != 0) {
    view.gateway.present = gateway;
    if (gateway != 7) {
      flag(Flag::kGwlbIncomplete);
    }
  }
  const bool is_whole_area = tunnel.inner_offset - tunnel.offset - 8 == tunnel.options_bytes;
  if (!walk.is_whole() && is_whole_area) {
    return Verdict::kGeneveOptionLength;
  }
  if (is_whole_area && has_critical != tunnel.has_critical_bit()) {
    flag(Flag::kCBitMismatch);
    if (options_.is_strict) {
      return Verdict::kGeneveCBit;
    }
  }
  if (has_unknown_critical) {
    flag(Flag::kCriticalUnknown);
    if (options_.role == Role::kEndpoint) {
      return Verdict::kGeneveCriticalUnknown;
    }
  }
  return Verdict::kKept;
}

// A walk through one frame. `at` is the next byte to read, `end` where captured bytes end, and
// `wire_end` where the layer ends as it was sent: by its own length field, past `end` where the
// capture or a mirror cut it.
struct Parser::Walk {
  const Parser& parser;
  PacketView& view;
  const std::byte* bytes;
  std::uint32_t at = 0;
  std::uint32_t end = 0;
  std::uint32_t wire_end = 0;
  // Of the view; kept here so that they stay in registers until the walk is over.
  std::uint32_t flags = 0;
  std::uint32_t num_tunnels = 0;
  std::uint32_t num_ips = 0;
  std::uint16_t ether_type = 0;

  [[nodiscard]] bool is_captured(std::uint32_t size) const { return end - at >= size; }
  // Why `size` bytes at `at` cannot be read.
  [[nodiscard]] Step missing(std::uint32_t size) const {
    return wire_end - at >= size ? Step::kCut : Step::kShort;
  }
  void flag(Flag which) { flags |= bit(which); }

  WEIR_HOT Step read_link(LinkType link);
  WEIR_HOT Step read_ethernet(TunnelLayer* tunnel);
  WEIR_HOT Step read_ip(IpLayer& ip);
  WEIR_HOT Step read_ipv4(IpLayer& ip);
  WEIR_HOT Step read_ipv6(IpLayer& ip);
  WEIR_HOT void read_ports(IpLayer& ip);
  WEIR_HOT Step read_udp();
  WEIR_HOT Verdict read_geneve(TunnelLayer& tunnel);
  WEIR_HOT Verdict read_vxlan(TunnelLayer& tunnel, TunnelKind kind);
  WEIR_HOT Verdict read_tunnel(TunnelKind kind);
  WEIR_HOT void finish_inner(Step step);
  WEIR_HOT Verdict read_layers();
  WEIR_HOT bool read_gateway_headers();
  WEIR_HOT bool read_plain_inner();
  WEIR_HOT Verdict finish(Verdict verdict);
};

// Sets ether_type and moves to the network header.
inline Step Parser::Walk::read_link(LinkType link) {
  switch (link) {
    case LinkType::kEthernet:
      return read_ethernet(nullptr);
    case LinkType::kLinuxSll:
      if (!is_captured(16)) {
        return missing(16);
      }
      ether_type = load_be16(bytes + at + 14);
      at += 16;
      return Step::kDone;
    case LinkType::kLinuxSll2:
      if (!is_captured(20)) {
        return missing(20);
      }
      ether_type = load_be16(bytes + at);
      at += 20;
      return Step::kDone;
    case LinkType::kRawIp:
      if (!is_captured(1)) {
        return missing(1);
      }
      ether_type = load_u8(bytes + at) >> 4 == 6 ? kEtherIpv6 : kEtherIpv4;
      return Step::kDone;
    case LinkType::kIpv4:
      ether_type = kEtherIpv4;
      return Step::kDone;
    case LinkType::kIpv6:
      ether_type = kEtherIpv6;
      return Step::kDone;
  }
  return Step::kShort;
}

inline Step Parser::Walk::read_ethernet(TunnelLayer* tunnel) {
  if (!is_captured(14)) {
    return missing(14);
  }
  view.link_offset = at;
  view.has_ethernet = true;
  ether_type = load_be16(bytes + at + 12);
  at += 14;
  // Two tags at most: QinQ. A third one stays an EtherType that nobody knows.
  for (int tags = 0; tags < 2 && is_vlan_tag(ether_type); ++tags) {
    if (!is_captured(4)) {
      return missing(4);
    }
    if (tunnel != nullptr && tags == 0) {
      tunnel->has_vlan = true;
      tunnel->vlan = load_be16(bytes + at);
    }
    ether_type = load_be16(bytes + at + 2);
    at += 4;
  }
  return Step::kDone;
}

inline Step Parser::Walk::read_ipv4(IpLayer& ip) {
  if (!is_captured(20)) {
    return missing(20);
  }
  const std::byte* const header = bytes + at;
  const std::uint8_t first = load_u8(header);
  if (first >> 4 != 4) {
    return Step::kBadVersion;
  }
  const std::uint32_t header_bytes = std::uint32_t{first & 0x0fU} * 4;
  const std::uint32_t total = load_be16(header + 2);
  if (header_bytes < 20) {
    return Step::kBadLength;
  }
  // Length 0: segmentation offload, or BIG TCP; then the packet is as long as what carries it.
  const std::uint32_t length = total != 0 ? total : wire_end - at;
  if (length < header_bytes) {
    return Step::kBadLength;
  }
  ip.offset = at;
  ip.payload_offset = at + header_bytes;
  ip.length = length;
  ip.version = 4;
  ip.protocol = load_u8(header + 9);
  const std::uint16_t fragment = load_be16(header + 6);
  ip.has_more_fragments = (fragment & 0x2000) != 0;
  ip.fragment_offset = fragment & 0x1fff;
  ip.is_fragment = (fragment & 0x3fff) != 0;
  ip.fragment_id = ip.is_fragment ? load_be16(header + 4) : 0;
  wire_end = at + length;
  at = std::min(ip.payload_offset, end);
  return Step::kDone;
}

// Extension headers are walked as RFC 8200 section 4 lays them out; 16 of them are plenty.
inline Step Parser::Walk::read_ipv6(IpLayer& ip) {
  if (!is_captured(40)) {
    return missing(40);
  }
  const std::byte* const header = bytes + at;
  if (load_u8(header) >> 4 != 6) {
    return Step::kBadVersion;
  }
  const std::uint32_t payload = load_be16(header + 4);
  ip.offset = at;
  ip.version = 6;
  ip.fragment_id = 0;
  ip.fragment_offset = 0;
  ip.is_fragment = false;
  ip.has_more_fragments = false;
  ip.length = payload != 0 ? payload + 40 : wire_end - at;
  std::uint8_t next = load_u8(header + 6);
  std::uint32_t place = at + 40;
  for (int turns = 0; turns < 16; ++turns) {
    std::uint32_t size = 0;
    if (next == 0 || next == 43 || next == 60 || next == 135 || next == 139 || next == 140) {
      if (end < place + 8) {
        break;
      }
      size = (std::uint32_t{load_u8(bytes + place + 1)} + 1) * 8;
      // RFC 2675: a jumbogram has payload length 0 and option 0xc2 with the true one.
      if (next == 0 && payload == 0 && load_u8(bytes + place + 2) == 0xc2 &&
          load_u8(bytes + place + 3) == 4) {
        ip.length = std::min(load_be32(bytes + place + 4), kMaxLength) + 40;
      }
    } else if (next == 44) {
      if (end < place + 8) {
        break;
      }
      const std::uint16_t fragment = load_be16(bytes + place + 2);
      size = 8;
      ip.fragment_offset = fragment >> 3;
      ip.has_more_fragments = (fragment & 1) != 0;
      ip.is_fragment = ip.fragment_offset != 0 || ip.has_more_fragments;
      ip.fragment_id = load_be32(bytes + place + 4);
      if (ip.fragment_offset != 0) {  // what follows is the middle of something
        next = load_u8(bytes + place);
        place += size;
        break;
      }
    } else if (next == 51) {
      if (end < place + 8) {
        break;
      }
      size = (std::uint32_t{load_u8(bytes + place + 1)} + 2) * 4;
    } else {
      break;
    }
    next = load_u8(bytes + place);
    place += size;
    if (place > end) {
      break;
    }
  }
  ip.protocol = next;
  ip.payload_offset = place;
  wire_end = at + ip.length;
  at = std::min(place, end);
  return Step::kDone;
}

inline Step Parser::Walk::read_ip(IpLayer& ip) {
  const std::uint32_t carrier_end = wire_end;
  const bool is_outer = num_tunnels == 0;
  const Step step = ether_type == kEtherIpv4 ? read_ipv4(ip) : read_ipv6(ip);
  if (step != Step::kDone) {
    return step;
  }
  ip.source_port = 0;
  ip.destination_port = 0;
  ip.has_ports = false;
  ++num_ips;
  if (wire_end > carrier_end) {
    if (is_outer) {
      return Step::kBadLength;
    }
    flag(Flag::kInnerTruncated);
  }
  end = std::min(end, wire_end);
  at = std::min(at, end);
  if (ip.fragment_offset == 0) {
    read_ports(ip);
  }
  return Step::kDone;
}

inline void Parser::Walk::read_ports(IpLayer& ip) {
  if (end < ip.payload_offset + 4) {
    return;
  }
  const std::byte* const payload = bytes + ip.payload_offset;
  if (ip.protocol == kTcp || ip.protocol == kUdp || ip.protocol == kSctp) {
    ip.source_port = load_be16(payload);
    ip.destination_port = load_be16(payload + 2);
    ip.has_ports = true;
  } else if (ip.protocol == kIcmp || ip.protocol == kIcmpV6) {
    ip.source_port = load_be16(payload);
    const std::uint8_t type = load_u8(payload);
    const bool is_echo = ip.protocol == kIcmp ? type == 0 || type == 8 : type == 128 || type == 129;
    if (is_echo && end >= ip.payload_offset + 6) {
      ip.destination_port = load_be16(payload + 4);
    }
    ip.has_ports = true;
  }
}

inline Step Parser::Walk::read_udp() {
  if (!is_captured(8)) {
    return missing(8);
  }
  const std::uint32_t length = load_be16(bytes + at + 4);
  const std::uint32_t room = wire_end - at;
  if (length != 0) {  // 0: offload, or BIG TCP; the IP length tells
    if (length < 8 || length > room) {
      return Step::kBadLength;
    }
    wire_end = at + length;
    end = std::min(end, wire_end);
  }
  at += 8;
  return Step::kDone;
}

// RFC 8926 section 3.4. The order of the checks matters: version, then Opt Len against the
// datagram, then the options, and only then what the options say.
inline Verdict Parser::Walk::read_geneve(TunnelLayer& tunnel) {
  if (!is_captured(8)) {
    return missing(8) == Step::kShort ? Verdict::kGeneveShort : Verdict::kKept;
  }
  const std::uint64_t header = load_be64(bytes + at);
  const std::uint32_t option_words = static_cast<std::uint32_t>(header >> 56) & 0x3f;
  tunnel.kind = TunnelKind::kGeneve;
  tunnel.offset = at;
  tunnel.inner_offset = at + 8 + option_words * 4;
  tunnel.vni = static_cast<std::uint32_t>(header >> 8) & 0xff'ffff;
  tunnel.protocol = to_u16(header >> 32);
  tunnel.options_bytes = 0;
  tunnel.num_options = 0;
  tunnel.header_flags = static_cast<std::uint8_t>(header >> 48);
  tunnel.group_policy = 0;
  tunnel.has_vlan = false;
  ++num_tunnels;
  if (header >> 62 != 0) {
    return Verdict::kGeneveVersion;
  }
  if (tunnel.inner_offset > wire_end) {
    return Verdict::kGeneveOptlen;
  }
  if ((header & 0x003f'0000'0000'00ff) != 0) {
    flag(Flag::kReservedSet);
  }
  tunnel.options_bytes = to_u16(std::min(tunnel.inner_offset, end) - (at + 8));
  const std::byte* const area = bytes + at + 8;
  if (parser.reads_gateway_ids_ && option_words == kGatewayOptionWords &&
      tunnel.options_bytes == kGatewayOptionWords * 4 && !tunnel.has_critical_bit() &&
      view.num_options + 3U <= parser.options_.max_options && load_be32(area) == kGatewayHeader1 &&
      load_be32(area + 12) == kGatewayHeader2 && load_be32(area + 24) == kGatewayHeader3) {
    // What a Gateway Load Balancer sends, and nothing else: nearly all there is behind one.
    if (view.gateway.present == 0) {
      view.gateway = {load_be64(area + 4), load_be64(area + 16), load_be32(area + 28), 7};
    }
    tunnel.num_options = 3;
    view.num_options = static_cast<std::uint8_t>(view.num_options + 3);
  } else if (option_words != 0 || tunnel.has_critical_bit()) {
    const Verdict verdict = parser.read_options(view, tunnel);
    if (verdict != Verdict::kKept) {
      return verdict;
    }
  }
  if (tunnel.is_control()) {
    return Verdict::kGeneveControl;
  }
  at = std::min(tunnel.inner_offset, end);
  return Verdict::kKept;
}

// RFC 7348 section 5: only the I flag counts, everything reserved is ignored.
inline Verdict Parser::Walk::read_vxlan(TunnelLayer& tunnel, TunnelKind kind) {
  if (!is_captured(8)) {
    return missing(8) == Step::kShort ? Verdict::kVxlanShort : Verdict::kKept;
  }
  const std::uint64_t header = load_be64(bytes + at);
  const std::uint8_t bits = static_cast<std::uint8_t>(header >> 56);
  tunnel.kind = kind;
  tunnel.offset = at;
  tunnel.inner_offset = at + 8;
  tunnel.vni = static_cast<std::uint32_t>(header >> 8) & 0xff'ffff;
  tunnel.protocol = kEtherBridged;
  tunnel.options_bytes = 0;
  tunnel.num_options = 0;
  tunnel.header_flags = bits;
  tunnel.group_policy = 0;
  tunnel.has_vlan = false;
  ++num_tunnels;
  if ((bits & 0x08) == 0) {
    return Verdict::kVxlanNoVni;
  }
  if (kind == TunnelKind::kVxlanGpe && (bits & 0x04) != 0) {
    const std::uint8_t next = static_cast<std::uint8_t>(header >> 32);
    tunnel.protocol = next == 1   ? kEtherIpv4
                      : next == 2 ? kEtherIpv6
                      : next == 3 ? kEtherBridged
                                  : 0;
  } else if ((header & 0xf7ff'ffff'0000'00ff) != 0) {
    flag(Flag::kReservedSet);
    if (parser.options_.decodes_group_policy && (bits & 0x80) != 0) {
      tunnel.group_policy = to_u16(header >> 32);
    }
  }
  at += 8;
  return Verdict::kKept;
}

inline Verdict Parser::Walk::read_tunnel(TunnelKind kind) {
  if (num_tunnels >= parser.options_.max_tunnels) {
    return Verdict::kTunnelTooDeep;
  }
  TunnelLayer& tunnel = view.tunnels[num_tunnels];
  const std::uint32_t before = num_tunnels;
  const Verdict verdict =
      kind == TunnelKind::kGeneve ? read_geneve(tunnel) : read_vxlan(tunnel, kind);
  if (verdict != Verdict::kKept || num_tunnels == before) {
    return verdict;
  }
  ether_type = tunnel.protocol;
  if (at == wire_end) {
    flag(Flag::kInnerEmpty);
    ether_type = 0;
  } else if (tunnel.protocol == kEtherBridged) {
    ether_type = 0;
    const Step step = read_ethernet(&tunnel);
    if (step != Step::kDone) {
      ether_type = 0;
      finish_inner(step);
    }
  }
  return Verdict::kKept;
}

// The inner packet ended the walk early: the outer one stays useful.
inline void Parser::Walk::finish_inner(Step step) {
  switch (step) {
    case Step::kShort:
      flag(Flag::kInnerTruncated);
      break;
    case Step::kBadVersion:
      flag(Flag::kInnerIpVersion);
      break;
    case Step::kBadLength:
      flag(Flag::kInnerIpLength);
      break;
    case Step::kCut:
    case Step::kDone:
      break;
  }
}

// Network headers and tunnels in turn, until something is not followed any further.
inline Verdict Parser::Walk::read_layers() {
  while (true) {
    const bool is_outer = num_tunnels == 0;
    if (ether_type != kEtherIpv4 && ether_type != kEtherIpv6) {
      if (is_outer) {
        return Verdict::kNotTunnel;
      }
      const std::uint16_t type = ether_type;
      if (type != 0 && type != kEtherArp && type != kEtherNsh && type != kEtherMpls &&
          type != kEtherMplsUpstream) {
        flag(Flag::kUnknownProtocol);
      } else if (type == 0 && view.tunnels[num_tunnels - 1U].protocol == 0) {
        flag(Flag::kUnknownProtocol);
      }
      return Verdict::kKept;
    }
    IpLayer& ip = view.ips[num_ips];
    const Step step = read_ip(ip);
    if (step != Step::kDone) {
      if (!is_outer) {
        finish_inner(step);
        return Verdict::kKept;
      }
      return step == Step::kBadVersion  ? Verdict::kOuterIpVersion
             : step == Step::kBadLength ? Verdict::kOuterIpLength
                                        : Verdict::kOuterShort;
    }
    if (ip.is_fragment && !is_outer) {
      flag(Flag::kInnerFragment);
    }
    if (ip.protocol != kUdp) {
      return is_outer ? Verdict::kNotTunnel : Verdict::kKept;
    }
    if (ip.fragment_offset != 0) {
      // The port is in another packet, so whether this is a tunnel cannot be known.
      return is_outer ? Verdict::kOuterFragment : Verdict::kKept;
    }
    const TunnelPorts& ports = parser.options_.ports;
    const std::uint16_t port = ip.destination_port;
    TunnelKind kind = TunnelKind::kGeneve;
    if (port == 0) {
      return is_outer ? (ip.has_ports ? Verdict::kNotTunnel : Verdict::kOuterShort)
                      : Verdict::kKept;
    }
    if (port == ports.geneve[0] || port == ports.geneve[1]) {
      kind = TunnelKind::kGeneve;
    } else if (port == ports.vxlan[0] || port == ports.vxlan[1]) {
      kind = TunnelKind::kVxlan;
    } else if (port == ports.vxlan_gpe) {
      kind = TunnelKind::kVxlanGpe;
    } else {
      return is_outer ? Verdict::kNotTunnel : Verdict::kKept;
    }
    if (ip.is_fragment) {
      return is_outer ? Verdict::kOuterFragment : Verdict::kKept;
    }
    const Step udp = read_udp();
    if (udp != Step::kDone) {
      if (!is_outer) {
        flag(udp == Step::kBadLength ? Flag::kInnerUdpLength : Flag::kInnerTruncated);
        return Verdict::kKept;
      }
      return udp == Step::kBadLength ? Verdict::kOuterUdpLength : Verdict::kOuterShort;
    }
    const Verdict verdict = read_tunnel(kind);
    if (verdict != Verdict::kKept) {
      return verdict;
    }
    if (num_tunnels != num_ips) {  // cut before the tunnel header
      return Verdict::kKept;
    }
  }
}

// All headers of a gateway at once, where they have the shape that they nearly always have and
// their lengths agree. Leaves everything as read_link() and read_layers() would before the inner
// packet; where it returns false, it has changed nothing that they do not set.
inline bool Parser::Walk::read_gateway_headers() {
  if (end < kShapeBytes || !has_gateway_shape(bytes, parser.gateway_port_)) {
    return false;
  }
  const std::uint32_t total = load_be16(bytes + kShapeIp + 2);
  const std::uint32_t udp = load_be16(bytes + kShapeUdp + 4);
  if (total != udp + 20 || total <= kShapeInner - kShapeIp || kShapeIp + total > wire_end) {
    return false;
  }
  wire_end = kShapeIp + total;
  end = std::min(end, wire_end);
  at = kShapeInner;
  num_ips = 1;
  num_tunnels = 1;
  ether_type = load_be16(bytes + kShapeGeneve + 2);
  IpLayer& ip = view.ips[0];
  ip = {};
  ip.offset = kShapeIp;
  ip.payload_offset = kShapeUdp;
  ip.length = total;
  ip.source_port = load_be16(bytes + kShapeUdp);
  ip.destination_port = parser.gateway_port_;
  ip.version = 4;
  ip.protocol = kUdp;
  ip.has_ports = true;
  TunnelLayer& tunnel = view.tunnels[0];
  tunnel = {};
  tunnel.offset = kShapeGeneve;
  tunnel.inner_offset = kShapeInner;
  tunnel.vni = load_be32(bytes + kShapeGeneve + 4) >> 8;
  tunnel.protocol = ether_type;
  tunnel.options_bytes = kGatewayOptionWords * 4;
  tunnel.num_options = 3;
  view.gateway = {load_be64(bytes + kShapeOptions + 4), load_be64(bytes + kShapeOptions + 16),
                  load_be32(bytes + kShapeOptions + 28), 7};
  view.num_options = 3;
  view.link_offset = 0;
  view.has_ethernet = true;
  return true;
}

// What a gateway nearly always carries: IPv4 without options, whole, with TCP or UDP that is no
// tunnel. False: read_layers() has to look.
inline bool Parser::Walk::read_plain_inner() {
  const std::byte* const header = bytes + kShapeInner;
  const std::uint64_t first = load_be64(header);  // version to flags and fragment offset
  const std::uint32_t length = load_be16(header + 2);
  const std::uint8_t protocol = load_u8(header + 9);
  const std::uint16_t port = load_be16(header + 22);
  const TunnelPorts& ports = parser.options_.ports;
  const auto is = [port](std::uint16_t of_tunnels) { return port == of_tunnels ? 1U : 0U; };
  const bool may_be_tunnel =
      (protocol == kUdp) & ((is(ports.geneve[0]) | is(ports.geneve[1]) | is(ports.vxlan[0]) |
                             is(ports.vxlan[1]) | is(ports.vxlan_gpe)) != 0);
  const bool is_plain = (ether_type == kEtherIpv4) & (first >> 56 == 0x45) &
                        ((first & 0x3fff) == 0) & ((protocol == kTcp) | (protocol == kUdp)) &
                        (length >= kShapeBytes - kShapeInner) & (kShapeInner + length <= wire_end) &
                        (end >= kShapeBytes) & !may_be_tunnel;
  if (!is_plain) {
    return false;
  }
  end = std::min(end, kShapeInner + length);
  num_ips = 2;
  IpLayer& ip = view.ips[1];
  ip = {};
  ip.offset = kShapeInner;
  ip.payload_offset = kShapeInnerPayload;
  ip.length = length;
  ip.source_port = load_be16(header + 20);
  ip.destination_port = port;
  ip.version = 4;
  ip.protocol = protocol;
  ip.has_ports = true;
  return true;
}

Parser::Parser(ParserOptions options)
    : options_(std::move(options)),
      table_(options_.profiles),
      reads_gateway_ids_(options_.decodes_vendor_options && table_.reads_gateway_ids()) {
  options_.max_tunnels =
      std::clamp<std::uint8_t>(options_.max_tunnels, 1, static_cast<std::uint8_t>(kMaxTunnels));
  gateway_port_ =
      reads_gateway_ids_ && options_.max_options >= 3 ? options_.ports.geneve[0] : std::uint16_t{0};
}

void Parser::start(std::span<const std::byte> frame, std::uint32_t wire_length,
                   PacketView& view) noexcept {
  view.frame = frame;
  view.wire_length = wire_length;
  view.flags = frame.size() < wire_length ? bit(Flag::kSnaplenCut) : 0;
  view.num_options = 0;
  view.has_ethernet = false;
  view.gateway.present = 0;
}

inline Verdict Parser::Walk::finish(Verdict verdict) {
  view.flags |= flags;
  view.end = end;
  view.num_tunnels = static_cast<std::uint8_t>(num_tunnels);
  view.num_ips = static_cast<std::uint8_t>(num_ips);
  view.ether_type = ether_type;
  view.verdict = verdict;
  return verdict;
}

Verdict Parser::parse(std::span<const std::byte> frame, std::uint32_t wire_length, LinkType link,
                      PacketView& view) const noexcept {
  const auto size = static_cast<std::uint32_t>(std::min<std::size_t>(frame.size(), kMaxLength));
  start(frame, std::max(wire_length, size), view);
  if (link == LinkType::kEthernet && gateway_port_ != 0) [[likely]] {
    Walk walk{*this, view, frame.data(), 0, size, std::min(view.wire_length, kMaxLength)};
    if (walk.read_gateway_headers()) [[likely]] {
      return walk.finish(walk.read_plain_inner() ? Verdict::kKept : walk.read_layers());
    }
  }
  return parse_stepwise(frame, wire_length, link, view);
}

Verdict Parser::parse_stepwise(std::span<const std::byte> frame, std::uint32_t wire_length,
                               LinkType link, PacketView& view) const noexcept {
  const auto size = static_cast<std::uint32_t>(std::min<std::size_t>(frame.size(), kMaxLength));
  start(frame, std::max(wire_length, size), view);
  Walk walk{*this, view, frame.data(), 0, size, std::min(view.wire_length, kMaxLength)};
  return walk.finish(walk.read_link(link) == Step::kDone ? walk.read_layers()
                                                         : Verdict::kOuterShort);
}

Verdict Parser::parse_payload(std::span<const std::byte> payload, TunnelKind kind,
                              PacketView& view) const noexcept {
  const auto size = static_cast<std::uint32_t>(std::min<std::size_t>(payload.size(), kMaxLength));
  start(payload, size, view);
  view.ips[0] = {};  // the outer addresses are the socket's to tell
  Walk walk{*this, view, payload.data(), 0, size, size};
  walk.num_ips = 1;
  const Verdict verdict = walk.read_tunnel(kind);
  return walk.finish(verdict == Verdict::kKept ? walk.read_layers() : verdict);
}

}  // namespace weir::packet

#undef WEIR_HOT

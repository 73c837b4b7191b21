#include "flow/meter/meter_packet.h"

#include <algorithm>
#include <tuple>

namespace weir::flow {
namespace {

using packet::IpLayer;
using packet::PacketView;

constexpr std::uint32_t four(const char (&text)[5]) {
  return (static_cast<std::uint32_t>(static_cast<unsigned char>(text[0])) << 24) |
         (static_cast<std::uint32_t>(static_cast<unsigned char>(text[1])) << 16) |
         (static_cast<std::uint32_t>(static_cast<unsigned char>(text[2])) << 8) |
         static_cast<std::uint32_t>(static_cast<unsigned char>(text[3]));
}

// Clear-text HTTP/1, told by its first bytes.
void look_for_http(const std::byte* payload, std::size_t size, MeterPacket& to) noexcept {
  if (size < 12) {
    return;
  }
  switch (packet::load_be32(payload)) {
    case four("GET "):
    case four("POST"):
    case four("PUT "):
    case four("HEAD"):
    case four("DELE"):
    case four("PATC"):
    case four("OPTI"):
      to.is_http_request = true;
      break;
    case four("HTTP"): {
      const auto digit = [&](std::size_t i) {
        return static_cast<unsigned>(packet::load_u8(payload + i)) - '0';
      };
      if (packet::load_u8(payload + 4) == '/' && packet::load_u8(payload + 8) == ' ' &&
          digit(9) >= 1 && digit(9) <= 5 && digit(10) < 10 && digit(11) < 10) {
        to.http_status = static_cast<std::uint16_t>(digit(9) * 100 + digit(10) * 10 + digit(11));
      }
      break;
    }
    default:
      break;
  }
}

// RFC 9293 section 3.1.
void digest_tcp(const PacketView& view, const IpLayer& ip, MeterPacket& to) noexcept {
  const std::byte* const header = view.frame.data() + ip.payload_offset;
  if (view.end < ip.payload_offset + 16) {
    return;
  }
  to.has_tcp = true;
  to.sequence = packet::load_be32(header + 4);
  to.acknowledgement = packet::load_be32(header + 8);
  to.tcp_flags = packet::load_u8(header + 13);
  to.window = packet::load_be16(header + 14);
  const std::uint32_t header_bytes = std::uint32_t{packet::load_u8(header + 12)} >> 4 << 2;
  const std::uint32_t payload_offset = ip.payload_offset + header_bytes;
  const std::uint32_t ip_end = ip.offset + ip.length;
  if (header_bytes >= 20 && payload_offset < ip_end) {
    to.payload_bytes = ip_end - payload_offset;
    if (payload_offset < view.end) {
      look_for_http(view.frame.data() + payload_offset, view.end - payload_offset, to);
    }
  }
}

// Read in place of headers that are not there.
constexpr std::byte kNothing[20]{};

// A word with which HTTP/1 may begin, by its first letter: D, G, H, O or P.
bool may_be_http(std::uint32_t word) {
  constexpr std::uint32_t kLetters = 1U << ('D' - 'D') | 1U << ('G' - 'D') | 1U << ('H' - 'D') |
                                     1U << ('O' - 'D') | 1U << ('P' - 'D');
  const std::uint32_t letter = (word >> 24) - 'D';
  return letter < 32 && (kLetters >> letter & 1U) != 0;
}

// What the packet says of itself and of its tunnel.
void take_outside(const PacketView& view, const IpLayer& ip, std::int64_t time_ns,
                  MeterPacket& to) noexcept {
  const packet::TunnelLayer& tunnel = view.tunnels[view.num_tunnels - 1U];
  const IpLayer& carrier = view.ips[view.num_ips - 2U];
  to.time_ns = time_ns;
  to.bytes = ip.length;
  to.http_status = 0;
  to.is_http_request = false;
  to.is_fragment = ip.is_fragment;
  // One by one: the parser has just stored them, and a wider load would wait for its stores.
  to.gateway.endpoint = view.gateway.endpoint;
  to.gateway.attachment = view.gateway.attachment;
  to.gateway.cookie = view.gateway.cookie;
  to.gateway.present = view.gateway.present;
  TunnelPath path;
  path.num = view.num_tunnels;
  for (std::size_t i = 0; i < path.num; ++i) {
    path.kinds[i] = view.tunnels[i].kind;
  }
  to.path = path;
  to.tunnel_source = view.source(carrier);
  to.tunnel_destination = view.destination(carrier);
  FlowKey& key = to.key;
  key.is_gateway = view.gateway.present & 1U;
  key.vni = tunnel.vni;
  key.tunnel_kind = static_cast<std::uint8_t>(tunnel.kind);
  key.protocol = ip.protocol;
  if (key.is_gateway != 0 && view.num_tunnels == 1) {
    key.network = view.gateway.endpoint;
  } else {
    // An overlay swaps the tunnel's ends with the direction, a mirror does not.
    const auto [one, other] = std::minmax(to.tunnel_source, to.tunnel_destination);
    key.network = fold_multiply(one.low ^ one.high ^ 0x9e37'79b9'7f4a'7c15,
                                other.low ^ (other.high << 1) ^ 0x2545'f491'4f6c'dd1d);
  }
}

// TCP or UDP over IPv4, without a branch that depends on the packet: which of two ends is the lower
// one, whether it is TCP, whether it has data are all a toss-up, and a wrong guess costs more than
// the work.
void digest_plain(const PacketView& view, const IpLayer& ip, std::uint64_t seed,
                  MeterPacket& to) noexcept {
  const std::byte* const frame = view.frame.data();
  // An IPv4 address in its mapped form has 48 bits, and 16 are left for the port.
  const std::uint64_t source =
      (IpAddress::kMappedV4 | packet::load_be32(frame + ip.offset + 12)) << 16 | ip.source_port;
  const std::uint64_t destination =
      (IpAddress::kMappedV4 | packet::load_be32(frame + ip.offset + 16)) << 16 |
      ip.destination_port;
  const std::uint64_t is_swapped = destination < source ? 1 : 0;
  const std::uint64_t change = (source ^ destination) & (0 - is_swapped);
  const std::uint64_t low = source ^ change;
  const std::uint64_t high = destination ^ change;
  FlowKey& key = to.key;
  key.low = {0, low >> 16};
  key.high = {0, high >> 16};
  key.low_port = static_cast<std::uint16_t>(low);
  key.high_port = static_cast<std::uint16_t>(high);
  to.is_high_sender = is_swapped != 0;
  to.hash = static_cast<std::uint32_t>(hash_of(key, seed) >> 32);

  const bool is_tcp = ip.protocol == packet::kTcp;
  const std::byte* const header = is_tcp ? frame + ip.payload_offset : kNothing;
  to.has_tcp = is_tcp;
  to.sequence = packet::load_be32(header + 4);
  to.acknowledgement = packet::load_be32(header + 8);
  to.tcp_flags = packet::load_u8(header + 13);
  to.window = packet::load_be16(header + 14);
  const std::uint32_t tcp_bytes = std::uint32_t{packet::load_u8(header + 12)} >> 4 << 2;
  const std::uint32_t header_bytes = is_tcp ? tcp_bytes : 8;
  const std::uint32_t payload_offset = ip.payload_offset + header_bytes;
  const std::uint32_t ip_end = ip.offset + ip.length;
  const bool has_payload = (payload_offset < ip_end) & (!is_tcp | (tcp_bytes >= 20));
  to.payload_bytes = has_payload ? ip_end - payload_offset : 0;
  const bool has_words = is_tcp & has_payload & (payload_offset + 12 <= view.end);
  // An IP header begins with no letter of theirs.
  const std::byte* const words = frame + (has_words ? payload_offset : ip.offset);
  if (may_be_http(packet::load_be32(words))) {
    look_for_http(words, view.end - payload_offset, to);
  }
}

// Everything else, header by header.
void digest_stepwise(const PacketView& view, const IpLayer& ip, std::uint64_t seed,
                     MeterPacket& to) noexcept {
  const IpAddress source = view.source(ip);
  const IpAddress destination = view.destination(ip);
  std::uint16_t source_port = ip.source_port;
  std::uint16_t destination_port = ip.destination_port;
  if (ip.protocol == packet::kIcmp || ip.protocol == packet::kIcmpV6) {
    // Request and reply are one flow, named by the identifier; other messages have no answer.
    const unsigned type = source_port >> 8;
    const bool is_echo =
        ip.protocol == packet::kIcmp ? type == 0 || type == 8 : type == 128 || type == 129;
    if (is_echo) {
      source_port = destination_port;
    } else {
      destination_port = source_port;
    }
  }
  to.has_tcp = false;
  to.tcp_flags = 0;
  to.payload_bytes = 0;
  to.is_high_sender = std::tie(destination, destination_port) < std::tie(source, source_port);
  FlowKey& key = to.key;
  key.low = to.is_high_sender ? destination : source;
  key.high = to.is_high_sender ? source : destination;
  key.low_port = to.is_high_sender ? destination_port : source_port;
  key.high_port = to.is_high_sender ? source_port : destination_port;
  to.hash = static_cast<std::uint32_t>(hash_of(key, seed) >> 32);
  if (ip.protocol == packet::kTcp && ip.has_ports) {
    digest_tcp(view, ip, to);
  } else if (ip.protocol == packet::kUdp) {
    const std::uint32_t ip_end = ip.offset + ip.length;
    to.payload_bytes = ip_end > ip.payload_offset + 8 ? ip_end - ip.payload_offset - 8 : 0;
  }
}

}  // namespace

void digest(const PacketView& view, std::int64_t time_ns, std::uint64_t seed, Digestion how,
            MeterPacket& to) noexcept {
  const IpLayer& ip = view.inner_ip();
  take_outside(view, ip, time_ns, to);
  const bool is_tcp = (ip.protocol == packet::kTcp) & (view.end >= ip.payload_offset + 20);
  const bool is_plain = (ip.version == 4) & ip.has_ports & (is_tcp | (ip.protocol == packet::kUdp));
  if (is_plain && how == Digestion::kQuick) {
    digest_plain(view, ip, seed, to);
  } else {
    digest_stepwise(view, ip, seed, to);
  }
}

}  // namespace weir::flow

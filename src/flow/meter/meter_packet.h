#pragma once

#include <cstdint>

#include "flow/meter/duplicate_filter.h"
#include "flow/meter/flow_key.h"
#include "flow/meter/flow_record.h"
#include "packet/view.h"

namespace weir::flow {

inline constexpr std::uint8_t kFin = 0x01;
inline constexpr std::uint8_t kSyn = 0x02;
inline constexpr std::uint8_t kRst = 0x04;
inline constexpr std::uint8_t kAck = 0x10;

// What the meter needs of a packet, out of the frame: it outlives the frame's buffer.
struct MeterPacket {
  FlowKey key;
  Fingerprint print;  // filled where duplicates are looked for
  std::uint32_t hash = 0;
  std::uint32_t bytes = 0;
  std::int64_t time_ns = 0;
  std::uint32_t sequence = 0;
  std::uint32_t acknowledgement = 0;
  std::uint32_t payload_bytes = 0;  // of TCP and UDP
  std::uint16_t window = 0;
  std::uint16_t http_status = 0;  // of a response that begins here
  std::uint8_t tcp_flags = 0;
  bool has_tcp = false;
  bool is_high_sender = false;  // the sender is the key's high end
  bool is_fragment = false;
  bool is_http_request = false;
  TunnelPath path;
  packet::GatewayIds gateway;
  IpAddress tunnel_source;
  IpAddress tunnel_destination;
};

// kStepwise leaves out the short cut for what nearly every packet is: tests hold one against the
// other.
enum class Digestion : std::uint8_t { kQuick, kStepwise };

// Fills `to` from a view with an inner IP packet; ports of later fragments are left 0. Fields of
// TCP mean something where has_tcp is set.
void digest(const packet::PacketView& view, std::int64_t time_ns, std::uint64_t seed, Digestion how,
            MeterPacket& to) noexcept;
inline void digest(const packet::PacketView& view, std::int64_t time_ns, std::uint64_t seed,
                   MeterPacket& to) noexcept {
  digest(view, time_ns, seed, Digestion::kQuick, to);
}

}  // namespace weir::flow

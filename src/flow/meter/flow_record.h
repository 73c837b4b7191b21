#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/ip_address.h"
#include "packet/view.h"

namespace weir::flow {

enum class EndReason : std::uint8_t {
  kIdle,      // nothing came for the inactive timeout
  kActive,    // it lasts, and this is the record of one active timeout
  kFinished,  // FIN of both sides, or RST
  kCaptureEnd,
  kEvicted,  // no room for more flows
};
[[nodiscard]] std::string_view name_of(EndReason reason) noexcept;

// The tunnels that packets came through, outermost first.
struct TunnelPath {
  std::array<packet::TunnelKind, packet::kMaxTunnels> kinds{};
  std::uint8_t num = 0;
  friend bool operator==(const TunnelPath&, const TunnelPath&) = default;
};
[[nodiscard]] std::string to_string(const TunnelPath& path);  // "geneve/vxlan"

// What one side of a conversation sent.
struct FlowSide {
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;          // of inner IP packets, by their own lengths
  std::uint64_t data_segments = 0;  // TCP segments with data
  std::uint32_t retransmits = 0;
  std::uint32_t out_of_order = 0;
  std::uint32_t zero_windows = 0;  // times that it closed its window
  std::uint32_t resets = 0;
  std::uint8_t tcp_flags = 0;  // all that were set
};

// Round trips in microseconds, as seen where the packets were captured.
struct RoundTrips {
  std::uint32_t handshake_us = 0;  // SYN to the ACK that completes it; 0: not seen
  std::uint32_t server_us = 0;     // SYN to SYN/ACK: from here to the responder and back
  std::uint32_t client_us = 0;     // SYN/ACK to ACK: likewise to the initiator
  std::uint32_t samples = 0;       // of data and its acknowledgement
  std::uint32_t min_us = 0;
  std::uint32_t max_us = 0;
  std::uint64_t sum_us = 0;
  std::uint64_t jitter_sum_us = 0;  // of differences of successive samples, samples - 1 of them

  [[nodiscard]] double mean_us() const {
    return samples == 0 ? 0 : static_cast<double>(sum_us) / samples;
  }
  [[nodiscard]] double jitter_us() const {
    return samples < 2 ? 0 : static_cast<double>(jitter_sum_us) / (samples - 1);
  }
};

// One flow, or one active timeout of it: both directions, from the initiator's point of view. The
// initiator is who sent the first SYN, else the first packet; never told from address order.
struct FlowRecord {
  std::int64_t start_ns = 0;
  std::int64_t end_ns = 0;
  IpAddress source;  // of the initiator
  IpAddress destination;
  std::uint16_t source_port = 0;  // ICMP: type and code; echo: the identifier
  std::uint16_t destination_port = 0;
  std::uint8_t protocol = 0;
  FlowSide forward;
  FlowSide reverse;
  RoundTrips round_trips;
  std::uint64_t arrival_jitter_us = 0;  // UDP and others: mean change of the gap between packets
  std::uint32_t requests = 0;           // turns: the initiator sends after the responder did
  std::uint32_t http_requests = 0;
  std::uint32_t http_responses = 0;
  std::uint16_t http_status = 0;       // the last one
  std::uint64_t http_response_us = 0;  // sum of the times from request to response
  std::uint32_t fragments = 0;
  std::uint32_t vni = 0;  // of the innermost tunnel
  TunnelPath tunnel_path;
  packet::GatewayIds gateway;
  IpAddress tunnel_source;  // of the first packet's innermost tunnel: the mirrored interface
  IpAddress tunnel_destination;
  EndReason end_reason = EndReason::kCaptureEnd;
  bool is_continued = false;   // a record of this flow came before
  bool is_after_idle = false;  // began without SYN after the idle timeout: a gateway drops these

  [[nodiscard]] double duration_s() const { return static_cast<double>(end_ns - start_ns) * 1e-9; }
};

}  // namespace weir::flow

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "flow/meter/flow_key.h"
#include "flow/meter/flow_record.h"

namespace weir::flow {

// A point in time for differences of up to an hour: 1,024 ns a unit, wraps around.
using ShortTime = std::uint32_t;
[[nodiscard]] constexpr ShortTime to_short_time(std::int64_t ns) noexcept {
  return static_cast<ShortTime>(ns >> 10);
}
// Nanoseconds from one to the other; negative where packets came in another order.
[[nodiscard]] constexpr std::int64_t nanoseconds_between(ShortTime from, ShortTime to) noexcept {
  return std::int64_t{static_cast<std::int32_t>(to - from)} * 1024;
}

// The sequence space of one side of a TCP connection.
struct TcpSide {
  std::uint32_t next_sequence = 0;
  std::uint32_t timed_sequence = 0;  // acknowledging this ends the measurement
  ShortTime timed_at = 0;
  std::uint32_t data_segments = 0;
  std::uint8_t flags = 0;
  bool has_sequence : 1 = false;
  bool is_timing : 1 = false;
  bool has_hole : 1 = false;
  bool is_window_zero : 1 = false;
  bool has_fin : 1 = false;
};

// The latest range of one side's sequence numbers that was skipped; of a side with has_hole.
struct TcpHole {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  ShortTime at = 0;
};

// What went wrong on one side: touched when it does.
struct TcpTroubles {
  std::uint32_t retransmits = 0;
  std::uint32_t out_of_order = 0;
  std::uint32_t zero_windows = 0;
  std::uint32_t resets = 0;
};

// A flow that is open. Laid out by cache lines, of which a packet touches three: the key, the
// counts, and then both sides' sequence numbers with the round trips if it is TCP's, else what is
// known of arrivals. Behind them is what few packets touch, and what only the first one writes.
struct alignas(64) FlowState {
  FlowKey key;
  std::uint32_t hash = 0;
  bool is_high_initiator = false;
  bool is_closed = false;
  bool is_continued = false;
  bool is_after_idle = false;

  // Index 0: the key's low end sent it.
  std::int64_t start_ns = 0;
  std::array<std::int64_t, 2> last_ns{};
  std::array<std::uint32_t, 2> packets{};
  std::array<std::uint64_t, 2> bytes{};
  std::uint32_t requests = 0;
  std::uint32_t rtt_samples = 0;  // of data and its acknowledgement
  std::uint32_t last_rtt_us = 0;
  std::uint8_t last_sender = 2;  // of data; 2: nobody yet

  alignas(64) std::array<TcpSide, 2> tcp{};
  std::uint32_t rtt_min_us = 0;
  std::uint32_t rtt_max_us = 0;
  std::uint64_t rtt_sum_us = 0;
  std::uint64_t rtt_jitter_sum_us = 0;

  alignas(64) std::array<std::int64_t, 2> last_gap_ns{};
  std::uint64_t arrival_jitter_ns = 0;
  std::uint32_t arrival_gaps = 0;
  std::uint32_t fragments = 0;
  std::array<TcpTroubles, 2> troubles{};

  std::array<TcpHole, 2> holes{};
  std::int64_t syn_at_ns = 0;
  std::int64_t syn_ack_at_ns = 0;
  std::uint32_t handshake_us = 0;  // these three as in RoundTrips
  std::uint32_t server_us = 0;
  std::uint32_t client_us = 0;
  std::int64_t http_request_at_ns = 0;
  std::uint64_t http_response_us = 0;
  std::uint32_t http_requests = 0;
  std::uint32_t http_responses = 0;
  std::uint16_t http_status = 0;

  packet::GatewayIds gateway;
  TunnelPath path;
  IpAddress tunnel_source;
  IpAddress tunnel_destination;

  [[nodiscard]] std::int64_t last_seen_ns() const {
    return last_ns[0] > last_ns[1] ? last_ns[0] : last_ns[1];
  }
};
static_assert(offsetof(FlowState, start_ns) == 64 && offsetof(FlowState, tcp) == 128 &&
              offsetof(FlowState, last_gap_ns) == 192 && offsetof(FlowState, holes) == 256);

}  // namespace weir::flow

#include "flow/meter/tcp_meter.h"

#include <algorithm>

namespace weir::flow {
namespace {

// Sequence numbers wrap around (RFC 9293 section 3.4).
bool is_before(std::uint32_t a, std::uint32_t b) { return static_cast<std::int32_t>(a - b) < 0; }

// A gap that is filled sooner than this was another order of packets, not a loss: nobody notices a
// loss and repairs it in less than a round trip.
constexpr std::int64_t kReorderingNs = 3'000'000;

std::uint32_t to_us(std::int64_t ns) {
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>((ns + 500) / 1000, 0, 0xffff'ffff));
}

void take_sample(FlowState& flow, std::int64_t ns) {
  if (ns < 0) {
    return;
  }
  const std::uint32_t us = to_us(ns);
  flow.rtt_min_us = flow.rtt_samples == 0 ? us : std::min(flow.rtt_min_us, us);
  flow.rtt_max_us = std::max(flow.rtt_max_us, us);
  if (flow.rtt_samples > 0) {
    flow.rtt_jitter_sum_us += us > flow.last_rtt_us ? us - flow.last_rtt_us : flow.last_rtt_us - us;
  }
  flow.rtt_sum_us += us;
  ++flow.rtt_samples;
  flow.last_rtt_us = us;
}

void follow_handshake(FlowState& flow, const MeterPacket& packet, std::size_t from) {
  TcpSide& sender = flow.tcp[from];
  const bool is_syn_ack = (packet.tcp_flags & kAck) != 0;
  if (sender.has_sequence && packet.sequence + 1 == sender.next_sequence &&
      (sender.flags & kSyn) != 0) {
    ++flow.troubles[from].retransmits;
    // Karn: whom the answer is to is not known any more.
    (is_syn_ack ? flow.syn_ack_at_ns : flow.syn_at_ns) = -1;
    return;
  }
  sender.next_sequence = packet.sequence + 1;
  sender.has_sequence = true;
  if (!is_syn_ack) {
    flow.syn_at_ns = packet.time_ns;
    return;
  }
  flow.syn_ack_at_ns = packet.time_ns;
  if (flow.syn_at_ns > 0 && packet.time_ns >= flow.syn_at_ns) {
    flow.server_us = std::max(1U, to_us(packet.time_ns - flow.syn_at_ns));
  }
}

void follow_data(FlowState& flow, const MeterPacket& packet, std::size_t from) {
  TcpSide& sender = flow.tcp[from];
  const ShortTime now = to_short_time(packet.time_ns);
  const std::uint32_t length = packet.payload_bytes + ((packet.tcp_flags & kFin) != 0 ? 1 : 0);
  const std::uint32_t end = packet.sequence + length;
  sender.data_segments += packet.payload_bytes > 0 ? 1 : 0;
  if (!sender.has_sequence) {
    sender.has_sequence = true;
    sender.next_sequence = packet.sequence;
  }
  if (!is_before(packet.sequence, sender.next_sequence)) {
    if (packet.sequence != sender.next_sequence) {
      sender.has_hole = true;
      flow.holes[from] = {sender.next_sequence, packet.sequence, now};
    }
    sender.next_sequence = end;
    if (!sender.is_timing) {
      sender.is_timing = true;
      sender.timed_sequence = end;
      sender.timed_at = now;
    }
    return;
  }
  if (packet.payload_bytes <= 1 && packet.sequence + 1 == sender.next_sequence &&
      (packet.tcp_flags & kFin) == 0) {
    return;  // a keep-alive probe
  }
  TcpHole& hole = flow.holes[from];
  TcpTroubles& troubles = flow.troubles[from];
  const bool is_in_hole = sender.has_hole && !is_before(packet.sequence, hole.begin) &&
                          is_before(packet.sequence, hole.end);
  if (is_in_hole) {
    const std::int64_t limit = std::max(kReorderingNs, std::int64_t{flow.rtt_min_us} * 1000);
    if (nanoseconds_between(hole.at, now) < limit) {
      ++troubles.out_of_order;
    } else {
      ++troubles.retransmits;
    }
    if (packet.sequence == hole.begin) {
      hole.begin = end;
      sender.has_hole = is_before(end, hole.end);
    }
  } else {
    ++troubles.retransmits;
  }
  if (is_before(sender.next_sequence, end)) {
    sender.next_sequence = end;
  }
  sender.is_timing = false;  // Karn again
}

void follow_acknowledgement(FlowState& flow, const MeterPacket& packet, TcpSide& other) {
  if (other.is_timing && !is_before(packet.acknowledgement, other.timed_sequence)) {
    other.is_timing = false;
    take_sample(flow, nanoseconds_between(other.timed_at, to_short_time(packet.time_ns)));
  }
}

}  // namespace

void follow_tcp(FlowState& flow, const MeterPacket& packet) noexcept {
  const std::size_t from = packet.is_high_sender ? 1 : 0;
  TcpSide& sender = flow.tcp[from];
  TcpSide& other = flow.tcp[1 - from];
  const std::uint8_t flags = packet.tcp_flags;
  if ((flags & kRst) != 0) {
    ++flow.troubles[from].resets;
    sender.flags |= flags;
    flow.is_closed = true;
    return;
  }
  if ((flags & kSyn) != 0) {
    follow_handshake(flow, packet, from);
  } else {
    if (packet.payload_bytes > 0 || (flags & kFin) != 0) {
      follow_data(flow, packet, from);
    }
    if (packet.window == 0) {
      flow.troubles[from].zero_windows += sender.is_window_zero ? 0 : 1;
      sender.is_window_zero = true;
    } else {
      sender.is_window_zero = false;
    }
    // The SYN/ACK came, and nothing of the initiator since: its first word completes the handshake.
    if ((flags & kAck) != 0 && (other.flags & kSyn) != 0 && (sender.flags & ~kSyn) == 0 &&
        from == (flow.is_high_initiator ? 1U : 0U) && flow.syn_ack_at_ns > 0 &&
        packet.time_ns >= flow.syn_ack_at_ns) {
      flow.client_us = std::max(1U, to_us(packet.time_ns - flow.syn_ack_at_ns));
      if (flow.syn_at_ns > 0) {
        flow.handshake_us = std::max(1U, to_us(packet.time_ns - flow.syn_at_ns));
      }
    }
  }
  if ((flags & kAck) != 0) {
    follow_acknowledgement(flow, packet, other);
  }
  sender.has_fin = sender.has_fin || (flags & kFin) != 0;
  sender.flags |= flags;
  flow.is_closed = flow.is_closed || (sender.has_fin && other.has_fin);
}

}  // namespace weir::flow

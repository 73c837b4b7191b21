#include "flow/meter/meter.h"

#include <algorithm>
#include <utility>

#include "flow/meter/tcp_meter.h"

namespace weir::flow {
namespace {

std::uint8_t sender_of(const MeterPacket& packet) { return packet.is_high_sender ? 1 : 0; }

FlowSide side_of(const FlowState& flow, std::size_t from) {
  const TcpSide& tcp = flow.tcp[from];
  FlowSide side;
  side.packets = flow.packets[from];
  side.bytes = flow.bytes[from];
  side.data_segments = tcp.data_segments;
  side.retransmits = flow.troubles[from].retransmits;
  side.out_of_order = flow.troubles[from].out_of_order;
  side.zero_windows = flow.troubles[from].zero_windows;
  side.resets = flow.troubles[from].resets;
  side.tcp_flags = tcp.flags;
  return side;
}

// RFC 3550's idea, without its smoothing: how much the gap between packets changes.
void follow_arrival(FlowState& flow, std::size_t from, std::int64_t gap_ns) {
  if (flow.last_gap_ns[from] > 0) {
    const std::int64_t change = gap_ns - flow.last_gap_ns[from];
    flow.arrival_jitter_ns += static_cast<std::uint64_t>(change < 0 ? -change : change);
    ++flow.arrival_gaps;
  }
  flow.last_gap_ns[from] = std::max<std::int64_t>(gap_ns, 1);
}

void follow_http(FlowState& flow, const MeterPacket& packet) {
  if (packet.is_http_request) {
    ++flow.http_requests;
    flow.http_request_at_ns = packet.time_ns;
  } else if (packet.http_status != 0) {
    ++flow.http_responses;
    flow.http_status = packet.http_status;
    if (flow.http_request_at_ns != 0 && packet.time_ns >= flow.http_request_at_ns) {
      flow.http_response_us +=
          static_cast<std::uint64_t>(packet.time_ns - flow.http_request_at_ns) / 1000;
    }
  }
}

}  // namespace

Meter::Meter(const MeterOptions& options, Sink sink)
    : options_(options),
      sink_(std::move(sink)),
      pool_(options.max_flows),
      duplicates_(options.duplicate_window_ns, options.drops_duplicates),
      fragments_(options.seed),
      ended_idle_(kIdlePlaces) {
  likely_.fill(FlowPool::kNone);
}

__attribute__((flatten)) void Meter::add(const packet::PacketView& view, std::int64_t time_ns) {
  if (!view.has_inner_ip()) {
    counters_.without_ip += options_.shard == 0 ? 1 : 0;
    return;
  }
  MeterPacket& packet = waiting_[num_taken_ % kRing];
  digest(view, time_ns, options_.seed, packet);
  if (packet.is_fragment && !fragments_.join(view, packet)) {
    ++counters_.orphan_fragments;
  }
  if (options_.num_shards > 1 &&
      share_of(packet.key, options_.seed, options_.num_shards) != options_.shard) {
    return;
  }
  if (options_.drops_duplicates) {
    packet.print = fingerprint_of(view);
  }
  enter(packet);
}

void Meter::add(const MeterPacket& packet) {
  MeterPacket& place = waiting_[num_taken_ % kRing];
  place = packet;
  enter(place);
}

// The packet stands in the ring: fetches what it will need, and counts the one whose time is up.
inline void Meter::enter(const MeterPacket& packet) {
  pool_.prefetch_slot(packet.hash);
  if (options_.drops_duplicates) {
    duplicates_.prefetch(packet.print);
  }
  ++num_taken_;
  if (num_taken_ - num_counted_ >= kSlotDelay) {
    const std::size_t place = (num_taken_ - kSlotDelay) % kRing;
    likely_[place] = pool_.prefetch_state(waiting_[place].hash, waiting_[place].has_tcp);
  }
  if (num_taken_ - num_counted_ > kStateDelay) {
    const std::size_t place = num_counted_++ % kRing;
    count(waiting_[place], likely_[place]);
  }
}

void Meter::count_waiting() {
  while (num_counted_ != num_taken_) {
    count(waiting_[num_counted_++ % kRing], FlowPool::kNone);
  }
}

std::int64_t Meter::idle_limit(const FlowState& flow) const {
  return flow.is_closed                      ? options_.closed_idle_ns
         : flow.key.protocol == packet::kTcp ? options_.tcp_idle_ns
                                             : options_.other_idle_ns;
}

void Meter::count(const MeterPacket& packet, std::uint32_t likely) {
  now_ns_ = std::max(now_ns_, packet.time_ns);
  if (now_ns_ >= next_sweep_ns_) {
    sweep();
  }
  if (options_.drops_duplicates && duplicates_.is_duplicate(packet.print, packet.time_ns)) {
    ++counters_.duplicates;
    return;
  }
  ++counters_.packets;
  const bool is_first_syn = packet.has_tcp && (packet.tcp_flags & (kSyn | kAck)) == kSyn;
  std::uint32_t number = pool_.find(packet.key, packet.hash, likely);
  if (number != FlowPool::kNone) {
    FlowState& flow = pool_[number];
    const bool is_idle = packet.time_ns - flow.last_seen_ns() > idle_limit(flow);
    // A new connection with the ports of an old one.
    const TcpSide& side = flow.tcp[sender_of(packet)];
    const bool is_reused = is_first_syn && side.has_sequence &&
                           packet.sequence + 1 != side.next_sequence &&
                           (flow.is_closed || (side.flags & kSyn) != 0);
    if (is_idle || is_reused) {
      close(number, is_idle && !flow.is_closed ? EndReason::kIdle : EndReason::kFinished);
      number = open(packet);
    } else if (packet.time_ns - flow.start_ns >= options_.active_ns) {
      give_record(flow, EndReason::kActive);
      restart(flow, packet.time_ns);
    }
  } else {
    number = open(packet);
  }

  FlowState& flow = pool_[number];
  const std::uint8_t from = sender_of(packet);
  if (is_first_syn && flow.is_high_initiator != packet.is_high_sender && flow.syn_at_ns == 0 &&
      !flow.is_continued) {
    flow.is_high_initiator = packet.is_high_sender;  // its SYN came after another packet
  }
  const std::int64_t last = flow.last_ns[from];
  ++flow.packets[from];
  flow.bytes[from] += packet.bytes;
  flow.start_ns = std::min(flow.start_ns, packet.time_ns);
  flow.last_ns[from] = std::max(last, packet.time_ns);
  if (packet.is_fragment) {  // not added as 0: that would fetch a line for every packet
    ++flow.fragments;
  }
  if (packet.has_tcp) {
    follow_tcp(flow, packet);
    if (packet.is_http_request || packet.http_status != 0) {
      follow_http(flow, packet);
    }
  } else if (last != 0) {
    follow_arrival(flow, from, packet.time_ns - last);
  }
  // Without a branch: who sends data next is a toss-up.
  const bool has_data = packet.payload_bytes > 0;
  const bool is_turn =
      has_data & (flow.last_sender != from) & ((from == 1) == flow.is_high_initiator);
  flow.requests += is_turn ? 1 : 0;
  flow.last_sender = has_data ? from : flow.last_sender;
}

std::uint64_t& Meter::ended_idle(const FlowKey& key, std::uint64_t& hash) {
  hash = hash_of(key, ~options_.seed) | 1;
  return ended_idle_[(hash >> 32) % kIdlePlaces];
}

std::uint32_t Meter::open(const MeterPacket& packet) {
  if (pool_.is_full()) {
    evict();
  }
  const std::uint32_t number = pool_.insert(packet.key, packet.hash);
  FlowState& flow = pool_[number];
  flow.start_ns = packet.time_ns;
  flow.gateway = packet.gateway;
  flow.path = packet.path;
  flow.tunnel_source = packet.tunnel_source;
  flow.tunnel_destination = packet.tunnel_destination;
  const bool is_first_syn = packet.has_tcp && (packet.tcp_flags & (kSyn | kAck)) == kSyn;
  std::uint64_t hash = 0;
  std::uint64_t& ended = ended_idle(packet.key, hash);
  if (ended == hash) {
    ended = 0;
    flow.is_after_idle = !is_first_syn;
    counters_.resumed_after_idle += is_first_syn ? 0 : 1;
  }
  // Who answers a SYN did not begin, though the SYN was not seen.
  const bool is_answer = packet.has_tcp && (packet.tcp_flags & (kSyn | kAck)) == (kSyn | kAck);
  flow.is_high_initiator = packet.is_high_sender != is_answer;
  ++counters_.flows;
  return number;
}

void Meter::close(std::uint32_t number, EndReason reason) {
  if (reason == EndReason::kIdle) {
    std::uint64_t hash = 0;
    std::uint64_t& ended = ended_idle(pool_[number].key, hash);
    ended = hash;
  }
  give_record(pool_[number], reason);
  pool_.erase(number);
}

void Meter::give_record(FlowState& flow, EndReason reason) {
  const std::size_t initiator = flow.is_high_initiator ? 1 : 0;
  FlowRecord record;
  record.start_ns = flow.start_ns;
  record.end_ns = flow.last_seen_ns();
  record.source = initiator == 1 ? flow.key.high : flow.key.low;
  record.destination = initiator == 1 ? flow.key.low : flow.key.high;
  record.source_port = initiator == 1 ? flow.key.high_port : flow.key.low_port;
  record.destination_port = initiator == 1 ? flow.key.low_port : flow.key.high_port;
  record.protocol = flow.key.protocol;
  record.forward = side_of(flow, initiator);
  record.reverse = side_of(flow, 1 - initiator);
  record.round_trips = {flow.handshake_us, flow.server_us,        flow.client_us,
                        flow.rtt_samples,  flow.rtt_min_us,       flow.rtt_max_us,
                        flow.rtt_sum_us,   flow.rtt_jitter_sum_us};
  record.arrival_jitter_us =
      flow.arrival_gaps == 0 ? 0 : flow.arrival_jitter_ns / flow.arrival_gaps / 1000;
  record.requests = flow.requests;
  record.http_requests = flow.http_requests;
  record.http_responses = flow.http_responses;
  record.http_status = flow.http_status;
  record.http_response_us = flow.http_response_us;
  record.fragments = flow.fragments;
  record.vni = flow.key.vni;
  record.tunnel_path = flow.path;
  record.gateway = flow.gateway;
  record.tunnel_source = flow.tunnel_source;
  record.tunnel_destination = flow.tunnel_destination;
  record.end_reason = reason;
  record.is_continued = flow.is_continued;
  record.is_after_idle = flow.is_after_idle;
  ++counters_.records;
  sink_(record);
}

// Begins the next record of a flow that lasts: counts from zero, sequence numbers go on.
void Meter::restart(FlowState& flow, std::int64_t now_ns) {
  flow.start_ns = now_ns;
  flow.packets = {};
  flow.bytes = {};
  flow.requests = 0;
  flow.handshake_us = 0;
  flow.server_us = 0;
  flow.client_us = 0;
  flow.rtt_samples = 0;
  flow.rtt_min_us = 0;
  flow.rtt_max_us = 0;
  flow.rtt_sum_us = 0;
  flow.rtt_jitter_sum_us = 0;
  flow.troubles = {};
  flow.arrival_jitter_ns = 0;
  flow.arrival_gaps = 0;
  flow.http_requests = 0;
  flow.http_responses = 0;
  flow.http_response_us = 0;
  flow.fragments = 0;
  flow.is_continued = true;
  flow.is_after_idle = false;
  for (TcpSide& side : flow.tcp) {
    side.data_segments = 0;
    side.flags = 0;
  }
}

// Timeouts are exact, whenever this runs: a packet that comes too late starts a new record by
// itself. The sweep gives up the flows that nothing comes to any more.
void Meter::sweep() {
  next_sweep_ns_ = now_ns_ + kSweepNs;
  for (std::uint32_t number = 0; number < pool_.num_used(); ++number) {
    if (!pool_.is_open(number)) {
      continue;
    }
    const FlowState& flow = pool_[number];
    if (now_ns_ - flow.last_seen_ns() > idle_limit(flow)) {
      close(number, flow.is_closed ? EndReason::kFinished : EndReason::kIdle);
    }
  }
}

// Of a few flows the one that was quiet for longest.
void Meter::evict() {
  std::uint32_t victim = FlowPool::kNone;
  const std::uint32_t looks = std::min<std::uint32_t>(16, pool_.num_used());
  for (std::uint32_t i = 0; i < looks; ++i) {
    hand_ = (hand_ + 1) % pool_.num_used();
    if (pool_.is_open(hand_) &&
        (victim == FlowPool::kNone || pool_[hand_].last_seen_ns() < pool_[victim].last_seen_ns())) {
      victim = hand_;
    }
  }
  if (victim != FlowPool::kNone) {
    ++counters_.evicted;
    close(victim, EndReason::kEvicted);
  }
}

void Meter::advance(std::int64_t now_ns) {
  count_waiting();
  now_ns_ = std::max(now_ns_, now_ns);
  if (now_ns_ >= next_sweep_ns_) {
    sweep();
  }
}

void Meter::finish() {
  count_waiting();
  for (std::uint32_t number = 0; number < pool_.num_used(); ++number) {
    if (pool_.is_open(number)) {
      const FlowState& flow = pool_[number];
      close(number, flow.is_closed ? EndReason::kFinished : EndReason::kCaptureEnd);
    }
  }
}

}  // namespace weir::flow

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "flow/meter/duplicate_filter.h"
#include "flow/meter/flow_pool.h"
#include "flow/meter/flow_record.h"
#include "flow/meter/fragment_book.h"
#include "flow/meter/meter_packet.h"
#include "packet/view.h"

namespace weir::flow {

struct MeterOptions {
  // A Gateway Load Balancer forgets idle flows after these (350 s settable there, 120 s not).
  std::int64_t tcp_idle_ns = 350'000'000'000;
  std::int64_t other_idle_ns = 120'000'000'000;
  std::int64_t closed_idle_ns = 10'000'000'000;  // after FIN or RST: the rest may still come
  std::int64_t active_ns = 300'000'000'000;
  std::int64_t duplicate_window_ns = 100'000'000;
  std::size_t max_flows = 1 << 20;
  bool drops_duplicates = true;
  // Of several meters over the same packets each takes one share of the flows.
  std::uint32_t shard = 0;
  std::uint32_t num_shards = 1;
  std::uint64_t seed = 0x2d35'8dcc'aa6c'78a5;  // of the hash; a live collector draws one
};

// What the meter did with the packets beside counting them into flows.
struct MeterCounters {
  std::uint64_t packets = 0;  // metered
  std::uint64_t duplicates = 0;
  std::uint64_t without_ip = 0;        // kept packets with nothing to meter: ARP, opaque, cut
  std::uint64_t orphan_fragments = 0;  // later fragments whose first one never came
  std::uint64_t flows = 0;
  std::uint64_t records = 0;
  std::uint64_t evicted = 0;
  std::uint64_t resumed_after_idle = 0;
};

// Turns inner packets into flow records: both directions joined, timeouts by the packets' own time,
// fragments put to their flows, duplicates of mirrors told. Fixed memory for a fixed number of
// flows; packets may come in any order. Not thread-safe.
class Meter {
 public:
  using Sink = std::function<void(const FlowRecord& record)>;

  Meter(const MeterOptions& options, Sink sink);

  // Takes a packet that was kept. The counters and records lag some packets behind until
  // advance() or finish().
  void add(const packet::PacketView& view, std::int64_t time_ns);
  // Takes what another thread made of a packet: digested with the same seed, its fragments joined,
  // its fingerprint filled where duplicates are dropped. Shards are not looked at.
  void add(const MeterPacket& packet);
  // Does what is waiting, and gives up flows whose time is over at `now_ns`.
  void advance(std::int64_t now_ns);
  // Gives a record of every open flow.
  void finish();

  [[nodiscard]] const MeterCounters& counters() const { return counters_; }
  [[nodiscard]] std::size_t num_open() const { return pool_.size(); }

 private:
  // A packet waits until the memory that its flow lives in is at hand: so many packets for the slot
  // of the index, so many more for the flow.
  static constexpr std::size_t kRing = 64;
  static constexpr std::size_t kSlotDelay = 12;
  static constexpr std::size_t kStateDelay = 28;
  static constexpr std::size_t kIdlePlaces = 1 << 14;
  static constexpr std::int64_t kSweepNs = 5'000'000'000;

  void enter(const MeterPacket& packet);
  void count_waiting();
  __attribute__((noinline)) void count(const MeterPacket& packet, std::uint32_t likely);
  std::uint32_t open(const MeterPacket& packet);
  [[nodiscard]] std::uint64_t& ended_idle(const FlowKey& key, std::uint64_t& hash);
  void close(std::uint32_t number, EndReason reason);
  void give_record(FlowState& flow, EndReason reason);
  void restart(FlowState& flow, std::int64_t now_ns);
  void sweep();
  void evict();
  [[nodiscard]] std::int64_t idle_limit(const FlowState& flow) const;

  MeterOptions options_;
  Sink sink_;
  FlowPool pool_;
  DuplicateFilter duplicates_;
  std::array<MeterPacket, kRing> waiting_;
  std::array<std::uint32_t, kRing> likely_;  // their flows, of those past kSlotDelay
  std::size_t num_taken_ = 0;
  std::size_t num_counted_ = 0;
  FragmentBook fragments_;
  std::vector<std::uint64_t>
      ended_idle_;  // hashes of flows that timed out, the latest of each place
  std::int64_t now_ns_ = 0;
  std::int64_t next_sweep_ns_ = 0;
  std::uint32_t hand_ = 0;  // where the last eviction looked
  MeterCounters counters_;
};

}  // namespace weir::flow

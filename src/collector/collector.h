#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/ip_address.h"
#include "base/result.h"
#include "collector/health_server.h"
#include "collector/listen_address.h"
#include "flow/meter/flow_record.h"
#include "flow/meter/meter.h"
#include "packet/capture_reader.h"
#include "packet/parser.h"
#include "packet/statistics.h"

namespace weir::collector {

struct CollectorOptions {
  std::vector<ListenAddress> listen;
  // Who may send. Empty: this machine alone, and then every address must be its own.
  std::vector<IpPrefix> allow;
  packet::ParserOptions parser;  // RFC 8926's endpoint, unless told otherwise
  flow::MeterOptions meter;      // shards are the collector's business; draw the seed
  bool has_meter = true;         // false: packets are counted and shown, not metered
  std::size_t num_receivers = 1;
  std::size_t receive_buffer_bytes = std::size_t{32} << 20;  // of each socket
  bool joins_datagrams = true;                               // UDP_GRO
  bool is_pass_through = false;  // every GENEVE packet goes back: a gateway's target
  std::optional<ListenAddress> health;
  // Makes the filter of one receiver; empty: all packets are wanted.
  using Filter =
      std::function<bool(const packet::CapturedPacket& packet, const packet::PacketView& view)>;
  std::function<Result<Filter>()> make_filter;
};

// What the collector did with what came.
struct CollectorCounters {
  // Of allowed sources; kernel_drops stands beside. Where the kernel joins datagrams, it counts
  // those that it drops together as one.
  packet::Statistics packets;
  bool has_joined_drops = false;
  flow::MeterCounters flows;
  std::uint64_t open_flows = 0;
  std::uint64_t not_allowed = 0;    // datagrams of sources that are not on the list
  std::uint64_t returned = 0;       // pass-through
  std::uint64_t return_failed = 0;  // too long for the way back, no room, from itself
  std::uint64_t handed_over = 0;    // metered by another receiver than the one that got them
};
[[nodiscard]] std::string to_text(const CollectorCounters& counters);
[[nodiscard]] std::string to_prometheus(const CollectorCounters& counters);

class Receiver;
struct ReceiverShare;

// Listens for GENEVE and VXLAN and meters what they carry. Sinks are called by the receivers'
// threads, several at a time, and hold them up: they should be quick.
class Collector {
 public:
  struct Sinks {
    std::function<void(const flow::FlowRecord& record)> record;
    // Optional, for showing packets: slow, as it sees every one.
    std::function<void(const packet::CapturedPacket& packet, const packet::PacketView& view)>
        packet;
    // Optional, of pass-through: likewise each packet that went back, as it went.
    std::function<void(const packet::CapturedPacket& packet, const packet::PacketView& view)>
        returned;
  };

  // Opens the sockets; nothing is taken before start(). `clock` outlives it. kUsage where options
  // contradict one another.
  [[nodiscard]] static Result<std::unique_ptr<Collector>> open(CollectorOptions options,
                                                               const Clock& clock, Sinks sinks);
  ~Collector();  // stops

  void start();
  // Takes what the kernel has already got, gives a record of each open flow, ends the threads. The
  // health answer is 503 from its beginning.
  void stop();

  // With the ports that were got.
  [[nodiscard]] const std::vector<ListenAddress>& addresses() const { return addresses_; }
  [[nodiscard]] std::optional<ListenAddress> health_address() const;
  // What each socket got of receive_buffer_bytes.
  [[nodiscard]] std::size_t receive_buffer_bytes() const;
  // A quarter of a second old at most. From any thread.
  [[nodiscard]] CollectorCounters counters() const;

 private:
  Collector(CollectorOptions options, const Clock& clock, Sinks sinks);

  std::unique_ptr<ReceiverShare> share_;
  std::vector<std::unique_ptr<Receiver>> receivers_;
  std::vector<std::thread> threads_;
  std::vector<ListenAddress> addresses_;
  std::unique_ptr<HealthServer> health_;
};

}  // namespace weir::collector

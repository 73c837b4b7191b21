#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "base/prefix_table.h"
#include "collector/collector.h"
#include "collector/packet_return.h"
#include "collector/packet_ring.h"
#include "collector/udp_socket.h"
#include "flow/meter/fragment_book.h"
#include "flow/meter/meter.h"
#include "packet/parser.h"

namespace weir::collector {

// Wakes a receiver that sleeps.
class Doorbell {
 public:
  Doorbell();
  ~Doorbell();
  Doorbell(const Doorbell&) = delete;
  Doorbell& operator=(const Doorbell&) = delete;

  [[nodiscard]] int descriptor() const { return descriptor_; }
  void ring() const;
  void silence() const;
  std::atomic<bool> is_awaited{false};

 private:
  int descriptor_;
};

// What all receivers of a collector have in common.
struct ReceiverShare {
  ReceiverShare(CollectorOptions given, const Clock& time, Collector::Sinks targets)
      : options(std::move(given)),
        clock(time),
        sinks(std::move(targets)),
        parser(options.parser),
        fragments(options.meter.seed) {}

  CollectorOptions options;
  const Clock& clock;
  Collector::Sinks sinks;
  packet::Parser parser;
  PrefixTable allowed;
  std::mutex fragment_mutex;  // fragments are rare, and their first may come to another receiver
  flow::FragmentBook fragments;
  std::vector<std::vector<std::unique_ptr<PacketRing>>> rings;  // [from][to]
  std::vector<std::unique_ptr<Doorbell>> bells;
  std::atomic<bool> is_stopping{false};
  std::atomic<std::size_t> num_receiving{0};
};

// One thread of a collector.
class Receiver {
 public:
  [[nodiscard]] static Result<std::unique_ptr<Receiver>> open(
      ReceiverShare& share, std::size_t index, const std::vector<ListenAddress>& addresses);

  // Until the share is stopping; then takes what is there and ends the flows.
  void run();

  [[nodiscard]] std::vector<ListenAddress> addresses() const;
  [[nodiscard]] std::size_t receive_buffer_bytes() const;
  [[nodiscard]] CollectorCounters counters() const;

 private:
  Receiver(ReceiverShare& share, std::size_t index);
  void wait();
  bool receive();
  void take(const Datagram& datagram);
  void tell_return(std::span<const std::byte> frame);
  void meter(const packet::PacketView& view, std::int64_t time_ns);
  bool drain_rings();
  void tick();
  void publish();

  ReceiverShare& share_;
  std::size_t index_;
  std::vector<UdpSocket> sockets_;
  std::optional<PacketReturn> return_;
  CollectorOptions::Filter filter_;
  flow::Meter meter_;
  packet::PacketView view_;
  packet::PacketView returned_view_;
  flow::MeterPacket packet_;
  IpAddress last_source_;
  bool is_last_allowed_ = false;
  std::int64_t next_tick_ns_ = 0;
  std::uint64_t orphan_fragments_ = 0;
  std::uint64_t without_ip_ = 0;
  CollectorCounters counts_;  // of this thread
  mutable std::mutex published_mutex_;
  CollectorCounters published_;
};

}  // namespace weir::collector

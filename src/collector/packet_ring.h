#pragma once

#include <atomic>
#include <cstddef>
#include <memory>

#include "flow/meter/meter_packet.h"

namespace weir::collector {

// Packets on their way from one receiver to another: one thread writes, one reads, neither locks.
class PacketRing {
 public:
  static constexpr std::size_t kPlaces = 1024;

  PacketRing() : packets_(std::make_unique<flow::MeterPacket[]>(kPlaces)) {}

  // False where it is full.
  [[nodiscard]] bool push(const flow::MeterPacket& packet) {
    const std::size_t end = end_.load(std::memory_order_relaxed);
    if (end - seen_begin_ == kPlaces) {
      seen_begin_ = begin_.load(std::memory_order_acquire);
      if (end - seen_begin_ == kPlaces) {
        return false;
      }
    }
    packets_[end % kPlaces] = packet;
    end_.store(end + 1, std::memory_order_release);
    return true;
  }

  // Gives all that is there to `take`; how many there were.
  template <class Take>
  std::size_t drain(Take take) {
    const std::size_t begin = begin_.load(std::memory_order_relaxed);
    const std::size_t end = end_.load(std::memory_order_acquire);
    for (std::size_t i = begin; i != end; ++i) {
      take(packets_[i % kPlaces]);
    }
    begin_.store(end, std::memory_order_release);
    return end - begin;
  }

 private:
  std::unique_ptr<flow::MeterPacket[]> packets_;
  alignas(64) std::atomic<std::size_t> begin_{0};
  alignas(64) std::atomic<std::size_t> end_{0};
  std::size_t seen_begin_ = 0;  // the writer's last look
};

}  // namespace weir::collector

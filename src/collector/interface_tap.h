#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "base/result.h"
#include "packet/parser.h"

namespace weir::collector {

struct InterfaceTapOptions {
  packet::TunnelPorts ports;  // UDP to others is left out in the kernel
  std::size_t receive_buffer_bytes = std::size_t{32} << 20;
};

// A packet that went through an interface, either way, from its IP header on. Lives until the next
// call of receive().
struct TappedPacket {
  std::span<const std::byte> frame;
  std::uint32_t wire_length = 0;
  std::int64_t time_ns = 0;  // the kernel's
};

// Sees what an interface of this machine receives and sends of GENEVE and VXLAN, without being any
// part of it: both legs of an appliance's traffic. Needs CAP_NET_RAW. Not thread-safe.
class InterfaceTap {
 public:
  // kUsage where there is no such interface.
  [[nodiscard]] static Result<InterfaceTap> open(const std::string& interface,
                                                 const InterfaceTapOptions& options);
  InterfaceTap(InterfaceTap&&) noexcept;
  InterfaceTap& operator=(InterfaceTap&&) noexcept;
  ~InterfaceTap();

  [[nodiscard]] int descriptor() const;

  // Takes what has come, without waiting, as much as fits into one batch; how many there were.
  template <class Take>
  std::size_t receive(Take take) {
    const std::size_t num_messages = fill_batch();
    for (std::size_t i = 0; i < num_messages; ++i) {
      TappedPacket tapped;
      if (read_message(i, tapped)) {
        take(tapped);
      }
    }
    return num_messages;
  }

  // Packets that the kernel had no room for since the tap was opened.
  [[nodiscard]] std::uint64_t num_kernel_drops();

 private:
  struct Batch;
  explicit InterfaceTap(std::unique_ptr<Batch> batch);
  std::size_t fill_batch();
  // False: seen twice by the nature of loopback, where each packet goes out and comes in.
  [[nodiscard]] bool read_message(std::size_t index, TappedPacket& tapped);

  std::unique_ptr<Batch> batch_;
};

}  // namespace weir::collector

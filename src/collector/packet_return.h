#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "base/result.h"
#include "packet/view.h"

namespace weir::collector {

// Gives packets back to the gateway that sent them, as AWS wants it of a target: the GENEVE header,
// its options and the packet inside as they are, byte for byte, outer addresses swapped, UDP ports
// not. That source port is not the target's own, so a raw socket is needed (CAP_NET_RAW). Not
// thread-safe.
class PacketReturn {
 public:
  // Gets each frame that the kernel took.
  using Sent = std::function<void(std::span<const std::byte> frame)>;
  [[nodiscard]] static Result<PacketReturn> open(Sent sent = {});
  PacketReturn(PacketReturn&&) noexcept;
  PacketReturn& operator=(PacketReturn&&) noexcept;
  ~PacketReturn();

  // A packet that came through one sound GENEVE header. What is wrong further inside is the
  // traffic's own business: whoever stands in its path hands it on.
  [[nodiscard]] static bool must_return(const packet::PacketView& view) noexcept;

  // Swaps the addresses of a frame that begins with its IPv4 header and sends it with others: it
  // must stay in place until flush(). One whose addresses are the same is not sent: it would come
  // back to be returned, without end.
  void add(std::span<std::byte> frame);
  void flush();

  [[nodiscard]] std::uint64_t num_returned() const;
  // Too long for the way back, no room in the queue, or from the address that it came to.
  [[nodiscard]] std::uint64_t num_failed() const;

 private:
  struct Batch;
  explicit PacketReturn(std::unique_ptr<Batch> batch);
  std::unique_ptr<Batch> batch_;
};

}  // namespace weir::collector

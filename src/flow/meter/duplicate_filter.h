#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "packet/view.h"

namespace weir::flow {

// What tells an inner packet from others, whatever tunnel it came through.
struct Fingerprint {
  std::uint64_t packet = 0;  // all that stays the same on the way: no TTL, no checksum
  std::uint16_t tunnel = 0;  // the tunnel's source and VNI
};
[[nodiscard]] Fingerprint fingerprint_of(const packet::PacketView& view) noexcept;

// Tells packets that came twice because both of their ends are mirrored, or because a capture
// beside an appliance saw them come and go: the same inner packet through another tunnel, within a
// short window. A repeat through the same tunnel is a retransmission. In fixed memory: of two
// packets on one place the older is forgotten.
class DuplicateFilter {
 public:
  // Without `is_used` it takes no memory, and must not be asked.
  DuplicateFilter(std::int64_t window_ns, bool is_used);

  __attribute__((always_inline)) inline void prefetch(const Fingerprint& print) const noexcept {
    __builtin_prefetch(&seen_[print.packet >> kShift], 1);
  }
  // Remembers the packet. True: it was here before, through another tunnel.
  [[nodiscard]] bool is_duplicate(const Fingerprint& print, std::int64_t time_ns) noexcept {
    Seen& seen = seen_[print.packet >> kShift];
    const auto tag = static_cast<std::uint32_t>(print.packet);
    const auto time = static_cast<std::uint16_t>(time_ns >> kTimeShift);
    if (seen.tag == tag && seen.tunnel != print.tunnel &&
        static_cast<std::uint16_t>(time - seen.time + 1) <= window_) {
      return true;
    }
    seen = {tag, print.tunnel, time};
    return false;
  }

 private:
  struct Seen {
    std::uint32_t tag = 0;
    std::uint16_t tunnel = 0;
    std::uint16_t time = 0;  // in units of 2^20 ns, about a millisecond; wraps around
  };
  static constexpr std::size_t kPlaces = 1 << 16;
  static constexpr unsigned kShift = 64 - 16;
  static constexpr unsigned kTimeShift = 20;

  std::vector<Seen> seen_;
  std::uint16_t window_;  // with one unit before it, for packets that come in another order
};

}  // namespace weir::flow

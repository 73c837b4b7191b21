#pragma once

#include <cstdint>
#include <vector>

#include "packet/view.h"

namespace weir::flow {

// Tells packets that came twice because both of their ends are mirrored, or because a capture
// beside an appliance saw them come and go: the same inner packet (but for TTL and checksum)
// through another tunnel, within a short window. A repeat through the same tunnel is a
// retransmission. In fixed memory: of two packets on one place the older is forgotten.
class DuplicateFilter {
 public:
  explicit DuplicateFilter(std::int64_t window_ns);

  // Remembers the packet. True: it was here before, through another tunnel.
  [[nodiscard]] bool is_duplicate(const packet::PacketView& view, std::int64_t time_ns) noexcept;

 private:
  struct Seen {
    std::uint64_t fingerprint = 0;
    std::uint32_t tunnel = 0;
    std::uint32_t time = 0;  // in 65,536 ns, wraps around
  };
  static constexpr std::size_t kPlaces = 1 << 16;

  std::vector<Seen> seen_;
  std::uint32_t window_;
};

}  // namespace weir::flow

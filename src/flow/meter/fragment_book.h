#pragma once

#include <cstdint>
#include <vector>

#include "flow/meter/meter_packet.h"
#include "packet/view.h"

namespace weir::flow {

// Gives later fragments of inner packets the ports that only the first one has. Fixed memory: of
// two that fall on one place the later stays. Not thread-safe.
class FragmentBook {
 public:
  explicit FragmentBook(std::uint64_t seed) : seed_(seed), places_(kPlaces) {}

  // `packet` is the digest of `view`, a fragment: the first is remembered, a later one gets its
  // ports, and with them key and hash. False: a later one whose first is not known.
  [[nodiscard]] bool join(const packet::PacketView& view, MeterPacket& packet);

 private:
  static constexpr std::size_t kPlaces = 4096;
  static constexpr std::int64_t kLongestNs = 30'000'000'000;

  struct Place {
    std::uint64_t name = 0;
    std::int64_t time_ns = 0;
    std::uint16_t source_port = 0;
    std::uint16_t destination_port = 0;
  };

  std::uint64_t seed_;
  std::vector<Place> places_;
};

}  // namespace weir::flow

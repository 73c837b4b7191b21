#include "packet/statistics.h"

#include <algorithm>
#include <functional>
#include <numeric>

#include "packet/option_rows.h"

namespace weir::packet {
namespace {

constexpr std::uint64_t option_key(std::uint16_t option_class, std::uint8_t type) {
  return (std::uint64_t{option_class} << 8) | type;
}

// The area is what a Gateway Load Balancer sends, which is counted without a walk.
bool is_gateway_triple(std::span<const std::byte> area) {
  return area.size() == 32 && load_be32(area.data()) == 0x0108'0102 &&
         load_be32(area.data() + 12) == 0x0108'0202 && load_be32(area.data() + 24) == 0x0108'0301;
}

template <class Array>
void add_each(Array& to, const Array& from) {
  std::transform(to.begin(), to.end(), from.begin(), to.begin(), std::plus<>());
}

}  // namespace

void Statistics::add_kept(const PacketView& view) noexcept {
  nested_ += view.num_tunnels > 1 ? 1 : 0;
  for (std::size_t i = 0; i < view.num_tunnels; ++i) {
    const TunnelLayer& tunnel = view.tunnels[i];
    ++tunnels_[static_cast<std::size_t>(tunnel.kind)];
    vnis_.add(tunnel.vni);
    ether_types_.add(tunnel.protocol);
    if (is_gateway_triple(view.options(tunnel))) {
      ++gateway_triples_;
    } else if (tunnel.num_options > 0) {
      OptionWalk walk(view.options(tunnel));
      while (const auto option = walk.next()) {
        option_types_.add(option_key(option->option_class, option->type));
      }
    }
  }
  if (view.has_inner_ip()) {
    const IpLayer& ip = view.inner_ip();
    inner_bytes_ += ip.length;
    ++inner_protocols_[ip.protocol];
    ++(ip.version == 4 ? inner_v4_ : inner_v6_);
  }
}

void Statistics::merge(const Statistics& other) {
  add_each(verdicts_, other.verdicts_);
  add_each(flags_, other.flags_);
  add_each(tunnels_, other.tunnels_);
  add_each(inner_protocols_, other.inner_protocols_);
  captured_bytes_ += other.captured_bytes_;
  wire_bytes_ += other.wire_bytes_;
  inner_bytes_ += other.inner_bytes_;
  inner_v4_ += other.inner_v4_;
  inner_v6_ += other.inner_v6_;
  nested_ += other.nested_;
  gateway_triples_ += other.gateway_triples_;
  kernel_drops += other.kernel_drops;
  option_types_.merge(other.option_types_);
  ether_types_.merge(other.ether_types_);
  vnis_.merge(other.vnis_);
}

std::uint64_t Statistics::received() const noexcept {
  return std::accumulate(verdicts_.begin(), verdicts_.end(), std::uint64_t{0});
}

std::uint64_t Statistics::skipped() const noexcept {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < kNumVerdicts; ++i) {
    sum += is_skip(static_cast<Verdict>(i)) ? verdicts_[i] : 0;
  }
  return sum;
}

std::uint64_t Statistics::dropped() const noexcept { return received() - kept() - skipped(); }

BoundedCounts Statistics::option_types() const {
  BoundedCounts counts = option_types_;
  if (gateway_triples_ > 0) {
    for (std::uint8_t type = 1; type <= 3; ++type) {
      counts.add(option_key(kAmazonGatewayClass, type), gateway_triples_);
    }
  }
  return counts;
}

std::uint64_t Statistics::options() const noexcept {
  return 3 * gateway_triples_ + option_types_.total();
}

}  // namespace weir::packet

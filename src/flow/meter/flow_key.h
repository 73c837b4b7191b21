#pragma once

#include <cstddef>
#include <cstdint>

#include "base/int128.h"
#include "base/ip_address.h"

namespace weir::flow {

// Names a flow, the same for both of its directions: the two ends are in order of address and port.
// Address ranges overlap from one network to the next, so the network is part of it: the gateway's
// endpoint where there is one, else the tunnel's two ends and VNI.
struct FlowKey {
  IpAddress low;
  IpAddress high;
  std::uint64_t network = 0;
  std::uint32_t vni = 0;
  std::uint16_t low_port = 0;
  std::uint16_t high_port = 0;
  std::uint8_t protocol = 0;
  std::uint8_t tunnel_kind = 0;
  std::uint8_t is_gateway = 0;  // `network` is an endpoint's id
  std::uint8_t padding = 0;
  std::uint32_t padding_word = 0;

  friend bool operator==(const FlowKey&, const FlowKey&) = default;
};
static_assert(sizeof(FlowKey) == 56);

// Multiplies to 128 bits and folds the halves: spreads every bit in a few cycles.
[[nodiscard]] constexpr std::uint64_t fold_multiply(std::uint64_t a, std::uint64_t b) noexcept {
  const UInt128 product = static_cast<UInt128>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

// Which of `num_shares` meters a packet belongs to: by its inner ends alone, so that both
// directions come together, and the copies of a packet that came through several mirrors too.
[[nodiscard]] inline std::uint32_t share_of(const FlowKey& key, std::uint64_t seed,
                                            std::uint32_t num_shares) noexcept {
  const std::uint64_t ends =
      fold_multiply(key.low.low ^ seed, key.high.low ^ 0x9e37'79b9'7f4a'7c15) ^
      fold_multiply(key.low.high ^ 0x2545'f491'4f6c'dd1d, key.high.high ^ ~seed);
  const std::uint64_t ports =
      (std::uint64_t{key.low_port} << 32) | (std::uint64_t{key.high_port} << 16) | key.protocol;
  return static_cast<std::uint32_t>(fold_multiply(ends, ports ^ 0xa076'1d64'78bd'642f) >> 32) %
         num_shares;
}

[[nodiscard]] __attribute__((always_inline)) inline std::uint64_t hash_of(
    const FlowKey& key, std::uint64_t seed) noexcept {
  const std::uint64_t ports =
      (std::uint64_t{key.low_port} << 48) | (std::uint64_t{key.high_port} << 32) | key.vni;
  const std::uint64_t kinds =
      (std::uint64_t{key.protocol} << 16) | (std::uint64_t{key.tunnel_kind} << 8) | key.is_gateway;
  const std::uint64_t a = fold_multiply(key.low.high ^ 0xa076'1d64'78bd'642f, key.low.low ^ seed);
  const std::uint64_t b =
      fold_multiply(key.high.high ^ 0xe703'7ed1'a0b4'28db, key.high.low ^ 0x8ebc'6af0'9c88'c6e3);
  const std::uint64_t c =
      fold_multiply(key.network ^ 0x5899'65cc'7537'4cc3, ports ^ kinds ^ 0x1d8e'4e27'c47d'124f);
  return fold_multiply(a ^ 0xeb44'acca'b455'd165, b ^ (c << 1 | c >> 63));
}

}  // namespace weir::flow

#include "flow/meter/duplicate_filter.h"

#include <algorithm>

#include "flow/meter/flow_key.h"

namespace weir::flow {
namespace {

// Odd numbers without pattern.
constexpr std::uint64_t kMixFirst = 0xa076'1d64'78bd'642f;
constexpr std::uint64_t kMixSecond = 0xe703'7ed1'a0b4'28db;
// Transport header and the first bytes of payload: two words of 16.
constexpr std::size_t kFingerprintBytes = 32;

std::uint64_t mix_words(std::uint64_t hash, const std::byte* at) {
  return fold_multiply(packet::load_be64(at) ^ kMixFirst, packet::load_be64(at + 8) ^ hash);
}

// At most kFingerprintBytes of `size`. What most packets have, 16 bytes and more, is taken as two
// parts that may overlap, so that no branch depends on how many there are.
std::uint64_t mix_bytes(std::uint64_t hash, const std::byte* at, std::size_t size) {
  if (size >= 16) {
    const std::size_t taken = std::min(size, kFingerprintBytes);
    return mix_words(mix_words(hash, at), at + taken - 16);
  }
  if (size > 0) {
    std::byte rest[16]{};
    std::copy_n(at, size, rest);
    hash = fold_multiply(packet::load_be64(rest) ^ kMixSecond, packet::load_be64(rest + 8) ^ hash);
  }
  return hash;
}

}  // namespace

DuplicateFilter::DuplicateFilter(std::int64_t window_ns, bool is_used)
    : seen_(is_used ? kPlaces : 0),
      window_(static_cast<std::uint16_t>(
          std::clamp<std::int64_t>((window_ns >> kTimeShift) + 2, 2, 0x7fff))) {}

Fingerprint fingerprint_of(const packet::PacketView& view) noexcept {
  const packet::IpLayer& ip = view.inner_ip();
  const std::byte* const header = view.frame.data() + ip.offset;
  std::uint64_t hash = kMixSecond ^ ip.length;
  if (ip.version == 4) {
    // Total length and identification, flags and offset; then protocol and the addresses.
    hash = fold_multiply(packet::load_be64(header) ^ kMixFirst,
                         packet::load_be64(header + 12) ^ hash ^ ip.protocol);
  } else {
    hash = fold_multiply((packet::load_be64(header) & ~std::uint64_t{0xff}) ^ kMixFirst, hash);
    hash = mix_bytes(hash, header + 8, 32);
  }
  const std::size_t captured = view.end > ip.payload_offset ? view.end - ip.payload_offset : 0;
  hash = mix_bytes(hash, view.frame.data() + ip.payload_offset, captured);

  const packet::IpLayer& carrier = view.ips[view.num_ips - 2U];
  const IpAddress from = view.source(carrier);
  const bool is_gateway = (view.gateway.present & 1U) != 0 && view.num_tunnels == 1;
  // Behind a gateway, networks of other endpoints may hold the same addresses: theirs are not ours.
  hash ^= is_gateway ? view.gateway.endpoint * kMixFirst : 0;
  const std::uint64_t tunnel = fold_multiply(from.low ^ from.high ^ kMixSecond,
                                             view.tunnels[view.num_tunnels - 1U].vni ^ kMixFirst);
  return {hash, static_cast<std::uint16_t>(tunnel >> 24)};
}

}  // namespace weir::flow

#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace weir {

// An IPv4 or IPv6 address as one 128-bit number in host order. An IPv4 address is held in its
// IPv4-mapped form ::ffff:a.b.c.d (RFC 4291 section 2.5.5.2), so both kinds compare, sort and match
// prefixes as numbers; a mapped address in the input is that IPv4 address.
struct IpAddress {
  std::uint64_t high = 0;
  std::uint64_t low = 0;

  static constexpr std::uint64_t kMappedV4 = 0x0000'ffff'0000'0000;

  static constexpr IpAddress from_v4(std::uint32_t v4) { return {0, kMappedV4 | v4}; }
  [[nodiscard]] constexpr bool is_v4() const { return high == 0 && (low >> 32) == 0xffff; }
  [[nodiscard]] constexpr std::uint32_t v4() const { return static_cast<std::uint32_t>(low); }

  friend constexpr auto operator<=>(const IpAddress&, const IpAddress&) = default;
  friend constexpr bool operator==(const IpAddress&, const IpAddress&) = default;
};

// Longest text of an address: six groups of 4 hex digits, their colons and a dotted tail. What
// format_ip writes needs 39.
inline constexpr std::size_t kMaxIpText = 45;

// Reads dotted-quad IPv4 (no leading zeros beyond "0", four parts) or any RFC 4291 form of IPv6,
// without zone or brackets. Hardened against untrusted input; allocates nothing.
[[nodiscard]] std::optional<IpAddress> parse_ip(std::string_view text);

// Writes the canonical form (RFC 5952) into `out`, which has room for kMaxIpText bytes; returns
// the number of bytes written.
std::size_t format_ip(const IpAddress& address, char* out);
[[nodiscard]] std::string to_string(const IpAddress& address);

// A network prefix. `length` counts bits of the 128-bit form: 10.0.0.0/8 has length 104.
struct IpPrefix {
  IpAddress address;
  std::uint8_t length = 0;

  // The length from which on a prefix can lie in IPv4, in bits of the 128-bit form.
  static constexpr std::uint8_t kMappedLength = 96;

  // A network of IPv6 (::/0) holds no IPv4 address, though the mapped form lies between its ends.
  [[nodiscard]] bool contains(const IpAddress& candidate) const;
  [[nodiscard]] IpAddress first() const;
  [[nodiscard]] IpAddress last() const;
};

// Reads "10.0.0.0/8" or "2001:db8::/32"; a bare address is a prefix of one. Host bits are cleared.
[[nodiscard]] std::optional<IpPrefix> parse_prefix(std::string_view text);
[[nodiscard]] std::string to_string(const IpPrefix& prefix);

}  // namespace weir

#include "flow/scope.h"

#include <fmt/format.h>

#include <array>
#include <optional>

namespace weir::flow {
namespace {

constexpr std::array<std::string_view, 12> kScopeNames = {
    "vpc",       "private",  "shared",        "link-local", "loopback",        "unspecified",
    "multicast", "reserved", "documentation", "benchmark",  "special-purpose", "public"};

// What the first octet alone says; kVpc, which no registry can give, stands for "look further".
constexpr std::array<Scope, 256> kByFirstOctet = [] {
  std::array<Scope, 256> scopes{};
  scopes.fill(Scope::kPublic);
  for (const std::size_t octet : {100, 169, 172, 192, 198, 203}) {
    scopes[octet] = Scope::kVpc;
  }
  scopes[0] = Scope::kUnspecified;
  scopes[10] = Scope::kPrivate;
  scopes[127] = Scope::kLoopback;
  for (std::size_t octet = 224; octet < 256; ++octet) {
    scopes[octet] = octet < 240 ? Scope::kMulticast : Scope::kReserved;
  }
  return scopes;
}();

Scope scope_of_v4(std::uint32_t address) {
  const std::uint32_t octet = address >> 24;
  const Scope known = kByFirstOctet[octet];
  if (known != Scope::kVpc) {
    return known;
  }
  const std::uint32_t two = address >> 16;
  const std::uint32_t three = address >> 8;
  switch (octet) {
    case 100:
      return (two & 0xffc0) == 0x6440 ? Scope::kShared : Scope::kPublic;  // 100.64.0.0/10
    case 169:
      return two == 0xa9fe ? Scope::kLinkLocal : Scope::kPublic;  // 169.254.0.0/16
    case 172:
      return (two & 0xfff0) == 0xac10 ? Scope::kPrivate : Scope::kPublic;  // 172.16.0.0/12
    case 192:
      return two == 0xc0a8        ? Scope::kPrivate         // 192.168.0.0/16
             : three == 0xc0'0000 ? Scope::kSpecialPurpose  // 192.0.0.0/24
             : three == 0xc0'0002 ? Scope::kDocumentation   // 192.0.2.0/24
             : three == 0xc0'5863 ? Scope::kSpecialPurpose  // 192.88.99.0/24
                                  : Scope::kPublic;
    case 198:
      return (two & 0xfffe) == 0xc612 ? Scope::kBenchmark      // 198.18.0.0/15
             : three == 0xc6'3364     ? Scope::kDocumentation  // 198.51.100.0/24
                                      : Scope::kPublic;
    default:
      return three == 0xcb'0071 ? Scope::kDocumentation : Scope::kPublic;  // 203.0.113.0/24
  }
}

// The IPv4 address that a translated or tunnelled IPv6 address carries.
std::optional<std::uint32_t> embedded_v4(const IpAddress& address) {
  if (address.high == 0x0064'ff9b'0000'0000 && address.low >> 32 == 0) {
    return static_cast<std::uint32_t>(address.low);
  }
  if (address.high >> 48 == 0x2002) {
    return static_cast<std::uint32_t>(address.high >> 16);
  }
  return std::nullopt;
}

Scope scope_of_v6(const IpAddress& address) {
  if (const auto v4 = embedded_v4(address)) {
    return scope_of_v4(*v4);
  }
  const auto group = static_cast<std::uint32_t>(address.high >> 48);
  if ((group & 0xff00) == 0xff00) {
    return Scope::kMulticast;
  }
  if ((group & 0xfe00) == 0xfc00) {
    return Scope::kPrivate;  // fc00::/7
  }
  if ((group & 0xffc0) == 0xfe80) {
    return Scope::kLinkLocal;  // fe80::/10
  }
  if ((group & 0xffc0) == 0xfec0) {
    return Scope::kSpecialPurpose;  // fec0::/10, deprecated by RFC 3879
  }
  const auto two_groups = static_cast<std::uint32_t>(address.high >> 32);
  switch (group) {
    case 0:
      return address.high != 0 || address.low > 1 ? Scope::kPublic
             : address.low == 1                   ? Scope::kLoopback
                                                  : Scope::kUnspecified;
    case 0x0064:
      return address.high >> 16 == 0x0064'ff9b'0001 ? Scope::kSpecialPurpose : Scope::kPublic;
    case 0x0100:
      return address.high == 0x0100'0000'0000'0000 ? Scope::kSpecialPurpose : Scope::kPublic;
    case 0x2001:
      return two_groups == 0x2001'0db8         ? Scope::kDocumentation
             : (two_groups & 0xfe00) == 0x0000 ? Scope::kSpecialPurpose  // 2001::/23
                                               : Scope::kPublic;
    case 0x3fff:
      return (two_groups & 0xf000) == 0 ? Scope::kDocumentation : Scope::kPublic;  // 3fff::/20
    case 0x5f00:
      return Scope::kSpecialPurpose;  // 5f00::/16
    default:
      return Scope::kPublic;
  }
}

}  // namespace

std::string_view name_of(Scope scope) { return kScopeNames[static_cast<std::size_t>(scope)]; }

Scope registered_scope(const IpAddress& address) {
  return address.is_v4() ? scope_of_v4(address.v4()) : scope_of_v6(address);
}

Result<ScopeTable> ScopeTable::make(std::span<const std::string> vpc_cidrs) {
  std::vector<PrefixTable::Entry> entries;
  for (const std::string& cidr : vpc_cidrs) {
    const auto prefix = parse_prefix(cidr);
    if (!prefix) {
      return fail(ErrorCode::kUsage,
                  fmt::format("--vpc-cidr is no network: give an address and the length of its "
                              "prefix, as 10.0.0.0/16 or 2600:1f18::/56, not '{}'",
                              cidr));
    }
    entries.push_back({*prefix, 0});
  }
  ScopeTable table;
  table.vpc_ = PrefixTable(entries);
  return table;
}

Scope ScopeTable::find(const IpAddress& address) const {
  if (!vpc_.empty()) {
    if (vpc_.find(address) != PrefixTable::kNoValue) {
      return Scope::kVpc;
    }
    const auto v4 = embedded_v4(address);
    if (v4 && vpc_.find(IpAddress::from_v4(*v4)) != PrefixTable::kNoValue) {
      return Scope::kVpc;
    }
  }
  return registered_scope(address);
}

}  // namespace weir::flow

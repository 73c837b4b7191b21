#include "notify/address_rule.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace weir::notify {
namespace {

// IANA's special-purpose registries, without loopback: private, shared, link-local (which holds the
// instance metadata service), documentation, benchmarking, multicast, reserved.
constexpr std::array<std::string_view, 21> kSpecial = {
    "0.0.0.0/8",      "10.0.0.0/8",    "100.64.0.0/10",  "169.254.0.0/16", "172.16.0.0/12",
    "192.0.0.0/24",   "192.0.2.0/24",  "192.168.0.0/16", "198.18.0.0/15",  "198.51.100.0/24",
    "203.0.113.0/24", "224.0.0.0/4",   "240.0.0.0/4",    "::/128",         "64:ff9b::/96",
    "100::/64",       "2001:db8::/32", "2002::/16",      "fc00::/7",       "fe80::/10",
    "ff00::/8"};

bool is_in(std::string_view prefix, const IpAddress& address) {
  const auto parsed = parse_prefix(prefix);
  return parsed && parsed->contains(address);
}

}  // namespace

bool AddressRule::allows(const IpAddress& address) const {
  if (std::any_of(networks.begin(), networks.end(),
                  [&](const IpPrefix& network) { return network.contains(address); })) {
    return true;
  }
  if (is_in("127.0.0.0/8", address) || is_in("::1/128", address)) {
    return allows_loopback;
  }
  return std::none_of(kSpecial.begin(), kSpecial.end(),
                      [&](std::string_view prefix) { return is_in(prefix, address); });
}

}  // namespace weir::notify

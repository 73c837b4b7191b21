#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip_address.h"
#include "base/result.h"

namespace weir::probe {

enum class DnsType : std::uint16_t { kA = 1, kAaaa = 28 };

struct DnsAnswer {
  std::uint8_t code = 0;  // RCODE: 0 done, 2 server failure, 3 no such name
  bool is_cut = false;    // TC: did not fit into a datagram
  std::vector<IpAddress> addresses;
  std::uint32_t ttl_s = 0;  // the smallest on the way from the name to the addresses
};

// A query of RFC 1035 for one name, recursion desired. kUsage where the name cannot be one.
[[nodiscard]] Result<std::vector<std::uint8_t>> write_dns_query(std::string_view name, DnsType type,
                                                                std::uint16_t id);
// Reads the answer to a query. kInput where it is no answer to that id, or broken. Hardened against
// untrusted input: reads each byte at most once for each record, follows no pointers.
[[nodiscard]] Result<DnsAnswer> read_dns_answer(std::span<const std::uint8_t> bytes,
                                                std::uint16_t id, DnsType type);

}  // namespace weir::probe

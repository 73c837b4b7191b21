#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip_address.h"
#include "base/result.h"

namespace weir::probe {

enum class DnsType : std::uint16_t {
  kA = 1,
  kNs = 2,
  kCname = 5,
  kSoa = 6,
  kPtr = 12,
  kMx = 15,
  kTxt = 16,
  kAaaa = 28,
  kSrv = 33,
  kHttps = 65,
};
// By its name, in either case; nullopt where it is none of those above.
[[nodiscard]] std::optional<DnsType> parse_dns_type(std::string_view text);

struct DnsAnswer {
  std::uint8_t code = 0;             // RCODE: 0 done, 2 server failure, 3 no such name
  bool is_cut = false;               // TC: did not fit into a datagram
  std::uint16_t num_records = 0;     // that answer, CNAMEs among them
  std::vector<IpAddress> addresses;  // of types A and AAAA
  std::uint32_t ttl_s = 0;           // the smallest on the way from the name to the addresses
};

// A query of RFC 1035 for one name, recursion desired. kUsage where the name cannot be one.
[[nodiscard]] Result<std::vector<std::uint8_t>> write_dns_query(std::string_view name, DnsType type,
                                                                std::uint16_t id);
// Reads the answer to a query that write_dns_query made. kInput where it has another id, another
// question or is broken. Hardened against untrusted input: reads each byte at most once for each
// record, follows no pointers.
[[nodiscard]] Result<DnsAnswer> read_dns_answer(std::span<const std::uint8_t> bytes,
                                                std::span<const std::uint8_t> query, DnsType type);

}  // namespace weir::probe

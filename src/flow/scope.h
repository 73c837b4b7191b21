#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/ip_address.h"
#include "base/prefix_table.h"
#include "base/result.h"
#include "flow/enrichment.h"

namespace weir::flow {

// Classifies an address by the special-purpose registries of IANA (RFC 6890, RFC 8190) without
// looking at any VPC: a few comparisons, for use on every row. IPv4 in NAT64 (64:ff9b::/96,
// RFC 6052) and 6to4 (2002::/16, RFC 3056) is judged as that IPv4 address.
[[nodiscard]] Scope registered_scope(const IpAddress& address);

// The VPC's own CIDRs before the registries. Immutable, safe from any thread.
class ScopeTable {
 public:
  // Reads CIDRs such as "10.0.0.0/16" and "2600:1f18::/56"; an unreadable one is an error that
  // names it.
  [[nodiscard]] static Result<ScopeTable> make(std::span<const std::string> vpc_cidrs);

  [[nodiscard]] Scope find(const IpAddress& address) const;

 private:
  PrefixTable vpc_;
};

}  // namespace weir::flow

#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/ip_address.h"

namespace weir {

// Maps an address to the value of the longest prefix that holds it. Built once, then immutable and
// safe to read from any thread. Prefixes are flattened into sorted disjoint ranges, so a look-up is
// one binary search whatever the nesting.
class PrefixTable {
 public:
  static constexpr std::uint32_t kNoValue = 0xffff'ffff;

  struct Entry {
    IpPrefix prefix;
    std::uint32_t value = kNoValue;
  };

  PrefixTable() = default;
  // Of two equal prefixes the later entry wins.
  explicit PrefixTable(std::span<const Entry> entries);

  [[nodiscard]] std::uint32_t find(const IpAddress& address) const;
  [[nodiscard]] bool empty() const { return starts_.empty(); }

 private:
  std::vector<IpAddress> starts_;
  std::vector<std::uint32_t> values_;
};

}  // namespace weir

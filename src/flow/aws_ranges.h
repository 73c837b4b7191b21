#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip_address.h"
#include "base/prefix_table.h"
#include "base/result.h"
#include "flow/enrichment.h"
#include "io/file_system.h"

namespace weir::flow {

// AWS's public networks by its ip-ranges.json (https://ip-ranges.amazonaws.com/ip-ranges.json,
// described in the VPC user guide, "AWS IP address ranges"). Immutable after load(), safe from any
// thread; views live as long as the table. Hardened against untrusted input.
class AwsRanges {
 public:
  // Reads the file, 64 MiB at most; an entry that is no network is an error that names it.
  [[nodiscard]] static Result<AwsRanges> load(io::FileSystem& files, const std::string& path);
  // `path` is for messages.
  [[nodiscard]] static Result<AwsRanges> parse(std::string_view json, const std::string& path);

  // The range of the longest prefix. The list names a network once for each service that uses it,
  // and AMAZON for all: the most specific one counts (S3 before EC2 before AMAZON), also where the
  // prefix of the less specific one is the longer. Of equals, the service with fewer prefixes.
  [[nodiscard]] std::optional<AwsRange> find(const IpAddress& address) const {
    const std::uint32_t range = table_.find(address);
    return range == PrefixTable::kNoValue ? std::nullopt : std::optional(ranges_[range]);
  }

 private:
  struct Entry;
  std::string_view intern(std::string_view text);
  void build(std::vector<Entry>& entries);

  std::set<std::string, std::less<>> names_;  // a set: names keep their place when it moves
  std::vector<AwsRange> ranges_;
  PrefixTable table_;
};

}  // namespace weir::flow

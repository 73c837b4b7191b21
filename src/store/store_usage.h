#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "io/file_system.h"
#include "store/stored_table.h"

namespace weir::store {

// What the parts of a table take on disk.
struct TableUsage {
  struct Part {
    std::string name;  // "bytes", "codes of srcaddr dstaddr ...", "dictionary of srcaddr ..."
    std::string kind;  // "column", "codes", "dictionary", "presence", "totals", "footer"
    std::uint64_t bytes = 0;
    std::map<std::string, std::uint64_t> encodings;  // bytes by encoding, where there is one
  };
  std::vector<Part> parts;
  std::uint64_t rows = 0;
  std::uint64_t tail_rows = 0;  // in the write-ahead log
  std::uint64_t bytes = 0;
  std::uint64_t segments = 0;
  std::uint64_t partitions = 0;
};

// Adds up what the segments of a snapshot say of themselves.
[[nodiscard]] Result<TableUsage> measure_table(const TableSnapshot& snapshot);

}  // namespace weir::store

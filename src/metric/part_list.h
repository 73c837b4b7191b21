#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "io/file_system.h"

namespace weir::metric {

// A part as the list names it.
struct PartEntry {
  std::uint64_t number = 0;
  std::uint32_t step_s = 60;
  std::uint32_t partition_s = 0;  // where its partition begins, since 1970
  std::uint64_t size = 0;
};

// Which parts a directory of metrics holds, and from which file on the write-ahead log is not yet
// in them: the file PARTS, replaced as a whole. docs/formats/metric-part.md.
struct PartList {
  std::uint64_t wal_floor = 1;
  std::uint64_t next_number = 1;
  std::vector<PartEntry> parts;
};

[[nodiscard]] std::string part_path(const std::string& directory, std::uint64_t number);

// An empty list where there is no file.
[[nodiscard]] Result<PartList> read_part_list(io::FileSystem& files, const std::string& directory);
// Durable, with all names in the directory, when it returns.
[[nodiscard]] Result<void> write_part_list(io::FileSystem& files, const std::string& directory,
                                           const PartList& list);

}  // namespace weir::metric

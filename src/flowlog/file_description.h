#pragma once

#include <vector>

#include "base/result.h"
#include "flowlog/file_table.h"
#include "flowlog/input_tree.h"

namespace weir::flowlog {

// What a look at the front of a file tells.
struct FileDescription {
  FileReport report;
  std::vector<Layout> layouts;  // all that were seen; report.layout is the first
  bool has_events = false;      // CloudWatch and its kin: records come in events with a time
};

// Reads no more than the front; an error only where the file cannot be read at all.
[[nodiscard]] Result<FileDescription> describe_file(InputTree& tree, const InputFile& file);

}  // namespace weir::flowlog

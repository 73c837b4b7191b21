#include "cli/removed_text.h"

#include <fmt/format.h>

#include <map>
#include <utility>

#include "base/number.h"
#include "base/time_text.h"

namespace weir::cli {

std::string removed_text(const std::vector<store::RemovedSegment>& removed, bool is_planned) {
  if (removed.empty()) {
    return is_planned ? "nothing would be removed\n" : "";
  }
  struct Lost {
    std::uint64_t rows = 0;
    std::string reason;
  };
  std::map<std::pair<std::string, TimeMs>, Lost> partitions;
  for (const store::RemovedSegment& segment : removed) {
    Lost& lost = partitions[{segment.table, segment.partition}];
    lost.rows += segment.num_rows;
    lost.reason = segment.reason;
  }
  std::string text;
  for (const auto& [key, lost] : partitions) {
    text += fmt::format("{}: {}: {} records {} ({})\n", key.first,
                        key.second == INT64_MIN ? "without time" : to_time_text(key.second),
                        format_grouped(static_cast<std::int64_t>(lost.rows)),
                        is_planned ? "would be removed" : "removed", lost.reason);
  }
  return text;
}

}  // namespace weir::cli

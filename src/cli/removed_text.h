#pragma once

#include <string>
#include <vector>

#include "store/manifest_types.h"

namespace weir::cli {

// Says what was removed from a store and why, a line a partition; "" for nothing, unless
// `is_planned`: what would be.
[[nodiscard]] std::string removed_text(const std::vector<store::RemovedSegment>& removed,
                                       bool is_planned);

}  // namespace weir::cli

#pragma once

#include <memory>

#include "base/result.h"
#include "column/scan.h"
#include "store/stored_table.h"
#include "store/table_layout.h"

namespace weir::store {

// Answers a GroupRequest from the roll-ups of the segments that have one which suffices: whose rows
// all count by time, whose keys are those asked for and tested, and more. The other segments and
// the tail are added up as without roll-ups. Null where no segment has one, or the totals by minute
// say it shorter.
[[nodiscard]] Result<std::unique_ptr<column::Scan>> scan_rollups_of(
    const std::shared_ptr<const TableSnapshot>& snapshot, const column::GroupRequest& request,
    const TableLayout& layout, const column::ScanContext& context);

}  // namespace weir::store

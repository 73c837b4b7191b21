#pragma once

#include <memory>

#include "base/result.h"
#include "column/scan.h"
#include "store/stored_table.h"

namespace weir::store {

// Adds the rows of a snapshot up by groups. Null where the request is none that codes or roll-ups
// answer: its keys are columns of the first group, its measures whole numbers, its conjuncts all
// applied by segments.
//
// Of each segment the smallest that suffices is read: its totals by minute (bins of whole minutes,
// keys and conjuncts among the minute keys), a roll-up (rollup_scan.h), its totals by code (no bin,
// no time cut through it), else its codes and numbers.
[[nodiscard]] Result<std::unique_ptr<column::Scan>> scan_groups_of(
    const std::shared_ptr<const TableSnapshot>& snapshot, const column::GroupRequest& request,
    const column::ScanContext& context);

}  // namespace weir::store

#pragma once

#include <memory>
#include <optional>

#include "column/scan.h"
#include "query/plan.h"

namespace weir::query {

// An aggregation that a table may add up itself, and what is left to do then.
struct TableGroups {
  std::shared_ptr<column::Table> table;
  column::GroupRequest request;  // but for what the execution's options say
  // The aggregation of the partial rows that the table gives; has no input.
  std::shared_ptr<const Plan> merge;
};

// The aggregation `plan` as such; nothing where it, or what lies between it and the scan, is more
// than plain columns, one period of a time, conjuncts, counts, sums, means and extremes.
[[nodiscard]] std::optional<TableGroups> to_table_groups(const Plan& plan);

}  // namespace weir::query

#pragma once

#include <optional>
#include <vector>

#include "column/scan.h"
#include "query/expression.h"

namespace weir::query {

// The terms that a predicate joins by `and`.
void split_conjunction(const ExpressionPtr& predicate, std::vector<ExpressionPtr>& terms);
// All of `terms` joined by `and`; null for none.
[[nodiscard]] ExpressionPtr join_conjunction(const std::vector<ExpressionPtr>& terms);

// A term as something that a scan can apply itself: a column compared to constants of its own type.
[[nodiscard]] std::optional<column::Predicate> to_scan_predicate(const Expression& term);

}  // namespace weir::query

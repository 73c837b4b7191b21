#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "column/scan.h"
#include "query/expression.h"
#include "query/function.h"

namespace weir::query {

// A condition on the rows of a table, as --where takes it: bound, not yet asked of anything.
struct Condition {
  std::vector<std::string> columns;  // canonical names that `predicate` refers to, by index
  ExpressionPtr predicate;
};

// Reads what could stand behind WHERE in SQL. Errors point into `text`.
[[nodiscard]] Result<Condition> bind_condition(std::string_view text,
                                               std::shared_ptr<column::Table> table,
                                               const QueryEnvironment& environment);

}  // namespace weir::query

#pragma once

#include <cstdint>
#include <vector>

#include "column/batch.h"
#include "column/scan.h"

namespace weir::flowlog {

// Keeps the rows of a batch for which all of some predicates are true: for the containers that
// LineParser does not filter. Exact for every type and comparison. Not thread-safe.
class RowFilter {
 public:
  explicit RowFilter(std::vector<column::Predicate> predicates)
      : predicates_(std::move(predicates)) {}

  [[nodiscard]] bool empty() const { return predicates_.empty(); }
  void apply(column::Batch& batch);
  // Keeps the rows of `batch` named by `rows`, ascending.
  void keep(column::Batch& batch, const std::vector<std::uint32_t>& rows);

 private:
  std::vector<column::Predicate> predicates_;
  std::vector<std::uint32_t> rows_;
  std::vector<column::Column> old_columns_;  // keeps strings of gathered columns alive
};

// Whether `predicate` is true for the row of `values`, its column.
[[nodiscard]] bool is_true(const column::Predicate& predicate, const column::Column& values,
                           std::size_t row);

}  // namespace weir::flowlog

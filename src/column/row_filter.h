#pragma once

#include <cstdint>
#include <vector>

#include "column/batch.h"
#include "column/scan.h"

namespace weir::column {

// Keeps the rows of a batch for which all of some predicates are true. Exact for every type and
// comparison. Not thread-safe.
class RowFilter {
 public:
  explicit RowFilter(std::vector<Predicate> predicates) : predicates_(std::move(predicates)) {}

  [[nodiscard]] bool empty() const { return predicates_.empty(); }
  void apply(Batch& batch);
  // Keeps the rows of `batch` named by `rows`, ascending.
  void keep(Batch& batch, const std::vector<std::uint32_t>& rows);

 private:
  std::vector<Predicate> predicates_;
  std::vector<std::uint32_t> rows_;
  std::vector<Column> old_columns_;  // keeps strings of gathered columns alive
};

// Whether `predicate` is true for the row of `values`, its column.
[[nodiscard]] bool is_true(const Predicate& predicate, const Column& values, std::size_t row);

}  // namespace weir::column

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/memory_budget.h"
#include "base/result.h"
#include "column/column.h"
#include "query/aggregate.h"
#include "query/execution/interner.h"

namespace weir::query {

// One aggregate over the groups of one table. Its state lies within the group's row (GroupTable),
// at an offset given once; larger things (sets, values of percentiles) lie in this object. One
// object a table, so a thread each.
class AggregateState {
 public:
  using Word = std::uint64_t;
  virtual ~AggregateState() = default;

  // Words that the state takes in a row; zeroed for a new group.
  [[nodiscard]] virtual std::size_t num_words() const = 0;
  // `offset` in words from the begin of a row; `seen` is this aggregate's bit of the row's flags,
  // set once a value that is not null has come.
  void place(std::size_t offset, Word seen) {
    offset_ = offset;
    seen_ = seen;
  }
  // Adds `num_rows` rows: values of the argument (null pointer: count(*)), of order_by where the
  // kind has one, and the group's row of each.
  [[nodiscard]] virtual Result<void> update(const column::Column* values,
                                            const column::Column* order, std::size_t num_rows,
                                            Word* const* rows, std::uint64_t sequence) = 0;
  // Adds the state of a group of another table.
  [[nodiscard]] virtual Result<void> merge(Word* row, const Word* other_row,
                                           const AggregateState& other) = 0;
  // Called once before finish.
  virtual void seal() {}
  // Results of `num_rows` groups; `out` has been reset to the result's type.
  [[nodiscard]] virtual Result<void> finish(const Word* const* rows, std::size_t num_rows,
                                            column::Column& out) = 0;

 protected:
  [[nodiscard]] bool is_seen(const Word* row) const { return (row[0] & seen_) != 0; }

  std::size_t offset_ = 0;
  Word seen_ = 0;
};

// `interner` is the table's own and outlives the state, as does `budget` (may be null).
[[nodiscard]] std::unique_ptr<AggregateState> make_aggregate_state(const Aggregate& aggregate,
                                                                   Interner& interner,
                                                                   MemoryBudget* budget);

}  // namespace weir::query

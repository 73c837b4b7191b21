#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>

#include "base/memory_budget.h"
#include "base/result.h"
#include "column/column.h"
#include "query/aggregate.h"
#include "query/execution/interner.h"

namespace weir::query {

// One aggregate over the groups of one table. Its state lies within the group's row (GroupTable),
// at an offset given once; larger things (sets, values of percentiles) lie in this object. One
// object a table; used by one thread at a time.
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
  // Adds the rows [begin, end) of a batch: values of the argument (null pointer: count(*)), of
  // order_by where the kind has one, and the group's row of each. `sequence` is the batch's. All
  // rows at once, but for kinds that take parts.
  [[nodiscard]] virtual Result<void> update(const column::Column* values,
                                            const column::Column* order, std::size_t begin,
                                            std::size_t end, Word* const* rows,
                                            std::uint64_t sequence) = 0;
  // The same for kinds over partial rows that have Aggregate::parts.
  [[nodiscard]] virtual Result<void> update_with_parts(const column::Column* /*values*/,
                                                       std::span<const column::Column* const>,
                                                       std::size_t /*num_rows*/,
                                                       Word* const* /*rows*/) {
    throw std::logic_error("this aggregate has no parts");
  }
  [[nodiscard]] std::size_t offset() const { return offset_; }
  // True where a batch may come in parts, so that the rows of a part stay near from one aggregate
  // to the next.
  [[nodiscard]] virtual bool takes_parts() const { return false; }
  // What the state is where that is so little that several aggregates are added in one loop over
  // the rows (CodeGroups::add). A sum is told of rows whose sum has gone past 64 bits.
  enum class Simple : std::uint8_t { kNo, kCount, kIntegerSum };
  [[nodiscard]] virtual Simple simple() const { return Simple::kNo; }
  virtual void carry(const Word* /*row*/, bool /*is_negative*/) {}
  [[nodiscard]] Word seen() const { return seen_; }
  // True where a group takes no more memory than its row.
  [[nodiscard]] virtual bool is_within_row() const { return true; }
  // Adds the states of `num_rows` groups of another table, which was sealed to be merged from; its
  // interner has the same dictionary, its place in the rows may be another.
  [[nodiscard]] virtual Result<void> merge(Word* const* rows, const Word* const* other_rows,
                                           std::size_t num_rows, const AggregateState& other) = 0;
  // Called once all rows are in, before finish or before others merge from here.
  enum class Purpose : std::uint8_t { kFinish, kMerge };
  [[nodiscard]] virtual Result<void> seal(Purpose) { return {}; }
  // Forgets all groups.
  virtual void clear() {}
  // Held outside the rows.
  [[nodiscard]] virtual std::size_t memory_bytes() const { return 0; }
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

// One a file: sums, means, variances and counts; extremes; what keeps every value.
[[nodiscard]] std::unique_ptr<AggregateState> make_number_state(const Aggregate& aggregate);
[[nodiscard]] std::unique_ptr<AggregateState> make_extreme_state(const Aggregate& aggregate,
                                                                 Interner& interner);
[[nodiscard]] std::unique_ptr<AggregateState> make_set_state(const Aggregate& aggregate,
                                                             Interner& interner,
                                                             MemoryBudget* budget);

}  // namespace weir::query

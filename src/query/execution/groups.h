#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "base/result.h"
#include "column/batch.h"
#include "query/execution/aggregate_state.h"
#include "query/execution/dictionary.h"
#include "query/execution/group_table.h"
#include "query/execution/interner.h"
#include "query/plan.h"

namespace weir::query {

// The groups of an aggregation, or a part of them, with their aggregates. Used by one thread at a
// time. `plan` and `dictionary` outlive it.
class Groups {
 public:
  using Word = GroupTable::Word;

  Groups(const Plan& plan, Dictionary& dictionary, MemoryBudget* budget);

  // Finds or adds the groups of some rows: GroupTable::find_or_add.
  [[nodiscard]] Result<void> find_or_add(const Word* const* keys, const Word* nulls,
                                         const Word* hashes, std::size_t num_rows, Word** rows) {
    return table_.find_or_add(keys, nulls, hashes, num_rows, rows);
  }
  // Adds the groups at `rows` of `other`, which is sealed to be merged from.
  [[nodiscard]] Result<void> merge(const Word* const* rows, std::size_t num_rows,
                                   const Groups& other);
  // Adds all groups of `other`.
  [[nodiscard]] Result<void> merge(Groups& other);
  [[nodiscard]] Result<void> seal(AggregateState::Purpose purpose);
  void clear();

  // Fills `out` with keys and results of the groups at `rows`.
  [[nodiscard]] Result<void> finish(const Word* const* rows, std::size_t num_rows,
                                    column::Batch& out);
  // The rows in ascending order of their keys, nulls last.
  [[nodiscard]] std::vector<const Word*> rows_in_order() const;

  [[nodiscard]] std::size_t size() const { return table_.size(); }
  [[nodiscard]] const Word* row(std::size_t index) const { return table_.row(index); }
  // Of the values that aggregates keep beside the rows.
  [[nodiscard]] std::size_t state_bytes() const;
  [[nodiscard]] std::size_t row_bytes() const { return row_words_ * sizeof(Word); }
  [[nodiscard]] Interner& interner() { return interner_; }
  [[nodiscard]] std::span<const std::unique_ptr<AggregateState>> states() const { return states_; }

 private:
  const Plan& plan_;
  Interner interner_;
  std::size_t row_words_ = 0;
  std::vector<std::unique_ptr<AggregateState>> states_;
  GroupTable table_;
};

// What all threads of an aggregation put their groups into: parts by hash, each under its own lock,
// so that threads merge side by side and the answer is never in one place twice.
class SharedGroups {
 public:
  SharedGroups(const Plan& plan, Dictionary& dictionary, MemoryBudget* budget);

  // Takes all groups of `source` and clears it. Thread-safe.
  [[nodiscard]] Result<void> take(Groups& source);

  static constexpr std::size_t kParts = 32;
  // Null where no group has come. Only once all threads are done.
  [[nodiscard]] std::unique_ptr<Groups>& part(std::size_t index) { return parts_[index].groups; }

 private:
  struct alignas(64) Part {
    std::mutex mutex;
    std::unique_ptr<Groups> groups;
  };
  const Plan& plan_;
  Dictionary& dictionary_;
  MemoryBudget* budget_;
  std::vector<Part> parts_;
  std::atomic<std::size_t> next_first_{0};
};

}  // namespace weir::query

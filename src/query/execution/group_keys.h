#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/memory_budget.h"
#include "base/result.h"
#include "column/batch.h"
#include "query/evaluate.h"
#include "query/execution/code_groups.h"
#include "query/execution/groups.h"
#include "query/execution/reservation.h"

namespace weir::query {

// Finds the groups of rows by the keys of an aggregation: the way from a batch to Groups. One a
// thread.
//
// Where the keys are coded in one space, a row costs one look into an array. Either the aggregates
// themselves are kept by code for a while (CodeGroups), or the group of each code is remembered.
// Keys that are not coded may stand beside as long as they do not change (the period of records in
// the order of time). Else every row's keys become words, those of coded ones once a code, and the
// table of groups is asked for each row.
class GroupKeys {
 public:
  using Word = GroupTable::Word;
  using States = std::span<const std::unique_ptr<AggregateState>>;

  // `plan` (an aggregation) and `groups` outlive it.
  GroupKeys(const Plan& plan, Groups& groups, MemoryBudget* budget);

  // Finds the aggregates of a batch (of at most GroupTable::kMaxBatch rows), which are those of the
  // groups or others that will be merged into them. rows[i] receives the row that they are in, but
  // where gives_codes().
  [[nodiscard]] Result<States> find(const column::Batch& batch, Word** rows);
  // By code now: either `add` takes the rows of the batch, or find_rows gives the place of each,
  // and all are to be marked, some at a time.
  [[nodiscard]] bool gives_codes() const { return codes_ != nullptr; }
  [[nodiscard]] bool add(std::span<const column::Column* const> values, std::size_t num_rows) {
    return gives_codes() && code_groups_.add(codes_, num_rows, values);
  }
  void find_rows(std::size_t num_rows, Word** rows) const {
    code_groups_.find(codes_, num_rows, rows);
  }
  static void mark(Word* const* rows, std::size_t num_rows) { CodeGroups::mark(rows, num_rows); }
  // Puts everything into the groups: to be called before anybody else looks at them.
  [[nodiscard]] Result<void> settle();
  // To be called when the groups have been cleared, after settle: they have no rows any more.
  void forget();

 private:
  // What is by code now, for one space and one value of the keys that are not coded.
  struct ByCode {
    enum class Mode : std::uint8_t { kUndecided, kAggregates, kGroups };
    Mode mode = Mode::kUndecided;
    std::shared_ptr<const column::CodeSpace> space;
    std::vector<std::shared_ptr<const column::CodeTable>> tables;  // null: a key without codes
    std::vector<Word> others;  // words of the keys without codes, and whether they are null
    std::uint64_t num_rows = 0;
    std::vector<Word*> groups;  // null: not met yet
  };
  // The words of a table's values by code, for one key.
  struct WordOfCode {
    std::shared_ptr<const column::CodeTable> table;
    std::uint64_t num_rows = 0;
    std::vector<Word> words;
  };

  [[nodiscard]] Word* words_of(std::size_t k) { return words_.data() + k * GroupTable::kMaxBatch; }
  [[nodiscard]] bool is_same_throughout(std::size_t k, std::size_t num_rows);
  [[nodiscard]] bool is_still_by(const std::shared_ptr<const column::CodeSpace>& space) const;
  [[nodiscard]] ByCode::Mode begin_codes(const std::shared_ptr<const column::CodeSpace>& space,
                                         std::size_t num_rows);
  [[nodiscard]] Result<void> find_by_code(const std::uint32_t* codes, std::size_t num_rows,
                                          Word** rows);
  [[nodiscard]] Result<void> find_by_words(std::size_t num_rows, Word** rows);
  [[nodiscard]] Result<void> encode_coded(std::size_t k, std::size_t num_rows);
  void mark_nulls(std::size_t k, std::size_t num_rows);

  const std::vector<ExpressionPtr>& expressions_;
  Groups& groups_;
  CodeGroups code_groups_;
  const std::uint32_t* codes_ = nullptr;  // of this batch, where it is by code
  Evaluator evaluator_;
  std::vector<const column::Column*> columns_;  // of the keys, in this batch
  std::vector<Word> words_;
  std::vector<const Word*> keys_;
  std::vector<Word> nulls_;
  bool has_nulls_ = false;
  std::vector<Word> hashes_;

  Reservation reserved_;  // of by_code_.groups
  ByCode by_code_;
  std::vector<WordOfCode> known_words_;  // one a key
  std::vector<Word> others_;             // as of ByCode, of this batch
  std::vector<std::uint32_t> fresh_;     // rows with a code that is new
  std::vector<Word*> fresh_groups_;
  std::vector<column::Column> fresh_columns_;
  column::Column fresh_values_;
  std::vector<Word> fresh_words_;
};

}  // namespace weir::query

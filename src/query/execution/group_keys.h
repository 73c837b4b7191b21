#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/memory_budget.h"
#include "base/result.h"
#include "column/batch.h"
#include "query/evaluate.h"
#include "query/execution/groups.h"
#include "query/execution/reservation.h"

namespace weir::query {

// Finds the groups of rows by key expressions: the way from a batch to Groups. One a thread.
//
// Where the keys are coded in one space, the group of each code is remembered, so that a row costs
// one look into an array; keys that are not coded may stand beside as long as they do not change
// (the period of records in the order of time). Else every row's keys become words, those of coded
// ones once a code, and the table is asked for each row.
class GroupKeys {
 public:
  using Word = GroupTable::Word;

  // `expressions` and `groups` outlive it.
  GroupKeys(const std::vector<ExpressionPtr>& expressions, Groups& groups, MemoryBudget* budget);

  // rows[i] receives the group of row i; a batch has at most GroupTable::kMaxBatch.
  [[nodiscard]] Result<void> find(const column::Batch& batch, Word** rows);
  // To be called when the groups have been cleared: they have no rows any more.
  void forget();

 private:
  // The groups by code, for one space and one value of the keys that are not coded.
  struct GroupOfCode {
    std::shared_ptr<const column::CodeSpace> space;
    std::vector<Word> others;  // words of the keys that are not coded, and how they are
    std::uint64_t num_rows = 0;
    std::vector<Word*> groups;  // null: not met yet
    bool is_ready = false;
  };
  // The words of a table's values by code, for one key.
  struct WordOfCode {
    std::shared_ptr<const column::CodeTable> table;
    std::uint64_t num_rows = 0;
    std::vector<Word> words;
  };

  [[nodiscard]] Word* words_of(std::size_t k) { return words_.data() + k * GroupTable::kMaxBatch; }
  [[nodiscard]] bool is_same_throughout(std::size_t k, std::size_t num_rows);
  [[nodiscard]] bool begin_codes(const std::shared_ptr<const column::CodeSpace>& space,
                                 std::size_t num_rows);
  [[nodiscard]] Result<void> find_by_code(const std::uint32_t* codes, std::size_t num_rows,
                                          Word** rows);
  [[nodiscard]] Result<void> find_by_words(std::size_t num_rows, Word** rows);
  [[nodiscard]] Result<void> encode_coded(std::size_t k, std::size_t num_rows);
  void mark_nulls(std::size_t k, std::size_t num_rows);

  const std::vector<ExpressionPtr>& expressions_;
  Groups& groups_;
  Evaluator evaluator_;
  std::vector<const column::Column*> columns_;  // of the keys, in this batch
  std::vector<Word> words_;
  std::vector<const Word*> keys_;
  std::vector<Word> nulls_;
  bool has_nulls_ = false;
  std::vector<Word> hashes_;

  Reservation reserved_;  // of by_code_
  GroupOfCode by_code_;
  std::vector<WordOfCode> known_words_;  // one a key
  std::vector<Word> others_;
  std::vector<std::uint32_t> fresh_;  // rows with a code that is new
  std::vector<Word*> fresh_groups_;
  std::vector<column::Column> fresh_columns_;
  column::Column fresh_values_;
  std::vector<Word> fresh_words_;
};

}  // namespace weir::query

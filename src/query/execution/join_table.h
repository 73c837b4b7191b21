#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/memory_budget.h"
#include "query/evaluate.h"
#include "query/execution/consumer.h"
#include "query/execution/dictionary.h"
#include "query/execution/group_table.h"
#include "query/execution/interner.h"
#include "query/execution/reservation.h"
#include "query/execution/row_buffer.h"
#include "query/plan.h"

namespace weir::query {

constexpr std::size_t kJoinBatch = GroupTable::kMaxBatch;

// The words of some key expressions over a batch.
class KeyWords {
 public:
  using Word = GroupTable::Word;

  explicit KeyWords(const std::vector<ExpressionPtr>& expressions)
      : expressions_(expressions), words_(expressions.size() * kJoinBatch), nulls_(kJoinBatch) {
    for (std::size_t k = 0; k < expressions.size(); ++k) {
      keys_.push_back(words_.data() + k * kJoinBatch);
    }
  }
  // With `is_unknown` nothing is added: it becomes true for rows with a value that has no word yet.
  [[nodiscard]] Result<void> encode(const column::Batch& batch, Interner& interner,
                                    std::vector<bool>* is_unknown = nullptr) {
    std::fill_n(nulls_.begin(), batch.num_rows, 0);
    for (std::size_t k = 0; k < expressions_.size(); ++k) {
      WEIR_ASSIGN_OR_RETURN(const column::Column* const key,
                            evaluator_.evaluate(*expressions_[k], batch));
      Word* const words = words_.data() + k * kJoinBatch;
      if (is_unknown != nullptr) {
        interner.encode_known(*key, batch.num_rows, words, *is_unknown);
      } else {
        WEIR_RETURN_IF_ERROR(interner.encode(*key, batch.num_rows, words));
      }
      for (std::size_t i = 0; i < batch.num_rows; ++i) {
        nulls_[i] |= key->is_null(i) ? Word{1} << k : 0;
      }
    }
    return {};
  }
  [[nodiscard]] const Word* const* keys() const { return keys_.data(); }
  [[nodiscard]] const Word* nulls() const { return nulls_.data(); }

 private:
  const std::vector<ExpressionPtr>& expressions_;
  Evaluator evaluator_;
  std::vector<Word> words_;
  std::vector<const Word*> keys_;
  std::vector<Word> nulls_;
};

// The right side of a join: its rows, and for each key the chain of its rows.
struct BuildSide {
  BuildSide(MemoryBudget* budget, std::size_t num_keys)
      : rows(budget),
        dictionary(budget),
        interner(dictionary),
        table(num_keys, 1, budget),
        reserved(budget) {}
  RowBuffer rows;
  Dictionary dictionary;
  Interner interner;
  GroupTable table;  // state: place of the first row in `places` plus one
  std::vector<RowBuffer::Place> places;
  std::vector<std::uint32_t> next;  // place of the following row plus one
  Reservation reserved;
};

// Runs the right input of a join or lookup into `side`, indexed by the plan's right keys. Rows with
// a null key are kept and found by none.
[[nodiscard]] Result<void> fill_build_side(const Plan& plan, BuildSide& side, Execution& execution);

}  // namespace weir::query

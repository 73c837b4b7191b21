#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <span>
#include <vector>

#include "base/result.h"
#include "query/execution/aggregate_state.h"
#include "query/execution/interner.h"
#include "query/execution/reservation.h"
#include "query/plan.h"

namespace weir::query {

// Aggregates by code: a row of states for each code of a space, side by side, so that neither keys
// nor pointers are looked at until all rows of the space are in. A row is `flags` (the lowest bit:
// the code has come; the aggregates' bits as in GroupTable), then the states. One a thread.
class CodeGroups {
 public:
  using Word = AggregateState::Word;

  // `interner` and `budget` (may be null) outlive it.
  CodeGroups(const Plan& plan, Interner& interner, MemoryBudget* budget);

  // True where this way is meant for the plan, and for so many codes.
  [[nodiscard]] bool suits(std::uint32_t num_codes) const;
  // Makes empty rows for as many codes. False where the budget refuses.
  [[nodiscard]] bool begin(std::uint32_t num_codes);
  // Forgets all rows.
  void clear();

  // The row of each of some codes; only looked at when marked.
  void find(const std::uint32_t* codes, std::size_t num_rows, Word** rows) const {
    Word* const first = rows_.get();
    const std::size_t stride = stride_;
    for (std::size_t i = 0; i < num_rows; ++i) {
      rows[i] = first + codes[i] * stride;
    }
  }
  // Marks rows as those of codes that have come.
  static void mark(Word* const* rows, std::size_t num_rows) {
    for (std::size_t i = 0; i < num_rows; ++i) {
      if ((rows[i][0] & kHasCome) == 0) [[unlikely]] {
        rows[i][0] |= kHasCome;
      }
    }
  }
  // Adds rows in one loop, values by aggregate; returns false, and does nothing, where the
  // aggregates are more than a count and a few sums of stored integers without nulls.
  [[nodiscard]] bool add(const std::uint32_t* codes, std::size_t num_rows,
                         std::span<const column::Column* const> values);
  // The codes that have come, ascending.
  [[nodiscard]] std::vector<std::uint32_t> codes() const;
  [[nodiscard]] const Word* row(std::uint32_t code) const { return rows_.get() + code * stride_; }
  [[nodiscard]] std::span<const std::unique_ptr<AggregateState>> states() const { return states_; }

 private:
  static constexpr Word kHasCome = 1;
  // What stays near the processor. With more, rows in a table are nearer, where they are few.
  static constexpr std::size_t kMaxBytes = 16 << 20;

  static constexpr std::size_t kMaxSums = 3;
  struct Sum {
    AggregateState* state = nullptr;
    std::size_t offset = 0;
    const std::int64_t* values = nullptr;  // of the batch
  };
  template <std::size_t kSums>
  void add_sums(const std::uint32_t* codes, std::size_t num_rows, std::size_t count_offset);

  struct Free {
    void operator()(Word* words) const { std::free(words); }
  };
  std::size_t stride_ = 1;
  bool is_within_rows_ = true;
  std::vector<std::unique_ptr<AggregateState>> states_;
  std::vector<Sum> sums_;
  std::uint32_t num_codes_ = 0;
  std::size_t capacity_words_ = 0;
  std::unique_ptr<Word, Free> rows_;
  Reservation reserved_;
};

}  // namespace weir::query

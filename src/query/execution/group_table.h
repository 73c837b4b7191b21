#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/memory_budget.h"
#include "base/result.h"

namespace weir::query {

// A hash table of groups: fixed-width keys of 64-bit words to rows that never move.
//
// A row is `flags` (low 16 bits: which keys are null; the rest belongs to the aggregates), the key
// words, then the states. Slots are a byte of hash and four bytes of row number, probed in line;
// the slots of a grown table are made anew from the rows after the old ones are freed, so growing
// needs no second table. Not thread-safe.
class GroupTable {
 public:
  using Word = std::uint64_t;
  static constexpr std::size_t kMaxKeys = 16;
  static constexpr Word kKeyNulls = 0xffff;

  // `budget` may be null.
  GroupTable(std::size_t num_keys, std::size_t state_words, MemoryBudget* budget);
  ~GroupTable();
  GroupTable(const GroupTable&) = delete;
  GroupTable& operator=(const GroupTable&) = delete;

  // Finds or adds the group of each of `num_rows` rows. `keys[k][i]` is key k of row i, `nulls[i]`
  // the bits of its null keys (may be null: none). rows[i] receives the group's row. New rows have
  // zeroed states. At most kMaxBatch rows.
  static constexpr std::size_t kMaxBatch = 2048;
  [[nodiscard]] Result<void> find_or_add(const Word* const* keys, const Word* nulls,
                                         std::size_t num_rows, Word** rows);

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] Word* row(std::size_t index) {
    return chunks_[index / kChunkRows].get() + (index % kChunkRows) * stride_;
  }
  [[nodiscard]] const Word* row(std::size_t index) const {
    return chunks_[index / kChunkRows].get() + (index % kChunkRows) * stride_;
  }
  [[nodiscard]] std::size_t index_of_last() const { return size_ - 1; }
  static Word* keys_of(Word* row) { return row + 1; }
  static const Word* keys_of(const Word* row) { return row + 1; }
  [[nodiscard]] Word* states_of(Word* row) const { return row + 1 + num_keys_; }
  [[nodiscard]] const Word* states_of(const Word* row) const { return row + 1 + num_keys_; }

 private:
  static constexpr std::size_t kChunkRows = 4096;

  template <std::size_t kKeys>
  Result<void> find_or_add_fixed(const Word* const* keys, const Word* nulls, std::size_t num_rows,
                                 Word** rows);
  Result<void> make_slots(std::size_t num_slots);
  Result<Word*> add_row();
  [[nodiscard]] static std::uint64_t hash_words(const Word* keys, std::size_t num_keys, Word nulls);
  [[nodiscard]] bool reserve(std::size_t bytes);

  std::size_t num_keys_;
  std::size_t stride_;  // words a row
  MemoryBudget* budget_;
  std::size_t reserved_bytes_ = 0;
  std::size_t size_ = 0;
  std::size_t mask_ = 0;
  std::unique_ptr<std::uint8_t[]> tags_;  // 0 = free
  std::unique_ptr<std::uint32_t[]> slots_;
  std::vector<std::unique_ptr<Word[]>> chunks_;
};

}  // namespace weir::query

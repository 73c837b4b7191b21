#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <vector>

#include "base/result.h"
#include "query/execution/reservation.h"

namespace weir::query {

// A hash table of groups: fixed-width keys of 64-bit words to rows that never move.
//
// A row is `flags` (low 16 bits: which keys are null; the rest belongs to the aggregates), the key
// words, then the states. A bucket is one line of the cache: a byte of hash and the row's number
// for up to 12 rows; a full one runs over into the next. 9 rows a bucket at most on average, so
// that a group costs its row and 7 to 14 bytes. Look-ups of a batch overlap: buckets and rows are
// asked of memory ahead of their use. Growing makes the buckets anew from the rows after the old
// ones are freed. Not thread-safe.
class GroupTable {
 public:
  using Word = std::uint64_t;
  static constexpr std::size_t kMaxKeys = 16;
  static constexpr Word kKeyNulls = 0xffff;
  static constexpr std::size_t kMaxBatch = 2048;  // rows that one call takes

  // `budget` may be null.
  GroupTable(std::size_t num_keys, std::size_t state_words, MemoryBudget* budget);

  // The hashes of some keys: `keys[k][i]` is key k of row i, `nulls[i]` the bits of its null keys
  // (may be null: none). The word of a null key is 0.
  static void hash_keys(std::size_t num_keys, const Word* const* keys, const Word* nulls,
                        std::size_t num_rows, Word* hashes);
  // The same from rows of a table.
  static void hash_rows(std::size_t num_keys, const Word* const* rows, std::size_t num_rows,
                        Word* hashes);

  // Finds or adds the group of each row; rows[i] receives the group's row. New rows have zeroed
  // states. A refusal of memory leaves the table as it was.
  [[nodiscard]] Result<void> find_or_add(const Word* const* keys, const Word* nulls,
                                         const Word* hashes, std::size_t num_rows, Word** rows);
  [[nodiscard]] Result<void> find_or_add(const Word* const* keys, const Word* nulls,
                                         std::size_t num_rows, Word** rows);
  // Finds groups: null where there is none.
  void find(const Word* const* keys, const Word* nulls, std::size_t num_rows,
            const Word** rows) const;

  // Forgets the rows, keeps the memory.
  void clear();

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::size_t memory_bytes() const { return reserved_.bytes(); }
  [[nodiscard]] Word* row(std::size_t index) {
    return chunks_[index / kChunkRows].get() + (index % kChunkRows) * stride_;
  }
  [[nodiscard]] const Word* row(std::size_t index) const {
    return chunks_[index / kChunkRows].get() + (index % kChunkRows) * stride_;
  }
  static Word* keys_of(Word* row) { return row + 1; }
  static const Word* keys_of(const Word* row) { return row + 1; }
  [[nodiscard]] Word* states_of(Word* row) const { return row + 1 + num_keys_; }
  [[nodiscard]] const Word* states_of(const Word* row) const { return row + 1 + num_keys_; }

 private:
  static constexpr std::size_t kChunkRows = 512;
  static constexpr std::size_t kBucketRows = 12;
  static constexpr std::size_t kMeanBucketRows = 9;

  struct alignas(64) Bucket {
    std::array<std::uint8_t, kBucketRows> tags;  // 0: free; rows fill it from the front
    std::uint32_t unused;
    std::array<std::uint32_t, kBucketRows> rows;
  };
  struct FreeAligned {
    void operator()(void* bytes) const { std::free(bytes); }
  };

  static std::uint8_t tag_of(Word hash) { return static_cast<std::uint8_t>(hash >> 56 | 0x80); }
  // A bit for each row of the bucket that has `tag`.
  static std::uint32_t matches(const Bucket& bucket, std::uint8_t tag);

  template <std::size_t kKeys, bool kAdds>
  void look_up(const Word* const* keys, const Word* nulls, const Word* hashes, std::size_t num_rows,
               Word** rows);
  template <bool kAdds>
  void look_up_any(const Word* const* keys, const Word* nulls, const Word* hashes,
                   std::size_t num_rows, Word** rows);
  template <std::size_t kKeys>
  [[nodiscard]] bool has_keys(const Word* row, const Word* const* keys, std::size_t i,
                              Word nulls) const;
  [[nodiscard]] Result<void> make_room(std::size_t num_rows);
  [[nodiscard]] Result<void> make_buckets(std::size_t num_buckets);

  std::size_t num_keys_;
  std::size_t stride_;  // words a row
  Reservation reserved_;
  std::size_t size_ = 0;
  std::size_t mask_ = 0;  // number of buckets - 1
  std::unique_ptr<Bucket[], FreeAligned> buckets_;
  std::vector<std::unique_ptr<Word[], FreeAligned>> chunks_;
};

}  // namespace weir::query

#include "query/execution/group_table.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <new>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/int128.h"

namespace weir::query {
namespace {

using Word = GroupTable::Word;

constexpr std::size_t kFirstBuckets = 16;
constexpr std::size_t kAhead = 32;  // rows from one stage of a look-up to the next

Word fold_multiply(Word a, Word b) {
  const UInt128 product = static_cast<UInt128>(a) * b;
  return static_cast<Word>(product) ^ static_cast<Word>(product >> 64);
}

Word first_hash(Word nulls) { return nulls * 0x9e3779b97f4a7c15 + 0x2545f4914f6cdd1d; }

Word next_hash(Word hash, Word key, std::size_t k) {
  return fold_multiply(hash ^ key, 0xd6e8feb86659fd93 + 2 * k);
}

Word last_hash(Word hash) { return fold_multiply(hash, 0x9e3779b97f4a7c15); }

void* allocate_lines(std::size_t bytes) {
  void* lines = std::aligned_alloc(64, (bytes + 63) / 64 * 64);
  if (lines == nullptr) {
    throw std::bad_alloc();
  }
  return lines;
}

}  // namespace

GroupTable::GroupTable(std::size_t num_keys, std::size_t state_words, MemoryBudget* budget)
    : num_keys_(num_keys), stride_(1 + num_keys + state_words), reserved_(budget) {}

void GroupTable::hash_keys(std::size_t num_keys, const Word* const* keys, const Word* nulls,
                           std::size_t num_rows, Word* hashes) {
  for (std::size_t i = 0; i < num_rows; ++i) {
    hashes[i] = first_hash(nulls != nullptr ? nulls[i] : 0);
  }
  for (std::size_t k = 0; k < num_keys; ++k) {
    const Word* const words = keys[k];
    for (std::size_t i = 0; i < num_rows; ++i) {
      hashes[i] = next_hash(hashes[i], words[i], k);
    }
  }
  for (std::size_t i = 0; i < num_rows; ++i) {
    hashes[i] = last_hash(hashes[i]);
  }
}

void GroupTable::hash_rows(std::size_t num_keys, const Word* const* rows, std::size_t num_rows,
                           Word* hashes) {
  for (std::size_t i = 0; i < num_rows; ++i) {
    Word hash = first_hash(rows[i][0] & kKeyNulls);
    for (std::size_t k = 0; k < num_keys; ++k) {
      hash = next_hash(hash, keys_of(rows[i])[k], k);
    }
    hashes[i] = last_hash(hash);
  }
}

std::uint32_t GroupTable::matches(const Bucket& bucket, std::uint8_t tag) {
#ifdef __SSE2__
  const __m128i tags = _mm_load_si128(reinterpret_cast<const __m128i*>(bucket.tags.data()));
  const __m128i wanted = _mm_set1_epi8(static_cast<char>(tag));
  return static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(tags, wanted))) & 0xfff;
#else
  std::uint32_t found = 0;
  for (std::size_t i = 0; i < kBucketRows; ++i) {
    found |= static_cast<std::uint32_t>(bucket.tags[i] == tag) << i;
  }
  return found;
#endif
}

Result<void> GroupTable::make_buckets(std::size_t num_buckets) {
  const std::size_t old_bytes = buckets_ ? (mask_ + 1) * sizeof(Bucket) : 0;
  const std::size_t bytes = num_buckets * sizeof(Bucket);
  // The old buckets go before the new ones come.
  if (!reserved_.add(bytes - old_bytes)) {
    return out_of_budget("grouping", *reserved_.budget());
  }
  buckets_.reset();
  buckets_.reset(static_cast<Bucket*>(allocate_lines(bytes)));
  std::memset(static_cast<void*>(buckets_.get()), 0, bytes);
  mask_ = num_buckets - 1;
  const Word* rows[kAhead];
  Word hashes[kAhead];
  for (std::size_t begin = 0; begin < size_; begin += kAhead) {
    const std::size_t count = std::min(kAhead, size_ - begin);
    for (std::size_t i = 0; i < count; ++i) {
      rows[i] = row(begin + i);
    }
    hash_rows(num_keys_, rows, count, hashes);
    for (std::size_t i = 0; i < count; ++i) {
      __builtin_prefetch(&buckets_[hashes[i] & mask_], 1);
    }
    for (std::size_t i = 0; i < count; ++i) {
      std::size_t place = hashes[i] & mask_;
      std::uint32_t free = 0;
      while ((free = matches(buckets_[place], 0)) == 0) {
        place = (place + 1) & mask_;
      }
      const auto slot = static_cast<std::size_t>(std::countr_zero(free));
      buckets_[place].tags[slot] = tag_of(hashes[i]);
      buckets_[place].rows[slot] = static_cast<std::uint32_t>(begin + i);
    }
  }
  return {};
}

// Room for every row of a batch being new, so that nothing is made during a look-up.
Result<void> GroupTable::make_room(std::size_t num_rows) {
  const std::size_t num_buckets = buckets_ ? mask_ + 1 : 0;
  const std::size_t wanted = (size_ + num_rows + kMeanBucketRows - 1) / kMeanBucketRows;
  if (wanted > num_buckets) {
    WEIR_RETURN_IF_ERROR(make_buckets(std::max(kFirstBuckets, std::bit_ceil(wanted))));
  }
  while (size_ + num_rows > chunks_.size() * kChunkRows) {
    const std::size_t bytes = kChunkRows * stride_ * sizeof(Word);
    if (!reserved_.add(bytes)) {
      return out_of_budget("grouping", *reserved_.budget());
    }
    chunks_.emplace_back(static_cast<Word*>(allocate_lines(bytes)));
  }
  return {};
}

template <std::size_t kKeys>
bool GroupTable::has_keys(const Word* row, const Word* const* keys, std::size_t i,
                          Word nulls) const {
  const std::size_t num_keys = kKeys == kMaxKeys ? num_keys_ : kKeys;
  bool is_same = (row[0] & kKeyNulls) == nulls;
  for (std::size_t k = 0; k < num_keys; ++k) {
    is_same &= row[1 + k] == keys[k][i];
  }
  return is_same;
}

// kKeys is the number of keys, or kMaxKeys for a number known at run time. Three stages, kAhead
// rows apart: the bucket is asked for, then the row that its tags point at, then both are used.
template <std::size_t kKeys, bool kAdds>
void GroupTable::look_up(const Word* const* keys, const Word* nulls, const Word* hashes,
                         std::size_t num_rows, Word** rows) {
  const std::size_t num_keys = kKeys == kMaxKeys ? num_keys_ : kKeys;
  const auto ask_for_buckets = [&](std::size_t begin) {
    const std::size_t end = std::min(begin + kAhead, num_rows);
    for (std::size_t i = begin; i < end; ++i) {
      __builtin_prefetch(&buckets_[hashes[i] & mask_], kAdds ? 1 : 0);
    }
  };
  const auto ask_for_rows = [&](std::size_t begin) {
    const std::size_t end = std::min(begin + kAhead, num_rows);
    for (std::size_t i = begin; i < end; ++i) {
      const Bucket& bucket = buckets_[hashes[i] & mask_];
      const std::uint32_t found = matches(bucket, tag_of(hashes[i]));
      rows[i] = nullptr;
      if (found != 0) {
        rows[i] = row(bucket.rows[static_cast<std::size_t>(std::countr_zero(found))]);
        __builtin_prefetch(rows[i], kAdds ? 1 : 0);
        __builtin_prefetch(rows[i] + stride_ - 1, kAdds ? 1 : 0);
      }
    }
  };
  // The whole chain of buckets; adds the row where none has the keys.
  const auto search = [&](std::size_t i, Word null_bits) -> Word* {
    const std::uint8_t tag = tag_of(hashes[i]);
    std::size_t place = hashes[i] & mask_;
    while (true) {
      Bucket& bucket = buckets_[place];
      for (std::uint32_t found = matches(bucket, tag); found != 0; found &= found - 1) {
        Word* const group = row(bucket.rows[static_cast<std::size_t>(std::countr_zero(found))]);
        if (has_keys<kKeys>(group, keys, i, null_bits)) {
          return group;
        }
      }
      if (const std::uint32_t free = matches(bucket, 0); free != 0) {
        if constexpr (kAdds) {
          const auto slot = static_cast<std::size_t>(std::countr_zero(free));
          bucket.tags[slot] = tag;
          bucket.rows[slot] = static_cast<std::uint32_t>(size_);
          Word* const group = row(size_++);
          group[0] = null_bits;
          for (std::size_t k = 0; k < num_keys; ++k) {
            group[1 + k] = keys[k][i];
          }
          std::fill(group + 1 + num_keys, group + stride_, 0);
          return group;
        }
        return nullptr;
      }
      place = (place + 1) & mask_;
    }
  };
  ask_for_buckets(0);
  ask_for_buckets(kAhead);
  ask_for_rows(0);
  for (std::size_t begin = 0; begin < num_rows; begin += kAhead) {
    ask_for_buckets(begin + 2 * kAhead);
    ask_for_rows(begin + kAhead);
    const std::size_t end = std::min(begin + kAhead, num_rows);
    for (std::size_t i = begin; i < end; ++i) {
      const Word null_bits = nulls != nullptr ? nulls[i] : 0;
      if (rows[i] == nullptr || !has_keys<kKeys>(rows[i], keys, i, null_bits)) [[unlikely]] {
        rows[i] = search(i, null_bits);
      }
    }
  }
}

template <bool kAdds>
void GroupTable::look_up_any(const Word* const* keys, const Word* nulls, const Word* hashes,
                             std::size_t num_rows, Word** rows) {
  switch (num_keys_) {
    case 0:
      return look_up<0, kAdds>(keys, nulls, hashes, num_rows, rows);
    case 1:
      return look_up<1, kAdds>(keys, nulls, hashes, num_rows, rows);
    case 2:
      return look_up<2, kAdds>(keys, nulls, hashes, num_rows, rows);
    case 3:
      return look_up<3, kAdds>(keys, nulls, hashes, num_rows, rows);
    case 4:
      return look_up<4, kAdds>(keys, nulls, hashes, num_rows, rows);
    default:
      return look_up<kMaxKeys, kAdds>(keys, nulls, hashes, num_rows, rows);
  }
}

Result<void> GroupTable::find_or_add(const Word* const* keys, const Word* nulls, const Word* hashes,
                                     std::size_t num_rows, Word** rows) {
  assert(num_rows <= kMaxBatch);
  WEIR_RETURN_IF_ERROR(make_room(num_rows));
  look_up_any<true>(keys, nulls, hashes, num_rows, rows);
  return {};
}

Result<void> GroupTable::find_or_add(const Word* const* keys, const Word* nulls,
                                     std::size_t num_rows, Word** rows) {
  Word hashes[kMaxBatch];
  hash_keys(num_keys_, keys, nulls, num_rows, hashes);
  return find_or_add(keys, nulls, hashes, num_rows, rows);
}

void GroupTable::find(const Word* const* keys, const Word* nulls, std::size_t num_rows,
                      const Word** rows) const {
  assert(num_rows <= kMaxBatch);
  if (!buckets_) {
    std::fill_n(rows, num_rows, nullptr);
    return;
  }
  Word hashes[kMaxBatch];
  hash_keys(num_keys_, keys, nulls, num_rows, hashes);
  // Without adding nothing is written.
  const_cast<GroupTable*>(this)->look_up_any<false>(keys, nulls, hashes, num_rows,
                                                    const_cast<Word**>(rows));
}

void GroupTable::clear() {
  size_ = 0;
  if (buckets_) {
    std::memset(static_cast<void*>(buckets_.get()), 0, (mask_ + 1) * sizeof(Bucket));
  }
}

}  // namespace weir::query

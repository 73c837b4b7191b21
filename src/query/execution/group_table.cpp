#include "query/execution/group_table.h"

#include <cstring>

#include "base/int128.h"
#include "query/execution/reservation.h"

namespace weir::query {
namespace {

constexpr std::size_t kFirstSlots = 4096;

std::uint64_t fold_multiply(std::uint64_t a, std::uint64_t b) {
  const UInt128 product = static_cast<UInt128>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

std::uint8_t tag_of(std::uint64_t hash) { return static_cast<std::uint8_t>((hash >> 56) | 1); }

}  // namespace

GroupTable::GroupTable(std::size_t num_keys, std::size_t state_words, MemoryBudget* budget)
    : num_keys_(num_keys), stride_(1 + num_keys + state_words), budget_(budget) {}

GroupTable::~GroupTable() {
  if (budget_ != nullptr) {
    budget_->release(reserved_bytes_);
  }
}

bool GroupTable::reserve(std::size_t bytes) {
  if (budget_ != nullptr && !budget_->reserve(bytes)) {
    return false;
  }
  reserved_bytes_ += bytes;
  return true;
}

std::uint64_t GroupTable::hash_words(const Word* keys, std::size_t num_keys, Word nulls) {
  std::uint64_t hash = nulls * 0x9e3779b97f4a7c15 + 0x2545f4914f6cdd1d;
  for (std::size_t k = 0; k < num_keys; ++k) {
    hash = fold_multiply(hash ^ keys[k], 0xd6e8feb86659fd93 + 2 * k);
  }
  return fold_multiply(hash, 0x9e3779b97f4a7c15);
}

Result<void> GroupTable::make_slots(std::size_t num_slots) {
  const std::size_t old_bytes = tags_ ? (mask_ + 1) * 5 : 0;
  tags_.reset();
  slots_.reset();
  if (budget_ != nullptr) {
    budget_->release(old_bytes);
  }
  reserved_bytes_ -= old_bytes;
  if (!reserve(num_slots * 5)) {
    return out_of_budget("grouping", *budget_);
  }
  tags_ = std::make_unique<std::uint8_t[]>(num_slots);
  slots_ = std::make_unique_for_overwrite<std::uint32_t[]>(num_slots);
  mask_ = num_slots - 1;
  for (std::size_t index = 0; index < size_; ++index) {
    const Word* group = row(index);
    const std::uint64_t hash = hash_words(keys_of(group), num_keys_, group[0] & kKeyNulls);
    std::size_t slot = hash & mask_;
    while (tags_[slot] != 0) {
      slot = (slot + 1) & mask_;
    }
    tags_[slot] = tag_of(hash);
    slots_[slot] = static_cast<std::uint32_t>(index);
  }
  return {};
}

Result<GroupTable::Word*> GroupTable::add_row() {
  if (size_ == chunks_.size() * kChunkRows) {
    const std::size_t bytes = kChunkRows * stride_ * sizeof(Word);
    if (!reserve(bytes)) {
      return out_of_budget("grouping", *budget_);
    }
    chunks_.push_back(std::make_unique<Word[]>(kChunkRows * stride_));
  }
  return row(size_++);
}

Result<void> GroupTable::find_or_add(const Word* const* keys, const Word* nulls,
                                     std::size_t num_rows, Word** rows) {
  switch (num_keys_) {
    case 0:
      return find_or_add_fixed<0>(keys, nulls, num_rows, rows);
    case 1:
      return find_or_add_fixed<1>(keys, nulls, num_rows, rows);
    case 2:
      return find_or_add_fixed<2>(keys, nulls, num_rows, rows);
    case 3:
      return find_or_add_fixed<3>(keys, nulls, num_rows, rows);
    case 4:
      return find_or_add_fixed<4>(keys, nulls, num_rows, rows);
    default:
      return find_or_add_fixed<kMaxKeys>(keys, nulls, num_rows, rows);
  }
}

// kKeys is the number of keys, or kMaxKeys for a number known at run time.
template <std::size_t kKeys>
Result<void> GroupTable::find_or_add_fixed(const Word* const* keys, const Word* nulls,
                                           std::size_t num_rows, Word** rows) {
  const std::size_t num_keys = kKeys == kMaxKeys ? num_keys_ : kKeys;
  if (!tags_) {
    WEIR_RETURN_IF_ERROR(make_slots(kFirstSlots));
  }
  // Room for every row being new, so that the slots stay where they are during the batch.
  if ((size_ + num_rows) * 4 > (mask_ + 1) * 3) {
    std::size_t num_slots = (mask_ + 1) * 2;
    while ((size_ + num_rows) * 4 > num_slots * 3) {
      num_slots *= 2;
    }
    WEIR_RETURN_IF_ERROR(make_slots(num_slots));
  }
  std::uint64_t hashes[kMaxBatch];
  for (std::size_t i = 0; i < num_rows; ++i) {
    std::uint64_t hash =
        (nulls != nullptr ? nulls[i] : 0) * 0x9e3779b97f4a7c15 + 0x2545f4914f6cdd1d;
    for (std::size_t k = 0; k < num_keys; ++k) {
      hash = fold_multiply(hash ^ keys[k][i], 0xd6e8feb86659fd93 + 2 * k);
    }
    hashes[i] = fold_multiply(hash, 0x9e3779b97f4a7c15);
    __builtin_prefetch(&tags_[hashes[i] & mask_]);
    __builtin_prefetch(&slots_[hashes[i] & mask_]);
  }
  constexpr std::size_t kAhead = 16;
  const auto prefetch_row = [&](std::size_t i) {
    const std::size_t slot = hashes[i] & mask_;
    if (tags_[slot] == tag_of(hashes[i])) {
      const Word* group = row(slots_[slot]);
      __builtin_prefetch(group);
      __builtin_prefetch(group + stride_ - 1);
    }
  };
  for (std::size_t i = 0; i < num_rows && i < kAhead; ++i) {
    prefetch_row(i);
  }
  for (std::size_t i = 0; i < num_rows; ++i) {
    if (i + kAhead < num_rows) {
      prefetch_row(i + kAhead);
    }
    const std::uint64_t hash = hashes[i];
    const std::uint8_t tag = tag_of(hash);
    const Word null_bits = nulls != nullptr ? nulls[i] : 0;
    std::size_t slot = hash & mask_;
    while (true) {
      if (tags_[slot] == 0) {
        const auto index = static_cast<std::uint32_t>(size_);
        WEIR_ASSIGN_OR_RETURN(Word* const group, add_row());
        group[0] = null_bits;
        for (std::size_t k = 0; k < num_keys; ++k) {
          group[1 + k] = keys[k][i];
        }
        tags_[slot] = tag;
        slots_[slot] = index;
        rows[i] = group;
        break;
      }
      if (tags_[slot] == tag) {
        Word* group = row(slots_[slot]);
        bool is_same = (group[0] & kKeyNulls) == null_bits;
        for (std::size_t k = 0; k < num_keys; ++k) {
          is_same &= group[1 + k] == keys[k][i];
        }
        if (is_same) {
          rows[i] = group;
          break;
        }
      }
      slot = (slot + 1) & mask_;
    }
  }
  return {};
}

}  // namespace weir::query

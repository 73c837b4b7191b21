#include "store/tuple_dictionary.h"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace weir::store {
namespace {

constexpr std::size_t kLeastTupleSlots = 256;
constexpr std::uint32_t kNoTuple = ~std::uint32_t{0};
// More than kMaxGroupCodes and a batch ask for.
constexpr unsigned kNumberBits = 22;
constexpr std::uint32_t kNumberMask = (1U << kNumberBits) - 1;

std::uint32_t tag_of(std::uint64_t hash) {
  return static_cast<std::uint32_t>(hash >> 32) & ~kNumberMask;
}
constexpr std::size_t kStepRows = 128;  // whose values fit the first cache

std::uint64_t load_two(const std::uint32_t* at) {
  std::uint64_t both;
  std::memcpy(&both, at, sizeof both);
  return both;
}

}  // namespace

TupleDictionary::TupleDictionary(std::span<const column::Type> members)
    : stride_((members.size() + 1) / 2 * 2), slots_(kLeastTupleSlots, 0) {
  for (const column::Type type : members) {
    members_.emplace_back(type);
  }
  std::uint64_t factor = 0x9e37'79b9'7f4a'7c15;
  for (std::size_t w = 0; w < stride_ / 2; ++w) {
    factors_.push_back(factor);
    factor = factor * 0xd6e8'feb8'6659'fd93 + 2;
  }
  values_.resize(kStepRows * stride_, 0);
  hashes_.resize(kStepRows);
}

// Two numbers at a time.
inline std::uint64_t TupleDictionary::hash_of(const std::uint32_t* values) const {
  std::uint64_t hash = 0;
  for (std::size_t w = 0; w < factors_.size(); ++w) {
    hash += load_two(values + 2 * w) * factors_[w];
  }
  hash = (hash ^ hash >> 32) * 0xd6e8'feb8'6659'fd93;
  return hash ^ hash >> 32;
}

inline bool TupleDictionary::is_same(std::size_t tuple, const std::uint32_t* values) const {
  const std::uint32_t* const known = tuples_.data() + tuple * stride_;
  std::uint64_t differs = 0;
  for (std::size_t w = 0; w < factors_.size(); ++w) {
    differs |= load_two(known + 2 * w) ^ load_two(values + 2 * w);
  }
  return differs == 0;
}

void TupleDictionary::grow() {
  std::vector<std::uint32_t> wider(slots_.size() * 2, 0);
  const std::size_t mask = wider.size() - 1;
  for (std::size_t tuple = 0; tuple < num_tuples_; ++tuple) {
    const std::uint64_t hash = hash_of(tuples_.data() + tuple * stride_);
    std::size_t slot = hash & mask;
    while (wider[slot] != 0) {
      slot = (slot + 1) & mask;
    }
    wider[slot] = tag_of(hash) | static_cast<std::uint32_t>(tuple + 1);
  }
  slots_ = std::move(wider);
}

std::uint32_t TupleDictionary::find_or_add(std::uint64_t hash, const std::uint32_t* values) {
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = hash & mask;
  for (; slots_[slot] != 0; slot = (slot + 1) & mask) {
    const std::uint32_t tuple = (slots_[slot] & kNumberMask) - 1;
    if ((slots_[slot] & ~kNumberMask) == tag_of(hash) && is_same(tuple, values)) {
      return tuple;
    }
  }
  tuples_.insert(tuples_.end(), values, values + stride_);
  ++num_tuples_;
  assert(num_tuples_ <= kNumberMask);
  slots_[slot] = tag_of(hash) | static_cast<std::uint32_t>(num_tuples_);
  if (num_tuples_ * 3 > slots_.size() * 2) {
    grow();
  }
  return static_cast<std::uint32_t>(num_tuples_ - 1);
}

void TupleDictionary::encode(std::span<const column::Column* const> columns,
                             const std::uint32_t* rows, std::size_t num_rows,
                             std::uint32_t* codes) {
  const auto is_deferred = [](const column::Column* column) {
    return column != nullptr && column->is_deferred();
  };
  const auto deferred = std::find_if(columns.begin(), columns.end(), is_deferred);
  if (deferred == columns.end()) {
    encode_stored(columns, rows, num_rows, codes);
    return;
  }
  const bool is_told_by_code = std::all_of(columns.begin(), columns.end(), [&](const auto* column) {
    return column == nullptr || (is_deferred(column) && column->codes() == (*deferred)->codes());
  });
  if (is_told_by_code) {
    encode_deferred(columns, **deferred, rows, num_rows, codes);
    return;
  }
  new_rows_.resize(num_rows);
  for (std::size_t i = 0; i < num_rows; ++i) {
    new_rows_[i] = rows != nullptr ? rows[i] : static_cast<std::uint32_t>(i);
  }
  read_columns(columns, new_rows_);
  encode_stored(read_columns_, nullptr, num_rows, codes);
}

void TupleDictionary::read_columns(std::span<const column::Column* const> columns,
                                   std::span<const std::uint32_t> rows) {
  read_.resize(columns.size());
  read_columns_.assign(columns.size(), nullptr);
  for (std::size_t m = 0; m < columns.size(); ++m) {
    if (columns[m] != nullptr) {
      read_[m].gather(*columns[m], rows);
      read_[m].flatten();
      read_columns_[m] = &read_[m];
    }
  }
}

void TupleDictionary::encode_deferred(std::span<const column::Column* const> columns,
                                      const column::Column& deferred, const std::uint32_t* rows,
                                      std::size_t num_rows, std::uint32_t* codes) {
  const auto is_as_before = [&](std::size_t m) {
    return columns[m] == nullptr ? !deferred_members_[m]
                                 : deferred_members_[m] == columns[m]->deferred_member();
  };
  bool is_known = space_ == deferred.deferred_values().space();
  for (std::size_t m = 0; m < columns.size() && is_known; ++m) {
    is_known = is_as_before(m);
  }
  if (!is_known) {
    space_ = deferred.deferred_values().space();
    deferred_members_.assign(columns.size(), std::nullopt);
    for (std::size_t m = 0; m < columns.size(); ++m) {
      if (columns[m] != nullptr) {
        deferred_members_[m] = columns[m]->deferred_member();
      }
    }
    tuple_of_code_.assign(space_->size, kNoTuple);
  }
  const std::uint32_t* const given = deferred.codes();
  new_rows_.clear();
  for (std::size_t i = 0; i < num_rows; ++i) {
    const auto row = rows != nullptr ? rows[i] : static_cast<std::uint32_t>(i);
    codes[i] = tuple_of_code_[given[row]];
    if (codes[i] == kNoTuple) {
      new_rows_.push_back(row);
    }
  }
  if (new_rows_.empty()) {
    return;
  }
  read_columns(columns, new_rows_);
  new_tuples_.resize(new_rows_.size());
  encode_stored(read_columns_, nullptr, new_rows_.size(), new_tuples_.data());
  for (std::size_t n = 0; n < new_rows_.size(); ++n) {
    tuple_of_code_[given[new_rows_[n]]] = new_tuples_[n];
  }
  for (std::size_t i = 0; i < num_rows; ++i) {
    codes[i] = tuple_of_code_[given[rows != nullptr ? rows[i] : i]];
  }
}

void TupleDictionary::encode_stored(std::span<const column::Column* const> columns,
                                    const std::uint32_t* rows, std::size_t num_rows,
                                    std::uint32_t* codes) {
  for (std::size_t first = 0; first < num_rows; first += kStepRows) {
    encode_step(columns, rows, first, std::min(kStepRows, num_rows - first), codes + first);
  }
}

// First the values of one member after the other, then the tuples of their numbers. The slots that
// the rows ask for, and the tuples these name, are on their way before they are looked at.
void TupleDictionary::encode_step(std::span<const column::Column* const> columns,
                                  const std::uint32_t* rows, std::size_t first,
                                  std::size_t num_rows, std::uint32_t* codes) {
  for (std::size_t m = 0; m < members_.size(); ++m) {
    if (columns[m] != nullptr) {
      members_[m].encode(*columns[m], rows, first, num_rows, values_.data() + m, stride_);
    } else {
      for (std::size_t i = 0; i < num_rows; ++i) {
        values_[i * stride_ + m] = 0;
      }
    }
  }
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t i = 0; i < num_rows; ++i) {
    hashes_[i] = hash_of(values_.data() + i * stride_);
    __builtin_prefetch(&slots_[hashes_[i] & mask]);
  }
  for (std::size_t i = 0; i < num_rows; ++i) {
    const std::uint32_t slot = slots_[hashes_[i] & mask];
    codes[i] = slot == 0 ? kNoTuple : (slot & kNumberMask) - 1;
    if (slot != 0) {
      __builtin_prefetch(tuples_.data() + codes[i] * stride_);
    }
  }
  for (std::size_t i = 0; i < num_rows; ++i) {
    const std::uint32_t* const values = values_.data() + i * stride_;
    if (codes[i] == kNoTuple || !is_same(codes[i], values)) {
      codes[i] = find_or_add(hashes_[i], values);
    }
  }
}

std::size_t TupleDictionary::memory_bytes() const {
  std::size_t bytes = (tuples_.capacity() + slots_.capacity() + values_.capacity()) * 4 +
                      hashes_.capacity() * 8 + tuple_of_code_.capacity() * 4;
  for (const ValueDictionary& member : members_) {
    bytes += member.memory_bytes();
  }
  return bytes;
}

}  // namespace weir::store

#include "store/tuple_dictionary.h"

#include <algorithm>

namespace weir::store {
namespace {

constexpr std::size_t kLeastTupleSlots = 256;
constexpr std::size_t kPrefetchRows = 16;

}  // namespace

TupleDictionary::TupleDictionary(std::span<const column::Type> members)
    : slots_(kLeastTupleSlots, 0) {
  for (const column::Type type : members) {
    members_.emplace_back(type);
  }
}

void TupleDictionary::grow() {
  std::vector<std::uint64_t> wider(slots_.size() * 2, 0);
  const std::size_t mask = wider.size() - 1;
  for (std::size_t tuple = 0; tuple < num_tuples_; ++tuple) {
    const std::uint64_t hash = tuple_hashes_[tuple];
    std::size_t slot = hash & mask;
    while (wider[slot] != 0) {
      slot = (slot + 1) & mask;
    }
    wider[slot] = (hash >> 32 << 32) | (tuple + 1);
  }
  slots_ = std::move(wider);
}

// The number + 1 of the first tuple that may have this hash, 0 where none has.
std::size_t TupleDictionary::find(std::uint64_t hash) const {
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t slot = hash & mask; slots_[slot] != 0; slot = (slot + 1) & mask) {
    if (slots_[slot] >> 32 == hash >> 32) {
      return slots_[slot] & 0xffff'ffff;
    }
  }
  return 0;
}

std::uint32_t TupleDictionary::encode_row(std::span<const column::Column* const> columns,
                                          std::size_t row, std::uint64_t hash) {
  const std::size_t width = members_.size();
  const std::size_t begin = tuples_.size();
  for (std::size_t m = 0; m < width; ++m) {
    tuples_.push_back(columns[m] == nullptr ? 0 : members_[m].encode(*columns[m], row));
  }
  const auto values = tuples_.begin() + static_cast<std::ptrdiff_t>(begin);
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = hash & mask;
  for (; slots_[slot] != 0; slot = (slot + 1) & mask) {
    const std::size_t tuple = (slots_[slot] & 0xffff'ffff) - 1;
    if (tuple_hashes_[tuple] == hash &&
        std::equal(values, tuples_.end(),
                   tuples_.begin() + static_cast<std::ptrdiff_t>(tuple * width))) {
      tuples_.resize(begin);
      return static_cast<std::uint32_t>(tuple);
    }
  }
  tuple_hashes_.push_back(hash);
  slots_[slot] = (hash >> 32 << 32) | ++num_tuples_;
  if (num_tuples_ * 2 > slots_.size()) {
    grow();
  }
  return static_cast<std::uint32_t>(num_tuples_ - 1);
}

// Most rows repeat a tuple: it is looked up by the hash of the values themselves, and its values
// compared column by column. Only what is new goes through the dictionaries of the members.
void TupleDictionary::encode(std::span<const column::Column* const> columns,
                             const std::uint32_t* rows, std::size_t num_rows,
                             std::uint32_t* codes) {
  const std::size_t width = members_.size();
  hashes_.assign(num_rows, 0);
  for (std::size_t m = 0; m < width; ++m) {
    if (columns[m] != nullptr) {
      members_[m].add_to_hashes(*columns[m], rows, num_rows, hashes_.data());
    }
  }
  differs_.resize(num_rows);
  for (std::size_t i = 0; i < num_rows; ++i) {
    const std::uint64_t ahead = hashes_[std::min(i + kPrefetchRows, num_rows - 1)];
    __builtin_prefetch(&slots_[ahead & (slots_.size() - 1)]);
    const std::size_t found = find(hashes_[i]);
    differs_[i] = found == 0 ? 1 : 0;
    codes[i] = static_cast<std::uint32_t>(found == 0 ? 0 : found - 1);
  }
  value_codes_.resize(num_rows);
  for (std::size_t m = 0; m < width && num_tuples_ > 0; ++m) {
    for (std::size_t i = 0; i < num_rows; ++i) {
      value_codes_[i] = tuples_[codes[i] * width + m];
    }
    if (columns[m] != nullptr) {
      members_[m].mark_differences(*columns[m], rows, num_rows, value_codes_.data(),
                                   differs_.data());
    } else {
      for (std::size_t i = 0; i < num_rows; ++i) {
        differs_[i] = static_cast<std::uint8_t>(differs_[i] | (value_codes_[i] != 0 ? 1 : 0));
      }
    }
  }
  for (std::size_t i = 0; i < num_rows; ++i) {
    if (differs_[i] != 0) {
      codes[i] = encode_row(columns, rows != nullptr ? rows[i] : i, hashes_[i]);
    }
  }
}

std::size_t TupleDictionary::memory_bytes() const {
  std::size_t bytes = tuples_.capacity() * 4 + (slots_.capacity() + tuple_hashes_.capacity()) * 8;
  for (const ValueDictionary& member : members_) {
    bytes += member.memory_bytes();
  }
  return bytes;
}

}  // namespace weir::store

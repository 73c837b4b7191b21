#include "store/tuple_dictionary.h"

#include <algorithm>
#include <cstring>

namespace weir::store {
namespace {

constexpr std::size_t kLeastTupleSlots = 256;

std::uint64_t add_to_hash(std::uint64_t hash, std::uint32_t code) {
  hash = (hash ^ code) * 0x9e37'79b9'7f4a'7c15;
  return hash ^ (hash >> 32);
}

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
  const std::size_t width = members_.size();
  for (std::size_t tuple = 0; tuple < num_tuples_; ++tuple) {
    std::uint64_t hash = 0;
    for (std::size_t m = 0; m < width; ++m) {
      hash = add_to_hash(hash, tuples_[tuple * width + m]);
    }
    std::size_t slot = hash & mask;
    while (wider[slot] != 0) {
      slot = (slot + 1) & mask;
    }
    wider[slot] = (hash >> 32 << 32) | (tuple + 1);
  }
  slots_ = std::move(wider);
}

void TupleDictionary::encode(std::span<const column::Column* const> columns,
                             const std::uint32_t* rows, std::size_t num_rows,
                             std::uint32_t* codes) {
  const std::size_t width = members_.size();
  value_codes_.resize(width * num_rows);
  hashes_.assign(num_rows, 0);
  for (std::size_t m = 0; m < width; ++m) {
    std::uint32_t* const member_codes = value_codes_.data() + m * num_rows;
    if (columns[m] == nullptr) {
      std::memset(member_codes, 0, num_rows * sizeof(std::uint32_t));
    } else {
      members_[m].encode(*columns[m], rows, num_rows, member_codes);
    }
    for (std::size_t i = 0; i < num_rows; ++i) {
      hashes_[i] = add_to_hash(hashes_[i], member_codes[i]);
    }
  }
  for (std::size_t i = 0; i < num_rows; ++i) {
    const std::uint64_t hash = hashes_[i];
    const std::size_t mask = slots_.size() - 1;
    std::size_t slot = hash & mask;
    std::uint64_t found = 0;
    for (; slots_[slot] != 0; slot = (slot + 1) & mask) {
      if (slots_[slot] >> 32 == hash >> 32) {
        const std::uint64_t tuple = (slots_[slot] & 0xffff'ffff) - 1;
        const std::uint32_t* const known = tuples_.data() + tuple * width;
        std::size_t m = 0;
        while (m < width && known[m] == value_codes_[m * num_rows + i]) {
          ++m;
        }
        if (m == width) {
          found = tuple + 1;
          break;
        }
      }
    }
    if (found == 0) {
      for (std::size_t m = 0; m < width; ++m) {
        tuples_.push_back(value_codes_[m * num_rows + i]);
      }
      found = ++num_tuples_;
      slots_[slot] = (hash >> 32 << 32) | found;
      if (num_tuples_ * 2 > slots_.size()) {
        grow();
      }
    }
    codes[i] = static_cast<std::uint32_t>(found - 1);
  }
}

std::size_t TupleDictionary::memory_bytes() const {
  std::size_t bytes = tuples_.capacity() * 4 + slots_.capacity() * 8;
  for (const ValueDictionary& member : members_) {
    bytes += member.memory_bytes();
  }
  return bytes;
}

}  // namespace weir::store

#include "query/execution/dictionary.h"

#include <cstring>
#include <type_traits>

#include "base/int128.h"

namespace weir::query {
namespace {

constexpr std::uint64_t kSeed = 0x9e3779b97f4a7c15;
constexpr std::uint64_t kPlaceBits = 32;

std::uint64_t folded_product(std::uint64_t a, std::uint64_t b) {
  const UInt128 product = static_cast<UInt128>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

std::uint64_t load_word(const char* bytes) {
  std::uint64_t word = 0;
  std::memcpy(&word, bytes, sizeof word);
  return word;
}

}  // namespace

std::uint64_t Dictionary::hash_of(std::string_view value) {
  const char* bytes = value.data();
  std::size_t left = value.size();
  std::uint64_t hash = kSeed ^ left;
  if (left < 8) {
    std::uint64_t word = 0;
    if (left > 0) {
      std::memcpy(&word, bytes, left);
    }
    return folded_product(folded_product(hash ^ word, 0xff51afd7ed558ccd), kSeed);
  }
  while (left > 16) {
    hash = folded_product(load_word(bytes) ^ 0xc4ceb9fe1a85ec53, load_word(bytes + 8) ^ hash);
    bytes += 16;
    left -= 16;
  }
  // The last 16 bytes, which may overlap those before; of a shorter text both its ends.
  const char* end = bytes + left;
  const char* begin = value.size() >= 16 ? end - 16 : value.data();
  hash = folded_product(load_word(begin) ^ 0xd6e8feb86659fd93, load_word(end - 8) ^ hash);
  return folded_product(hash, kSeed);
}

std::uint64_t Dictionary::hash_of(const IpAddress& value) {
  return folded_product(folded_product(value.high ^ kSeed, value.low ^ 0xd6e8feb86659fd93),
                        0xff51afd7ed558ccd);
}

template <class Value>
std::size_t Dictionary::Codes<Value>::Shard::slot_of(const Value& value, std::uint64_t hash) const {
  const std::size_t mask = slots.size() - 1;
  const std::uint64_t half = hash & 0xffff'ffff;
  std::size_t slot = static_cast<std::size_t>(half) & mask;
  while (slots[slot] != 0 &&
         (slots[slot] >> kPlaceBits != half || at((slots[slot] & 0xffff'ffff) - 1) != value)) {
    slot = (slot + 1) & mask;
  }
  return slot;
}

// Room for one more value; false where the budget has none.
template <class Value>
bool Dictionary::Codes<Value>::Shard::make_room() {
  const auto chunk = static_cast<std::size_t>(std::bit_width(size / kFirstChunk + 1)) - 1;
  if (!chunks[chunk]) {
    const std::size_t length = kFirstChunk << chunk;
    if (!reserved.add(length * sizeof(Value))) {
      return false;
    }
    chunks[chunk] = std::make_unique_for_overwrite<Value[]>(length);
  }
  if ((size + 1) * 4 > slots.size() * 3) {
    const std::size_t num_slots = slots.empty() ? 32 : slots.size() * 2;
    if (!reserved.add(num_slots * sizeof(std::uint64_t))) {
      return false;
    }
    std::vector<std::uint64_t> grown(num_slots);
    for (const std::uint64_t entry : slots) {
      std::size_t slot = static_cast<std::size_t>(entry >> kPlaceBits) & (num_slots - 1);
      while (entry != 0 && grown[slot] != 0) {
        slot = (slot + 1) & (num_slots - 1);
      }
      if (entry != 0) {
        grown[slot] = entry;
      }
    }
    const std::size_t old_bytes = slots.size() * sizeof(std::uint64_t);
    slots = std::move(grown);
    reserved.shrink_to(reserved.bytes() - old_bytes);
  }
  return true;
}

template <class Value>
std::uint64_t Dictionary::Codes<Value>::add(const Value& value, std::uint64_t hash) {
  const std::size_t number = hash >> 60;
  Shard& shard = shards_[number];
  const std::lock_guard lock(shard.mutex);
  if (!shard.slots.empty()) {
    const std::uint64_t entry = shard.slots[shard.slot_of(value, hash)];
    if (entry != 0) {
      return ((entry & 0xffff'ffff) - 1) * kShards + number;
    }
  }
  if (!shard.make_room()) {
    return kRefused;
  }
  Value kept = value;
  if constexpr (std::is_same_v<Value, std::string_view>) {
    const std::size_t before = shard.bytes.allocated_bytes();
    kept = shard.bytes.copy(value);
    if (!shard.reserved.add(shard.bytes.allocated_bytes() - before)) {
      return kRefused;
    }
  }
  const std::uint64_t place = shard.size++;
  const_cast<Value&>(shard.at(place)) = kept;
  shard.slots[shard.slot_of(value, hash)] = (hash & 0xffff'ffff) << kPlaceBits | (place + 1);
  return place * kShards + number;
}

template <class Value>
std::uint64_t Dictionary::Codes<Value>::find(const Value& value, std::uint64_t hash) {
  const std::size_t number = hash >> 60;
  Shard& shard = shards_[number];
  const std::lock_guard lock(shard.mutex);
  if (shard.slots.empty()) {
    return kUnknown;
  }
  const std::uint64_t entry = shard.slots[shard.slot_of(value, hash)];
  return entry == 0 ? kUnknown : ((entry & 0xffff'ffff) - 1) * kShards + number;
}

template <class Value>
std::size_t Dictionary::Codes<Value>::size() const {
  std::size_t sum = 0;
  for (const Shard& shard : shards_) {
    const std::lock_guard lock(shard.mutex);
    sum += shard.size;
  }
  return sum;
}

template class Dictionary::Codes<std::string_view>;
template class Dictionary::Codes<IpAddress>;

}  // namespace weir::query

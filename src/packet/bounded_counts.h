#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace weir::packet {

// Counts by key in fixed memory: exact for the first kCapacity keys, the rest together. Hostile
// input can fill the table, never grow it. Mergeable.
class BoundedCounts {
 public:
  static constexpr std::size_t kCapacity = 1024;
  struct Count {
    std::uint64_t key = 0;
    std::uint64_t count = 0;
  };

  void add(std::uint64_t key, std::uint64_t count = 1) noexcept {
    if (Count& last = slots_[last_]; last.key == key && last.count > 0) {
      last.count += count;
      return;
    }
    for (std::size_t place = (key * 0x9e37'79b9'7f4a'7c15) >> 53;; ++place) {
      Count& slot = slots_[place % kSlots];
      if (slot.count == 0) {
        if (size_ == kCapacity) {
          others_ += count;
          return;
        }
        ++size_;
        slot.key = key;
      }
      if (slot.key == key) {
        slot.count += count;
        last_ = place % kSlots;
        return;
      }
    }
  }
  void merge(const BoundedCounts& other) {
    for (const Count& slot : other.slots_) {
      if (slot.count > 0) {
        add(slot.key, slot.count);
      }
    }
    others_ += other.others_;
  }
  // The largest first, equal ones by key.
  [[nodiscard]] std::vector<Count> top(std::size_t limit) const {
    std::vector<Count> counts;
    std::copy_if(slots_.begin(), slots_.end(), std::back_inserter(counts),
                 [](const Count& slot) { return slot.count > 0; });
    std::sort(counts.begin(), counts.end(), [](const Count& a, const Count& b) {
      return a.count != b.count ? a.count > b.count : a.key < b.key;
    });
    counts.resize(std::min(limit, counts.size()));
    return counts;
  }
  // Of keys that found no room.
  [[nodiscard]] std::uint64_t others() const noexcept { return others_; }
  // Of all keys together.
  [[nodiscard]] std::uint64_t total() const noexcept {
    std::uint64_t sum = others_;
    for (const Count& slot : slots_) {
      sum += slot.count;
    }
    return sum;
  }

 private:
  static constexpr std::size_t kSlots = 2 * kCapacity;  // 2^11: the hash gives 11 bits

  std::vector<Count> slots_ = std::vector<Count>(kSlots);
  std::size_t last_ = 0;  // slot of the last key: packets of one flow come together
  std::uint64_t others_ = 0;
  std::size_t size_ = 0;
};

}  // namespace weir::packet

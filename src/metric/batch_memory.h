#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"

namespace weir::metric {

// What names a call that its sender may repeat: a UUID of its choice, within an account and region.
struct BatchKey {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  friend bool operator==(const BatchKey&, const BatchKey&) = default;
};
// From "123e4567-e89b-12d3-a456-426614174000"; nullopt where the text is no UUID.
[[nodiscard]] std::optional<BatchKey> batch_key(std::string_view scope, std::string_view uuid);

// The batches of the last while, so that one that is sent again counts once: at least kKeptS after
// it came, while no more than kMaxBatches come in that time; past those the oldest go. Not
// thread-safe.
class BatchMemory {
 public:
  static constexpr std::int64_t kKeptS = 2 * 3'600;
  static constexpr std::size_t kMaxBatches = 250'000;

  struct Entry {
    BatchKey key;
    std::uint32_t time_s = 0;
  };

  [[nodiscard]] bool holds(const BatchKey& key) const { return known_.contains(key); }
  void add(const BatchKey& key, std::uint32_t time_s);
  [[nodiscard]] const std::deque<Entry>& entries() const { return entries_; }

 private:
  struct Hash {
    std::size_t operator()(const BatchKey& key) const {
      return static_cast<std::size_t>(key.high ^ key.low * 0x9e3779b97f4a7c15);
    }
  };
  std::deque<Entry> entries_;  // in the order in which they came
  std::unordered_map<BatchKey, std::uint32_t, Hash> known_;
};

}  // namespace weir::metric

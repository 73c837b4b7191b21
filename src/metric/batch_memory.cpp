#include "metric/batch_memory.h"

namespace weir::metric {

std::optional<BatchKey> batch_key(std::string_view scope, std::string_view uuid) {
  constexpr std::size_t kUuidBytes = 36;
  if (uuid.size() != kUuidBytes) {
    return std::nullopt;
  }
  BatchKey key;
  std::size_t num_digits = 0;
  for (std::size_t i = 0; i < uuid.size(); ++i) {
    const char c = uuid[i];
    if (i == 8 || i == 13 || i == 18 || i == 23) {
      if (c != '-') {
        return std::nullopt;
      }
      continue;
    }
    const int digit = c >= '0' && c <= '9'   ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : -1;
    if (digit < 0) {
      return std::nullopt;
    }
    std::uint64_t& half = num_digits++ < 16 ? key.high : key.low;
    half = half << 4 | static_cast<std::uint64_t>(digit);
  }
  // FNV-1a: accounts cannot meet each other's batches.
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : scope) {
    hash = (hash ^ static_cast<std::uint8_t>(c)) * 0x100000001b3;
  }
  key.high ^= hash;
  return key;
}

void BatchMemory::add(const BatchKey& key, std::uint32_t time_s) {
  if (!known_.try_emplace(key, time_s).second) {
    return;
  }
  entries_.push_back({key, time_s});
  while (entries_.size() > kMaxBatches ||
         std::int64_t{entries_.front().time_s} + kKeptS < std::int64_t{time_s}) {
    known_.erase(entries_.front().key);
    entries_.pop_front();
  }
}

}  // namespace weir::metric

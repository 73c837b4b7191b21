#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "base/ip_address.h"
#include "base/result.h"
#include "query/execution/reservation.h"

namespace weir::query {

// Gives texts and IPv6 addresses numbers that are the same for all threads of one query, so that
// what they gather can be put together without a look at the values. Thread-safe; values and
// numbers live as long as the dictionary. Memory counts against the budget (may be null): past it
// codes are refused.
class Dictionary {
 public:
  static constexpr std::uint64_t kRefused = ~std::uint64_t{0};
  static constexpr std::uint64_t kUnknown = ~std::uint64_t{0};

  explicit Dictionary(MemoryBudget* budget) : texts_(budget), addresses_(budget) {}

  static std::uint64_t hash_of(std::string_view value);
  static std::uint64_t hash_of(const IpAddress& value);

  // Codes are below 2^40. `hash` is that of hash_of.
  [[nodiscard]] std::uint64_t add(std::string_view value, std::uint64_t hash) {
    return texts_.add(value, hash);
  }
  [[nodiscard]] std::uint64_t add(const IpAddress& value, std::uint64_t hash) {
    return addresses_.add(value, hash);
  }
  [[nodiscard]] std::uint64_t find(std::string_view value, std::uint64_t hash) {
    return texts_.find(value, hash);
  }
  [[nodiscard]] std::uint64_t find(const IpAddress& value, std::uint64_t hash) {
    return addresses_.find(value, hash);
  }
  // For codes that the calling thread got here, or got from a thread that did.
  [[nodiscard]] std::string_view text_of(std::uint64_t code) const { return texts_.value_of(code); }
  [[nodiscard]] const IpAddress& address_of(std::uint64_t code) const {
    return addresses_.value_of(code);
  }
  [[nodiscard]] std::size_t size() const { return texts_.size() + addresses_.size(); }

 private:
  // Values in chunks that never move, by hash in an open table of (half of the hash, place).
  template <class Value>
  class Codes {
   public:
    explicit Codes(MemoryBudget* budget) {
      for (Shard& shard : shards_) {
        shard.reserved = Reservation(budget);
      }
    }
    std::uint64_t add(const Value& value, std::uint64_t hash);
    std::uint64_t find(const Value& value, std::uint64_t hash);
    const Value& value_of(std::uint64_t code) const {
      return shards_[code % kShards].at(code / kShards);
    }
    [[nodiscard]] std::size_t size() const;

   private:
    static constexpr std::size_t kShards = 16;
    static constexpr std::size_t kFirstChunk = 64;

    struct alignas(64) Shard {
      const Value& at(std::uint64_t place) const {
        const auto chunk = static_cast<std::size_t>(std::bit_width(place / kFirstChunk + 1)) - 1;
        return chunks[chunk][place - kFirstChunk * ((std::uint64_t{1} << chunk) - 1)];
      }
      // The slot of the value or the free one where it would be.
      std::size_t slot_of(const Value& value, std::uint64_t hash) const;
      bool make_room();

      mutable std::mutex mutex;
      std::vector<std::uint64_t> slots;  // low half of the hash, place + 1; 0: free
      std::uint64_t size = 0;
      std::array<std::unique_ptr<Value[]>, 32> chunks;  // each twice the one before
      Arena bytes;
      Reservation reserved{nullptr};
    };
    std::array<Shard, kShards> shards_;
  };
  Codes<std::string_view> texts_;
  Codes<IpAddress> addresses_;
};

}  // namespace weir::query

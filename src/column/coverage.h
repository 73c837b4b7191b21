#pragma once

#include <cstdint>
#include <vector>

#include "base/clock.h"
#include "column/completeness.h"

namespace weir::column {

// Remembers which minutes some record covers, to find gaps. One a thread, merged at the end.
// Bounded: minutes more than 20 years from the first one seen are not tracked.
class Coverage {
 public:
  // Marks the minutes of [start_ms, end_ms].
  void mark(TimeMs start_ms, TimeMs end_ms) {
    const std::int64_t from = start_ms / 60'000;
    const std::int64_t to = end_ms / 60'000;
    // Most records cover one minute or two that are marked already.
    const auto first = static_cast<std::uint64_t>(from - base_minute_);
    const auto last = static_cast<std::uint64_t>(to - base_minute_);
    if (last - first > 1 || first > last || last >= bits_.size() * 64 || !is_marked(first) ||
        !is_marked(last)) {
      mark_minutes(from, to);
    }
  }
  // True where every minute of [start_ms, end_ms], at most an hour, is marked already.
  [[nodiscard]] bool is_covered(TimeMs start_ms, TimeMs end_ms) const;
  void merge(const Coverage& other);
  // The covered minutes as bits: bit n of the words is minute first_minute + n since 1970.
  struct Minutes {
    std::int64_t first_minute = 0;
    std::vector<std::uint64_t> words;
  };
  [[nodiscard]] Minutes minutes() const { return {base_minute_, bits_}; }
  void merge(const Minutes& other);
  // Stretches of `min_gap_ms` or more between the first and the last covered minute that no record
  // covers.
  [[nodiscard]] std::vector<Completeness::Gap> gaps(std::int64_t min_gap_ms = 10 * 60'000) const;

 private:
  [[nodiscard]] bool is_marked(std::uint64_t bit) const {
    return ((bits_[bit / 64] >> (bit % 64)) & 1) != 0;
  }
  void mark_minutes(std::int64_t from, std::int64_t to);

  std::int64_t base_minute_ = 0;  // of bit 0
  std::vector<std::uint64_t> bits_;
};

}  // namespace weir::column

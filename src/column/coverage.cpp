#include "column/coverage.h"

#include <algorithm>

namespace weir::column {
namespace {

constexpr std::int64_t kMaxMinutes = 20LL * 366 * 24 * 60;
// A record longer than this says nothing about its minutes (a NODATA window has 10 of them).
constexpr std::int64_t kLongestRecord = 24 * 60;

}  // namespace

void Coverage::mark_minutes(std::int64_t from, std::int64_t to) {
  if (to < from || to - from > kLongestRecord) {
    to = from;
  }
  if (bits_.empty()) {
    base_minute_ = from / 64 * 64;
  }
  if (from < base_minute_) {
    const std::int64_t words = (base_minute_ - from + 63) / 64;
    if (words * 64 + static_cast<std::int64_t>(bits_.size()) * 64 > kMaxMinutes) {
      return;
    }
    bits_.insert(bits_.begin(), static_cast<std::size_t>(words), 0);
    base_minute_ -= words * 64;
  }
  if (to - base_minute_ >= kMaxMinutes) {
    return;
  }
  const auto needed = static_cast<std::size_t>((to - base_minute_) / 64 + 1);
  if (bits_.size() < needed) {
    bits_.resize(needed, 0);
  }
  for (std::int64_t minute = from; minute <= to; ++minute) {
    const auto bit = static_cast<std::uint64_t>(minute - base_minute_);
    bits_[bit / 64] |= std::uint64_t{1} << (bit % 64);
  }
}

bool Coverage::is_covered(TimeMs start_ms, TimeMs end_ms) const {
  constexpr std::int64_t kLongest = 60;
  const std::int64_t from = start_ms / 60'000 - base_minute_;
  const std::int64_t to = end_ms / 60'000 - base_minute_;
  if (from < 0 || to < from || to - from > kLongest ||
      to >= static_cast<std::int64_t>(bits_.size()) * 64) {
    return false;
  }
  for (std::int64_t minute = from; minute <= to; ++minute) {
    if (!is_marked(static_cast<std::uint64_t>(minute))) {
      return false;
    }
  }
  return true;
}

void Coverage::merge(const Coverage& other) { merge(other.minutes()); }

void Coverage::merge(const Minutes& other) {
  for (std::size_t word = 0; word < other.words.size(); ++word) {
    std::uint64_t bits = other.words[word];
    while (bits != 0) {
      const int bit = __builtin_ctzll(bits);
      const std::int64_t minute = other.first_minute + static_cast<std::int64_t>(word) * 64 + bit;
      mark_minutes(minute, minute);
      bits &= bits - 1;
    }
  }
}

std::vector<Completeness::Gap> Coverage::gaps(std::int64_t min_gap_ms) const {
  std::vector<Completeness::Gap> found;
  std::int64_t last = INT64_MIN;  // the covered minute before
  for (std::size_t word = 0; word < bits_.size(); ++word) {
    std::uint64_t bits = bits_[word];
    while (bits != 0) {
      const std::int64_t minute =
          base_minute_ + static_cast<std::int64_t>(word) * 64 + __builtin_ctzll(bits);
      if (last != INT64_MIN && (minute - last - 1) * 60'000 >= min_gap_ms) {
        found.push_back({(last + 1) * 60'000, minute * 60'000});
      }
      last = minute;
      bits &= bits - 1;
    }
  }
  return found;
}

}  // namespace weir::column

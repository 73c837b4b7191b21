#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "column/scan.h"
#include "store/segment_format.h"

namespace weir::store {

// A predicate over a column of integers or times, ready to be put to many numbers.
class NumberFilter {
 public:
  // nullopt where constants are of another kind; the reader filters then.
  [[nodiscard]] static std::optional<NumberFilter> make(const column::Predicate& predicate);
  // since <= value < until
  [[nodiscard]] static NumberFilter of_range(const column::TimeRange& range);

  enum class Verdict : std::uint8_t { kNone, kSome, kAll };
  // Which rows of a block can be true, by its bounds and nulls.
  [[nodiscard]] Verdict judge(const Chunk& chunk) const;
  [[nodiscard]] bool is_true_of_null() const { return takes_null_ && !takes_values_; }

  // Keeps of `rows` those that pass; `nulls` may be null. Returns how many are left.
  std::size_t keep(const std::int64_t* values, const std::uint64_t* nulls, std::uint32_t* rows,
                   std::size_t num_rows) const;

 private:
  [[nodiscard]] bool passes(std::int64_t value) const;

  bool takes_null_ = false;   // null passes, and nothing else
  bool takes_values_ = true;  // what is not null may pass
  std::int64_t low_ = INT64_MIN;
  std::int64_t high_ = INT64_MAX;
  bool is_inverted_ = false;          // passes outside of [low, high]
  std::vector<std::int64_t> values_;  // sorted; one of them, where there are any
  bool is_list_ = false;
};

}  // namespace weir::store

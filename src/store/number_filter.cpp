#include "store/number_filter.h"

#include <algorithm>

namespace weir::store {

using column::Comparison;
using column::Type;

std::optional<NumberFilter> NumberFilter::make(const column::Predicate& predicate) {
  NumberFilter test;
  if (predicate.comparison == Comparison::kIsNull) {
    test.takes_null_ = true;
    test.takes_values_ = false;
    return test;
  }
  if (predicate.comparison == Comparison::kIsNotNull) {
    return test;
  }
  for (const column::Value& value : predicate.values) {
    if (value.type != Type::kInt64 && value.type != Type::kTime && value.type != Type::kInterval &&
        value.type != Type::kBool) {
      return std::nullopt;
    }
    test.values_.push_back(value.integer);
  }
  if (predicate.comparison == Comparison::kIn) {
    std::sort(test.values_.begin(), test.values_.end());
    test.is_list_ = true;
    test.takes_values_ = !test.values_.empty();
    if (test.takes_values_) {
      test.low_ = test.values_.front();
      test.high_ = test.values_.back();
    }
    return test;
  }
  if (test.values_.size() != 1) {
    return std::nullopt;
  }
  const std::int64_t value = test.values_.front();
  switch (predicate.comparison) {
    case Comparison::kEqual:
      test.low_ = test.high_ = value;
      break;
    case Comparison::kNotEqual:
      test.low_ = test.high_ = value;
      test.is_inverted_ = true;
      break;
    case Comparison::kLess:
      test.takes_values_ = value > INT64_MIN;
      test.high_ = test.takes_values_ ? value - 1 : value;
      break;
    case Comparison::kLessEqual:
      test.high_ = value;
      break;
    case Comparison::kGreater:
      test.takes_values_ = value < INT64_MAX;
      test.low_ = test.takes_values_ ? value + 1 : value;
      break;
    case Comparison::kGreaterEqual:
      test.low_ = value;
      break;
    default:
      return std::nullopt;
  }
  return test;
}

NumberFilter NumberFilter::of_range(const column::TimeRange& range) {
  NumberFilter test;
  test.low_ = range.since.value_or(INT64_MIN);
  test.takes_values_ = !range.until || *range.until > INT64_MIN;
  test.high_ = range.until && test.takes_values_ ? *range.until - 1 : INT64_MAX;
  return test;
}

NumberFilter::Verdict NumberFilter::judge(const Chunk& chunk) const {
  if (takes_null_) {
    return chunk.nulls == Chunk::Nulls::kNone  ? Verdict::kNone
           : chunk.nulls == Chunk::Nulls::kAll ? Verdict::kAll
                                               : Verdict::kSome;
  }
  if (!takes_values_ || chunk.nulls == Chunk::Nulls::kAll) {
    return Verdict::kNone;
  }
  const bool is_outside = chunk.max < low_ || chunk.min > high_;
  const bool is_inside = chunk.min >= low_ && chunk.max <= high_;
  if (is_inverted_ ? is_inside : is_outside) {
    return Verdict::kNone;
  }
  const bool all_pass = (is_inverted_ ? is_outside : is_inside && !is_list_);
  return all_pass && chunk.nulls == Chunk::Nulls::kNone ? Verdict::kAll : Verdict::kSome;
}

bool NumberFilter::passes(std::int64_t value) const {
  const bool is_inside = value >= low_ && value <= high_;
  if (is_list_) {
    return is_inside && std::binary_search(values_.begin(), values_.end(), value);
  }
  return takes_values_ && is_inside != is_inverted_;
}

std::size_t NumberFilter::keep(const std::int64_t* values, const std::uint64_t* nulls,
                               std::uint32_t* rows, std::size_t num_rows) const {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < num_rows; ++i) {
    const std::uint32_t row = rows[i];
    const bool is_null = nulls != nullptr && ((nulls[row >> 6] >> (row & 63)) & 1) != 0;
    rows[kept] = row;
    kept += (is_null ? takes_null_ : passes(values[row])) ? 1 : 0;
  }
  return kept;
}

}  // namespace weir::store

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <unordered_map>

#include "base/int128.h"
#include "query/execution/aggregate_state.h"
#include "query/execution/cells.h"

namespace weir::query {
namespace {

using column::Column;
using column::Type;
using Word = AggregateState::Word;

tl::unexpected<Error> sum_past_64_bits() {
  return fail(ErrorCode::kLimit,
              "a sum is past 64 bits; sum doubles instead: sum(cast(x as double))");
}

class CountState final : public AggregateState {
 public:
  [[nodiscard]] std::size_t num_words() const override { return 1; }
  [[nodiscard]] bool takes_parts() const override { return true; }
  [[nodiscard]] Simple simple() const override { return Simple::kCount; }
  Result<void> update(const Column* values, const Column*, std::size_t begin, std::size_t end,
                      Word* const* rows, std::uint64_t) override {
    if (values == nullptr) {
      for (std::size_t i = begin; i < end; ++i) {
        ++rows[i][offset_];
      }
    } else {
      for_each_value(*values, begin, end, [&](std::size_t i) { ++rows[i][offset_]; });
    }
    return {};
  }
  Result<void> merge(Word* const* rows, const Word* const* other_rows, std::size_t num_rows,
                     const AggregateState& other) override {
    for (std::size_t i = 0; i < num_rows; ++i) {
      rows[i][offset_] += other_rows[i][other.offset()];
    }
    return {};
  }
  Result<void> finish(const Word* const* rows, std::size_t num_rows, Column& out) override {
    for (std::size_t i = 0; i < num_rows; ++i) {
      out.data<std::int64_t>()[i] = static_cast<std::int64_t>(rows[i][offset_]);
    }
    return {};
  }
};

// Adds counts of groups that a table has made. Word: count.
class CountSumState final : public AggregateState {
 public:
  [[nodiscard]] std::size_t num_words() const override { return 1; }
  [[nodiscard]] bool takes_parts() const override { return true; }
  Result<void> update(const Column* values, const Column*, std::size_t begin, std::size_t end,
                      Word* const* rows, std::uint64_t) override {
    const Cells<std::int64_t> cells(*values);
    for_each_value(*values, begin, end,
                   [&](std::size_t i) { rows[i][offset_] += static_cast<Word>(cells[i]); });
    return {};
  }
  Result<void> merge(Word* const* rows, const Word* const* other_rows, std::size_t num_rows,
                     const AggregateState& other) override {
    for (std::size_t i = 0; i < num_rows; ++i) {
      rows[i][offset_] += other_rows[i][other.offset()];
    }
    return {};
  }
  Result<void> finish(const Word* const* rows, std::size_t num_rows, Column& out) override {
    for (std::size_t i = 0; i < num_rows; ++i) {
      out.data<std::int64_t>()[i] = static_cast<std::int64_t>(rows[i][offset_]);
    }
    return {};
  }
};

// Sum of integers in one word. What goes past 64 bits on the way is counted beside the rows, so
// that only a sum which ends there is an error, whatever the order of the rows.
class IntegerSumState final : public AggregateState {
 public:
  [[nodiscard]] std::size_t num_words() const override { return 1; }
  [[nodiscard]] bool takes_parts() const override { return true; }
  [[nodiscard]] Simple simple() const override { return Simple::kIntegerSum; }
  void carry(const Word* row, bool is_negative) override { carries_[row] += is_negative ? -1 : 1; }
  Result<void> update(const Column* values, const Column*, std::size_t begin, std::size_t end,
                      Word* const* rows, std::uint64_t) override {
    const Cells<std::int64_t> cells(*values);
    for_each_value(*values, begin, end, [&](std::size_t i) { add(rows[i], cells[i]); });
    return {};
  }
  Result<void> merge(Word* const* rows, const Word* const* other_rows, std::size_t num_rows,
                     const AggregateState& other) override {
    const auto& theirs = static_cast<const IntegerSumState&>(other);
    for (std::size_t i = 0; i < num_rows; ++i) {
      if (is_seen(other_rows[i])) {
        add(rows[i], static_cast<std::int64_t>(other_rows[i][other.offset()]));
        if (const auto carry = theirs.carry_of(other_rows[i])) {
          carries_[rows[i]] += carry;
        }
      }
    }
    return {};
  }
  void clear() override { carries_.clear(); }
  Result<void> finish(const Word* const* rows, std::size_t num_rows, Column& out) override {
    for (std::size_t i = 0; i < num_rows; ++i) {
      if (carry_of(rows[i]) != 0) {
        return sum_past_64_bits();
      }
      out.data<std::int64_t>()[i] = static_cast<std::int64_t>(rows[i][offset_]);
      if (!is_seen(rows[i])) {
        out.set_null(i);
      }
    }
    return {};
  }

 private:
  void add(Word* row, std::int64_t value) {
    if (!is_seen(row)) [[unlikely]] {  // most often nothing is to be written
      row[0] |= seen_;
    }
    std::int64_t sum = 0;
    if (__builtin_add_overflow(static_cast<std::int64_t>(row[offset_]), value, &sum)) [[unlikely]] {
      carry(row, value < 0);
    }
    row[offset_] = static_cast<Word>(sum);
  }
  [[nodiscard]] std::int64_t carry_of(const Word* row) const {
    const auto place = carries_.empty() ? carries_.end() : carries_.find(row);
    return place == carries_.end() ? 0 : place->second;
  }

  std::unordered_map<const Word*, std::int64_t> carries_;  // times 2^64; rows never move
};

// Sum of doubles with Neumaier's compensation, so that the order of addition hardly shows. Words:
// sum, compensation, and for the mean the count.
class DoubleSumState final : public AggregateState {
 public:
  explicit DoubleSumState(bool is_mean) : is_mean_(is_mean) {}
  [[nodiscard]] std::size_t num_words() const override { return is_mean_ ? 3 : 2; }
  [[nodiscard]] bool takes_parts() const override { return true; }
  Result<void> update(const Column* values, const Column*, std::size_t begin, std::size_t end,
                      Word* const* rows, std::uint64_t) override {
    const Cells<double> cells(*values);
    for_each_value(*values, begin, end, [&](std::size_t i) { add(rows[i], cells[i], 0, 1); });
    return {};
  }
  Result<void> merge(Word* const* rows, const Word* const* other_rows, std::size_t num_rows,
                     const AggregateState& other) override {
    for (std::size_t i = 0; i < num_rows; ++i) {
      if (is_seen(other_rows[i])) {
        const Word* theirs = other_rows[i] + other.offset();
        add(rows[i], std::bit_cast<double>(theirs[0]), std::bit_cast<double>(theirs[1]),
            is_mean_ ? theirs[2] : 0);
      }
    }
    return {};
  }
  Result<void> finish(const Word* const* rows, std::size_t num_rows, Column& out) override {
    for (std::size_t i = 0; i < num_rows; ++i) {
      if (!is_seen(rows[i])) {
        out.set_null(i);
        continue;
      }
      double sum = std::bit_cast<double>(rows[i][offset_]);
      const double compensation = std::bit_cast<double>(rows[i][offset_ + 1]);
      sum = std::isfinite(compensation) ? sum + compensation : sum;
      out.data<double>()[i] = is_mean_ ? sum / static_cast<double>(rows[i][offset_ + 2]) : sum;
    }
    return {};
  }

 private:
  void add(Word* row, double value, double compensation, Word count) const {
    row[0] |= seen_;
    const double sum = std::bit_cast<double>(row[offset_]);
    const double total = sum + value;
    compensation += std::bit_cast<double>(row[offset_ + 1]);
    compensation +=
        std::fabs(sum) >= std::fabs(value) ? (sum - total) + value : (value - total) + sum;
    row[offset_] = std::bit_cast<Word>(total);
    row[offset_ + 1] = std::bit_cast<Word>(compensation);
    if (is_mean_) {
      row[offset_ + 2] += count;
    }
  }
  bool is_mean_;
};

Int128 load128(const Word* words) {
  return static_cast<Int128>(static_cast<UInt128>(words[1]) << 64 | words[0]);
}

void store128(Word* words, Int128 value) {
  words[0] = static_cast<Word>(value);
  words[1] = static_cast<Word>(static_cast<UInt128>(value) >> 64);
}

// Mean of integers: exact sum in 128 bits, then one division. Words: count, sum. The values may be
// sums themselves, of as many values as the order column says.
class IntegerMeanState final : public AggregateState {
 public:
  explicit IntegerMeanState(bool is_of_sums) : is_of_sums_(is_of_sums) {}
  [[nodiscard]] std::size_t num_words() const override { return 3; }
  [[nodiscard]] bool takes_parts() const override { return !is_of_sums_; }
  Result<void> update(const Column* values, const Column* counts, std::size_t begin,
                      std::size_t end, Word* const* rows, std::uint64_t) override {
    const Cells<std::int64_t> cells(*values);
    if (is_of_sums_) {
      const Cells<std::int64_t> counted(*counts);
      for_each_value(*values, begin, end, [&](std::size_t i) {
        Word* state = rows[i] + offset_;
        state[0] += static_cast<Word>(counted[i]);
        store128(state + 1, load128(state + 1) + cells[i]);
      });
      return {};
    }
    for_each_value(*values, begin, end, [&](std::size_t i) {
      Word* state = rows[i] + offset_;
      ++state[0];
      store128(state + 1, load128(state + 1) + cells[i]);
    });
    return {};
  }
  Result<void> merge(Word* const* rows, const Word* const* other_rows, std::size_t num_rows,
                     const AggregateState& other) override {
    for (std::size_t i = 0; i < num_rows; ++i) {
      Word* state = rows[i] + offset_;
      const Word* theirs = other_rows[i] + other.offset();
      state[0] += theirs[0];
      store128(state + 1, load128(state + 1) + load128(theirs + 1));
    }
    return {};
  }
  Result<void> finish(const Word* const* rows, std::size_t num_rows, Column& out) override {
    for (std::size_t i = 0; i < num_rows; ++i) {
      const Word* state = rows[i] + offset_;
      if (state[0] == 0) {
        out.set_null(i);
        continue;
      }
      out.data<double>()[i] =
          static_cast<double>(load128(state + 1)) / static_cast<double>(state[0]);
    }
    return {};
  }

 private:
  bool is_of_sums_;
};

// Variance and standard deviation of integers, from exact sums of values and squares: the same for
// any order of rows. Words: count, sum (2), sum of squares (2). Values are below 2^63 and rows
// below 2^32, so nothing overflows but for absurd data, which wraps.
class IntegerVarianceState final : public AggregateState {
 public:
  IntegerVarianceState(bool is_sample, bool is_root, bool is_of_sums)
      : is_sample_(is_sample), is_root_(is_root), is_of_sums_(is_of_sums) {}
  [[nodiscard]] std::size_t num_words() const override { return 5; }
  [[nodiscard]] bool takes_parts() const override { return !is_of_sums_; }
  Result<void> update(const Column* values, const Column*, std::size_t begin, std::size_t end,
                      Word* const* rows, std::uint64_t) override {
    const Cells<std::int64_t> cells(*values);
    for_each_value(*values, begin, end, [&](std::size_t i) {
      Word* state = rows[i] + offset_;
      const Int128 value = cells[i];
      ++state[0];
      store128(state + 1, load128(state + 1) + value);
      store128(state + 3, static_cast<Int128>(static_cast<UInt128>(load128(state + 3)) +
                                              static_cast<UInt128>(value * value)));
    });
    return {};
  }
  Result<void> update_with_parts(const Column* sums, std::span<const Column* const> parts,
                                 std::size_t num_rows, Word* const* rows) override {
    const Cells<std::int64_t> cells(*sums);
    const Cells<std::int64_t> counts(*parts[0]);
    const Cells<std::int64_t> low(*parts[1]);
    const Cells<std::int64_t> high(*parts[2]);
    for_each_value(*sums, 0, num_rows, [&](std::size_t i) {
      Word* state = rows[i] + offset_;
      const UInt128 squares =
          static_cast<UInt128>(static_cast<Word>(high[i])) << 64 | static_cast<Word>(low[i]);
      state[0] += static_cast<Word>(counts[i]);
      store128(state + 1, load128(state + 1) + cells[i]);
      store128(state + 3, static_cast<Int128>(static_cast<UInt128>(load128(state + 3)) + squares));
    });
    return {};
  }
  Result<void> merge(Word* const* rows, const Word* const* other_rows, std::size_t num_rows,
                     const AggregateState& other) override {
    for (std::size_t i = 0; i < num_rows; ++i) {
      Word* state = rows[i] + offset_;
      const Word* theirs = other_rows[i] + other.offset();
      state[0] += theirs[0];
      for (const std::size_t part : {1, 3}) {
        store128(state + part, static_cast<Int128>(static_cast<UInt128>(load128(state + part)) +
                                                   static_cast<UInt128>(load128(theirs + part))));
      }
    }
    return {};
  }
  Result<void> finish(const Word* const* rows, std::size_t num_rows, Column& out) override {
    for (std::size_t i = 0; i < num_rows; ++i) {
      const Word* state = rows[i] + offset_;
      const auto count = static_cast<long double>(state[0]);
      if (state[0] < (is_sample_ ? 2U : 1U)) {
        out.set_null(i);
        continue;
      }
      // sum of squares - sum^2 / n, in the 64 bits of mantissa of long double after an exact shift
      // by the mean's integer part, so that no digits cancel.
      const Int128 sum = load128(state + 1);
      const Int128 squares = load128(state + 3);
      const auto mean = static_cast<Int128>(static_cast<long double>(sum) / count);
      const Int128 n = static_cast<Int128>(state[0]);
      const Int128 shifted_sum = sum - n * mean;
      const Int128 shifted_squares = static_cast<Int128>(
          static_cast<UInt128>(squares) -
          2 * static_cast<UInt128>(mean) * static_cast<UInt128>(sum) +
          static_cast<UInt128>(n) * static_cast<UInt128>(mean) * static_cast<UInt128>(mean));
      const long double shifted = static_cast<long double>(shifted_sum);
      const long double moment =
          std::max(0.0L, static_cast<long double>(shifted_squares) - shifted * shifted / count);
      const long double variance = moment / (is_sample_ ? count - 1 : count);
      out.data<double>()[i] = static_cast<double>(is_root_ ? std::sqrt(variance) : variance);
    }
    return {};
  }

 private:
  bool is_sample_;
  bool is_root_;
  bool is_of_sums_;
};

// The same for doubles, by Welford's recurrence. Words: count, mean, second moment.
class DoubleVarianceState final : public AggregateState {
 public:
  DoubleVarianceState(bool is_sample, bool is_root) : is_sample_(is_sample), is_root_(is_root) {}
  [[nodiscard]] std::size_t num_words() const override { return 3; }
  [[nodiscard]] bool takes_parts() const override { return true; }
  Result<void> update(const Column* values, const Column*, std::size_t begin, std::size_t end,
                      Word* const* rows, std::uint64_t) override {
    const Cells<double> cells(*values);
    for_each_value(*values, begin, end, [&](std::size_t i) {
      Word* state = rows[i] + offset_;
      const Word count = ++state[0];
      const double mean = std::bit_cast<double>(state[1]);
      const double delta = cells[i] - mean;
      const double next = mean + delta / static_cast<double>(count);
      state[1] = std::bit_cast<Word>(next);
      state[2] = std::bit_cast<Word>(std::bit_cast<double>(state[2]) + delta * (cells[i] - next));
    });
    return {};
  }
  Result<void> merge(Word* const* rows, const Word* const* other_rows, std::size_t num_rows,
                     const AggregateState& other) override {
    for (std::size_t i = 0; i < num_rows; ++i) {
      merge_one(rows[i] + offset_, other_rows[i] + other.offset());
    }
    return {};
  }
  Result<void> finish(const Word* const* rows, std::size_t num_rows, Column& out) override {
    for (std::size_t i = 0; i < num_rows; ++i) {
      const Word* state = rows[i] + offset_;
      if (state[0] < (is_sample_ ? 2U : 1U)) {
        out.set_null(i);
        continue;
      }
      const double divisor = static_cast<double>(is_sample_ ? state[0] - 1 : state[0]);
      const double variance = std::bit_cast<double>(state[2]) / divisor;
      out.data<double>()[i] = is_root_ ? std::sqrt(variance) : variance;
    }
    return {};
  }

 private:
  static void merge_one(Word* state, const Word* other) {
    if (other[0] == 0) {
      return;
    }
    const auto n = static_cast<double>(state[0]);
    const auto m = static_cast<double>(other[0]);
    const double mean = std::bit_cast<double>(state[1]);
    const double delta = std::bit_cast<double>(other[1]) - mean;
    state[0] += other[0];
    state[1] = std::bit_cast<Word>(mean + delta * m / (n + m));
    state[2] =
        std::bit_cast<Word>(std::bit_cast<double>(state[2]) + std::bit_cast<double>(other[2]) +
                            delta * delta * n * m / (n + m));
  }
  bool is_sample_;
  bool is_root_;
};

}  // namespace

std::unique_ptr<AggregateState> make_number_state(const Aggregate& aggregate) {
  using Kind = AggregateKind;
  const bool is_integer = aggregate.argument && aggregate.argument->type == Type::kInt64;
  switch (aggregate.kind) {
    case Kind::kCountRows:
    case Kind::kCount:
      return std::make_unique<CountState>();
    case Kind::kSumOfCounts:
      return std::make_unique<CountSumState>();
    case Kind::kMeanOfSums:
      return std::make_unique<IntegerMeanState>(true);
    case Kind::kSum:
      if (is_integer) {
        return std::make_unique<IntegerSumState>();
      }
      return std::make_unique<DoubleSumState>(false);
    case Kind::kAverage:
      if (is_integer) {
        return std::make_unique<IntegerMeanState>(false);
      }
      return std::make_unique<DoubleSumState>(true);
    default:
      break;
  }
  const bool is_of_sums = !aggregate.parts.empty();
  const bool is_sample =
      aggregate.kind == Kind::kStddevSample || aggregate.kind == Kind::kVarianceSample ||
      aggregate.kind == Kind::kStddevSampleOfSums || aggregate.kind == Kind::kVarianceSampleOfSums;
  const bool is_root = aggregate.kind == Kind::kStddevSample ||
                       aggregate.kind == Kind::kStddevPopulation ||
                       aggregate.kind == Kind::kStddevSampleOfSums ||
                       aggregate.kind == Kind::kStddevPopulationOfSums;
  if (is_integer) {
    return std::make_unique<IntegerVarianceState>(is_sample, is_root, is_of_sums);
  }
  return std::make_unique<DoubleVarianceState>(is_sample, is_root);
}

}  // namespace weir::query

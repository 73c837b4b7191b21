#include "query/execution/aggregate_state.h"

#include <algorithm>
#include <bit>
#include <boost/unordered/unordered_flat_set.hpp>
#include <cmath>
#include <cstring>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/int128.h"
#include "query/execution/group_table.h"
#include "query/execution/reservation.h"
#include "query/execution/row_order.h"

namespace weir::query {
namespace {

using column::Column;
using column::Type;
using Word = AggregateState::Word;

// Calls f(row index) for each row whose value is not null.
template <class F>
void for_each_value(const Column& values, std::size_t num_rows, F f) {
  if (values.type() == Type::kNull || (values.is_constant() && values.is_null(0))) {
    return;
  }
  if (values.is_constant() || !values.has_nulls()) {
    for (std::size_t i = 0; i < num_rows; ++i) {
      f(i);
    }
    return;
  }
  const std::uint64_t* nulls = values.null_mask();
  for (std::size_t i = 0; i < num_rows; ++i) {
    if (((nulls[i >> 6] >> (i & 63)) & 1) == 0) {
      f(i);
    }
  }
}

template <class T>
struct Cells {
  explicit Cells(const Column& column)
      : values(column.type() == Type::kNull ? nullptr : column.data<T>()),
        step(column.is_constant() ? 0 : 1) {}
  const T& operator[](std::size_t row) const { return values[row * step]; }
  const T* values;
  std::size_t step;
};

tl::unexpected<Error> sum_overflow() {
  return fail(ErrorCode::kLimit,
              "a sum is past 64 bits; sum doubles instead: sum(cast(x as double))");
}

class CountState final : public AggregateState {
 public:
  [[nodiscard]] std::size_t num_words() const override { return 1; }
  Result<void> update(const Column* values, const Column*, std::size_t num_rows, Word* const* rows,
                      std::uint64_t) override {
    if (values == nullptr) {
      for (std::size_t i = 0; i < num_rows; ++i) {
        ++rows[i][offset_];
      }
    } else {
      for_each_value(*values, num_rows, [&](std::size_t i) { ++rows[i][offset_]; });
    }
    return {};
  }
  Result<void> merge(Word* row, const Word* other_row, const AggregateState&) override {
    row[offset_] += other_row[offset_];
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
  Result<void> update(const Column* values, const Column*, std::size_t num_rows, Word* const* rows,
                      std::uint64_t) override {
    const Cells<std::int64_t> cells(*values);
    for_each_value(*values, num_rows, [&](std::size_t i) { add(rows[i], cells[i]); });
    return {};
  }
  Result<void> merge(Word* row, const Word* other_row, const AggregateState& other) override {
    if (is_seen(other_row)) {
      add(row, static_cast<std::int64_t>(other_row[offset_]));
      if (const auto carry = static_cast<const IntegerSumState&>(other).carry_of(other_row)) {
        carries_[row] += carry;
      }
    }
    return {};
  }
  Result<void> finish(const Word* const* rows, std::size_t num_rows, Column& out) override {
    for (std::size_t i = 0; i < num_rows; ++i) {
      if (carry_of(rows[i]) != 0) {
        return sum_overflow();
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
    row[0] |= seen_;
    std::int64_t sum = 0;
    if (__builtin_add_overflow(static_cast<std::int64_t>(row[offset_]), value, &sum)) [[unlikely]] {
      carries_[row] += value < 0 ? -1 : 1;
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
  Result<void> update(const Column* values, const Column*, std::size_t num_rows, Word* const* rows,
                      std::uint64_t) override {
    const Cells<double> cells(*values);
    for_each_value(*values, num_rows, [&](std::size_t i) { add(rows[i], cells[i], 0, 1); });
    return {};
  }
  Result<void> merge(Word* row, const Word* other_row, const AggregateState&) override {
    if (is_seen(other_row)) {
      add(row, std::bit_cast<double>(other_row[offset_]),
          std::bit_cast<double>(other_row[offset_ + 1]), is_mean_ ? other_row[offset_ + 2] : 0);
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

// Mean of integers: exact sum in 128 bits, then one division. Words: count, sum.
class IntegerMeanState final : public AggregateState {
 public:
  [[nodiscard]] std::size_t num_words() const override { return 3; }
  Result<void> update(const Column* values, const Column*, std::size_t num_rows, Word* const* rows,
                      std::uint64_t) override {
    const Cells<std::int64_t> cells(*values);
    for_each_value(*values, num_rows, [&](std::size_t i) {
      Word* state = rows[i] + offset_;
      ++state[0];
      store128(state + 1, load128(state + 1) + cells[i]);
    });
    return {};
  }
  Result<void> merge(Word* row, const Word* other_row, const AggregateState&) override {
    row[offset_] += other_row[offset_];
    store128(row + offset_ + 1, load128(row + offset_ + 1) + load128(other_row + offset_ + 1));
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
};

// Variance and standard deviation of integers, from exact sums of values and squares: the same for
// any order of rows. Words: count, sum (2), sum of squares (2). Values are below 2^63 and rows
// below 2^32, so nothing overflows but for absurd data, which wraps.
class IntegerVarianceState final : public AggregateState {
 public:
  IntegerVarianceState(bool is_sample, bool is_root) : is_sample_(is_sample), is_root_(is_root) {}
  [[nodiscard]] std::size_t num_words() const override { return 5; }
  Result<void> update(const Column* values, const Column*, std::size_t num_rows, Word* const* rows,
                      std::uint64_t) override {
    const Cells<std::int64_t> cells(*values);
    for_each_value(*values, num_rows, [&](std::size_t i) {
      Word* state = rows[i] + offset_;
      const Int128 value = cells[i];
      ++state[0];
      store128(state + 1, load128(state + 1) + value);
      store128(state + 3, static_cast<Int128>(static_cast<UInt128>(load128(state + 3)) +
                                              static_cast<UInt128>(value * value)));
    });
    return {};
  }
  Result<void> merge(Word* row, const Word* other_row, const AggregateState&) override {
    row[offset_] += other_row[offset_];
    for (const std::size_t part : {1, 3}) {
      store128(row + offset_ + part,
               load128(row + offset_ + part) + load128(other_row + offset_ + part));
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
};

// The same for doubles, by Welford's recurrence. Words: count, mean, second moment.
class DoubleVarianceState final : public AggregateState {
 public:
  DoubleVarianceState(bool is_sample, bool is_root) : is_sample_(is_sample), is_root_(is_root) {}
  [[nodiscard]] std::size_t num_words() const override { return 3; }
  Result<void> update(const Column* values, const Column*, std::size_t num_rows, Word* const* rows,
                      std::uint64_t) override {
    const Cells<double> cells(*values);
    for_each_value(*values, num_rows, [&](std::size_t i) {
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
  Result<void> merge(Word* row, const Word* other_row, const AggregateState&) override {
    Word* state = row + offset_;
    const Word* other = other_row + offset_;
    if (other[0] == 0) {
      return {};
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
  bool is_sample_;
  bool is_root_;
};

// min, max, sortsFirst, sortsLast: one interned word.
class ExtremeState final : public AggregateState {
 public:
  ExtremeState(Type type, bool wants_larger, bool is_insights_order, Interner& interner)
      : type_(type),
        wants_larger_(wants_larger),
        is_insights_order_(is_insights_order),
        interner_(interner) {}
  [[nodiscard]] std::size_t num_words() const override { return 1; }
  Result<void> update(const Column* values, const Column*, std::size_t num_rows, Word* const* rows,
                      std::uint64_t) override {
    words_.resize(std::max(words_.size(), num_rows));
    if (type_ == Type::kString) {
      // Interning what does not win would keep every text there is.
      const Cells<std::string_view> cells(*values);
      for_each_value(*values, num_rows, [&](std::size_t i) {
        Word* row = rows[i];
        if (!is_seen(row) || is_better_text(cells[i], interner_.text_of(row[offset_]))) {
          row[0] |= seen_;
          row[offset_] = interner_.text(cells[i]);
        }
      });
      return {};
    }
    interner_.encode(*values, num_rows, words_.data());
    for_each_value(*values, num_rows, [&](std::size_t i) { offer(rows[i], words_[i]); });
    return {};
  }
  Result<void> merge(Word* row, const Word* other_row, const AggregateState& other) override {
    if (is_seen(other_row)) {
      const auto& theirs = static_cast<const ExtremeState&>(other);
      offer(row, interner_.translate(other_row[offset_], type_, theirs.interner_));
    }
    return {};
  }
  Result<void> finish(const Word* const* rows, std::size_t num_rows, Column& out) override {
    for (std::size_t i = 0; i < num_rows; ++i) {
      if (is_seen(rows[i])) {
        interner_.decode(rows[i][offset_], i, out);
      } else {
        out.set_null(i);
      }
    }
    return {};
  }

 private:
  void offer(Word* row, Word word) {
    bool is_better = !is_seen(row);
    if (!is_better && type_ == Type::kString) {
      is_better = is_better_text(interner_.text_of(word), interner_.text_of(row[offset_]));
    } else if (!is_better) {
      is_better = wants_larger_ ? interner_.less(row[offset_], word, type_)
                                : interner_.less(word, row[offset_], type_);
    }
    if (is_better) {
      row[0] |= seen_;
      row[offset_] = word;
    }
  }
  [[nodiscard]] bool is_better_text(std::string_view a, std::string_view b) const {
    const int order = is_insights_order_ ? compare_insights(a, b) : a.compare(b);
    return wants_larger_ ? order > 0 : order < 0;
  }

  Type type_;
  bool wants_larger_;
  bool is_insights_order_;
  Interner& interner_;
  std::vector<Word> words_;
};

// earliest, latest, arg_min, arg_max: the value at the smallest or largest order; of equal ones the
// first row of the input. Words: order, value, place in the input (batch, row).
class AtExtremeState final : public AggregateState {
 public:
  AtExtremeState(Type type, Type order_type, bool wants_larger, Interner& interner)
      : type_(type), order_type_(order_type), wants_larger_(wants_larger), interner_(interner) {}
  [[nodiscard]] std::size_t num_words() const override { return 4; }
  Result<void> update(const Column* values, const Column* order, std::size_t num_rows,
                      Word* const* rows, std::uint64_t sequence) override {
    words_.resize(std::max(words_.size(), num_rows));
    orders_.resize(std::max(orders_.size(), num_rows));
    interner_.encode(*values, num_rows, words_.data());
    interner_.encode(*order, num_rows, orders_.data());
    for_each_value(*order, num_rows, [&](std::size_t i) {
      if (values->type() != Type::kNull && !values->is_null(i)) {
        offer(rows[i], {orders_[i], words_[i], sequence, i});
      }
    });
    return {};
  }
  Result<void> merge(Word* row, const Word* other_row, const AggregateState& other) override {
    if (is_seen(other_row)) {
      const auto& theirs = static_cast<const AtExtremeState&>(other);
      const Word* state = other_row + offset_;
      offer(row, {interner_.translate(state[0], order_type_, theirs.interner_),
                  interner_.translate(state[1], type_, theirs.interner_), state[2], state[3]});
    }
    return {};
  }
  Result<void> finish(const Word* const* rows, std::size_t num_rows, Column& out) override {
    for (std::size_t i = 0; i < num_rows; ++i) {
      if (is_seen(rows[i])) {
        interner_.decode(rows[i][offset_ + 1], i, out);
      } else {
        out.set_null(i);
      }
    }
    return {};
  }

 private:
  struct Candidate {
    Word order;
    Word value;
    Word sequence;
    Word row;
  };
  void offer(Word* row, const Candidate& candidate) {
    Word* state = row + offset_;
    bool is_better = !is_seen(row);
    if (!is_better) {
      const bool is_less = interner_.less(candidate.order, state[0], order_type_);
      const bool is_more = interner_.less(state[0], candidate.order, order_type_);
      const bool is_before =
          candidate.sequence != state[2] ? candidate.sequence < state[2] : candidate.row < state[3];
      is_better = is_less || is_more ? is_more == wants_larger_ : is_before;
    }
    if (is_better) {
      row[0] |= seen_;
      std::memcpy(state, &candidate, sizeof candidate);
    }
  }

  Type type_;
  Type order_type_;
  bool wants_larger_;
  Interner& interner_;
  std::vector<Word> words_;
  std::vector<Word> orders_;
};

// Numbers the groups that hold something outside the row. The word is that number plus one.
std::uint32_t ordinal_of(Word& word, std::uint32_t& next) {
  if (word == 0) {
    word = ++next;
  }
  return static_cast<std::uint32_t>(word - 1);
}

// Exact count of different values: one set of (group, value) for all groups. Words: count, ordinal.
class DistinctState final : public AggregateState {
 public:
  DistinctState(Type type, Interner& interner, MemoryBudget* budget)
      : type_(type), interner_(interner), budget_(budget) {}
  ~DistinctState() override {
    if (budget_ != nullptr) {
      budget_->release(reserved_);
    }
  }
  DistinctState(const DistinctState&) = delete;
  DistinctState& operator=(const DistinctState&) = delete;

  [[nodiscard]] std::size_t num_words() const override { return 2; }
  Result<void> update(const Column* values, const Column*, std::size_t num_rows, Word* const* rows,
                      std::uint64_t) override {
    words_.resize(std::max(words_.size(), num_rows));
    interner_.encode(*values, num_rows, words_.data());
    for_each_value(*values, num_rows, [&](std::size_t i) { insert(rows[i], words_[i]); });
    return account();
  }
  Result<void> merge(Word* row, const Word* other_row, const AggregateState& other) override {
    if (other_row[offset_] == 0) {
      return {};
    }
    auto& theirs = const_cast<DistinctState&>(static_cast<const DistinctState&>(other));
    theirs.index_by_group();
    const auto ordinal = static_cast<std::size_t>(other_row[offset_ + 1] - 1);
    for (std::size_t i = theirs.begins_[ordinal]; i < theirs.begins_[ordinal + 1]; ++i) {
      insert(row, interner_.translate(theirs.grouped_[i], type_, theirs.interner_));
    }
    return account();
  }
  Result<void> finish(const Word* const* rows, std::size_t num_rows, Column& out) override {
    for (std::size_t i = 0; i < num_rows; ++i) {
      out.data<std::int64_t>()[i] = static_cast<std::int64_t>(rows[i][offset_]);
    }
    return {};
  }

 private:
  struct Member {
    Word value;
    std::uint32_t group;
    friend bool operator==(const Member&, const Member&) = default;
  };
  struct MemberHash {
    std::size_t operator()(const Member& member) const {
      const UInt128 product = static_cast<UInt128>(member.value ^ 0x9e3779b97f4a7c15) *
                              (member.group * 0xd6e8feb86659fd93 + 0x2545f4914f6cdd1d);
      return static_cast<std::size_t>(product) ^ static_cast<std::size_t>(product >> 64);
    }
  };
  void insert(Word* row, Word value) {
    const std::uint32_t group = ordinal_of(row[offset_ + 1], num_groups_);
    if (members_.insert({value, group}).second) {
      ++row[offset_];
    }
  }
  Result<void> account() {
    const std::size_t bytes = members_.bucket_count() * (sizeof(Member) + 1);
    if (budget_ != nullptr && bytes > reserved_) {
      if (!budget_->reserve(bytes - reserved_)) {
        return out_of_budget("count distinct", *budget_);
      }
      reserved_ = bytes;
    }
    return {};
  }
  void index_by_group() {
    if (!begins_.empty()) {
      return;
    }
    begins_.assign(num_groups_ + 1, 0);
    for (const Member& member : members_) {
      ++begins_[member.group + 1];
    }
    for (std::size_t i = 1; i < begins_.size(); ++i) {
      begins_[i] += begins_[i - 1];
    }
    grouped_.resize(members_.size());
    std::vector<std::size_t> next(begins_.begin(), begins_.end() - 1);
    for (const Member& member : members_) {
      grouped_[next[member.group]++] = member.value;
    }
  }

  Type type_;
  Interner& interner_;
  MemoryBudget* budget_;
  std::size_t reserved_ = 0;
  std::uint32_t num_groups_ = 0;
  boost::unordered_flat_set<Member, MemberHash> members_;
  std::vector<Word> words_;
  std::vector<std::size_t> begins_;
  std::vector<Word> grouped_;
};

// Exact percentile: every value is kept. Word: ordinal.
class PercentileState final : public AggregateState {
 public:
  PercentileState(double share, MemoryBudget* budget) : share_(share), budget_(budget) {}
  ~PercentileState() override {
    if (budget_ != nullptr) {
      budget_->release(reserved_);
    }
  }
  PercentileState(const PercentileState&) = delete;
  PercentileState& operator=(const PercentileState&) = delete;

  [[nodiscard]] std::size_t num_words() const override { return 1; }
  Result<void> update(const Column* values, const Column*, std::size_t num_rows, Word* const* rows,
                      std::uint64_t) override {
    WEIR_RETURN_IF_ERROR(make_room(num_rows));
    const Cells<double> cells(*values);
    for_each_value(*values, num_rows, [&](std::size_t i) {
      values_.push_back(cells[i]);
      groups_.push_back(ordinal_of(rows[i][offset_], num_groups_));
    });
    return {};
  }
  Result<void> merge(Word* row, const Word* other_row, const AggregateState& other) override {
    if (other_row[offset_] == 0) {
      return {};
    }
    auto& theirs = const_cast<PercentileState&>(static_cast<const PercentileState&>(other));
    theirs.seal();
    const auto ordinal = static_cast<std::size_t>(other_row[offset_] - 1);
    const std::size_t begin = theirs.begins_[ordinal];
    const std::size_t end = theirs.begins_[ordinal + 1];
    WEIR_RETURN_IF_ERROR(make_room(end - begin));
    const std::uint32_t group = ordinal_of(row[offset_], num_groups_);
    for (std::size_t i = begin; i < end; ++i) {
      values_.push_back(theirs.values_[i]);
      groups_.push_back(group);
    }
    return {};
  }
  // Puts the values of a group side by side.
  void seal() override {
    if (!begins_.empty()) {
      return;
    }
    begins_.assign(num_groups_ + 1, 0);
    for (const std::uint32_t group : groups_) {
      ++begins_[group + 1];
    }
    for (std::size_t i = 1; i < begins_.size(); ++i) {
      begins_[i] += begins_[i - 1];
    }
    std::vector<double> sorted(values_.size());
    std::vector<std::size_t> next(begins_.begin(), begins_.end() - 1);
    for (std::size_t i = 0; i < values_.size(); ++i) {
      sorted[next[groups_[i]]++] = values_[i];
    }
    values_ = std::move(sorted);
    groups_ = {};
  }
  Result<void> finish(const Word* const* rows, std::size_t num_rows, Column& out) override {
    for (std::size_t i = 0; i < num_rows; ++i) {
      if (rows[i][offset_] == 0) {
        out.set_null(i);
        continue;
      }
      const auto ordinal = static_cast<std::size_t>(rows[i][offset_] - 1);
      const auto begin = values_.begin() + static_cast<std::ptrdiff_t>(begins_[ordinal]);
      const auto end = values_.begin() + static_cast<std::ptrdiff_t>(begins_[ordinal + 1]);
      const double place = share_ * static_cast<double>(end - begin - 1);
      const auto below = begin + static_cast<std::ptrdiff_t>(std::floor(place));
      std::nth_element(begin, below, end);
      double value = *below;
      if (const double rest = place - std::floor(place); rest > 0) {
        value += (*std::min_element(below + 1, end) - value) * rest;
      }
      out.data<double>()[i] = value;
    }
    return {};
  }

 private:
  Result<void> make_room(std::size_t more) {
    const std::size_t bytes =
        (values_.size() + more) * 2 * (sizeof(double) + sizeof(std::uint32_t));
    if (budget_ != nullptr && bytes > reserved_) {
      const std::size_t wanted = std::max(bytes, reserved_ * 2) - reserved_;
      if (!budget_->reserve(wanted)) {
        return out_of_budget("an exact percentile", *budget_);
      }
      reserved_ += wanted;
    }
    return {};
  }

  double share_;
  MemoryBudget* budget_;
  std::size_t reserved_ = 0;
  std::uint32_t num_groups_ = 0;
  std::vector<double> values_;
  std::vector<std::uint32_t> groups_;
  std::vector<std::size_t> begins_;
};

}  // namespace

std::unique_ptr<AggregateState> make_aggregate_state(const Aggregate& aggregate, Interner& interner,
                                                     MemoryBudget* budget) {
  using Kind = AggregateKind;
  const Type type = aggregate.argument ? aggregate.argument->type : Type::kNull;
  const bool is_integer = type == Type::kInt64;
  switch (aggregate.kind) {
    case Kind::kCountRows:
    case Kind::kCount:
      return std::make_unique<CountState>();
    case Kind::kCountDistinct:
      return std::make_unique<DistinctState>(type, interner, budget);
    case Kind::kSum:
      if (is_integer) {
        return std::make_unique<IntegerSumState>();
      }
      return std::make_unique<DoubleSumState>(false);
    case Kind::kAverage:
      if (is_integer) {
        return std::make_unique<IntegerMeanState>();
      }
      return std::make_unique<DoubleSumState>(true);
    case Kind::kMin:
    case Kind::kMax:
      return std::make_unique<ExtremeState>(type, aggregate.kind == Kind::kMax, false, interner);
    case Kind::kSortsFirst:
    case Kind::kSortsLast:
      return std::make_unique<ExtremeState>(type, aggregate.kind == Kind::kSortsLast, true,
                                            interner);
    case Kind::kFirst:
    case Kind::kLast:
      return std::make_unique<AtExtremeState>(type, aggregate.order_by->type,
                                              aggregate.kind == Kind::kLast, interner);
    case Kind::kPercentile:
      return std::make_unique<PercentileState>(aggregate.parameter, budget);
    default:
      break;
  }
  const bool is_sample =
      aggregate.kind == Kind::kStddevSample || aggregate.kind == Kind::kVarianceSample;
  const bool is_root =
      aggregate.kind == Kind::kStddevSample || aggregate.kind == Kind::kStddevPopulation;
  if (is_integer) {
    return std::make_unique<IntegerVarianceState>(is_sample, is_root);
  }
  return std::make_unique<DoubleVarianceState>(is_sample, is_root);
}

}  // namespace weir::query

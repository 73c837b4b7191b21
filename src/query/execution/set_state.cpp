#include <algorithm>
#include <boost/unordered/unordered_flat_set.hpp>
#include <cmath>
#include <numeric>
#include <utility>
#include <vector>

#include "base/int128.h"
#include "query/execution/aggregate_state.h"
#include "query/execution/cells.h"
#include "query/execution/reservation.h"

namespace weir::query {
namespace {

using column::Column;
using column::Type;
using Word = AggregateState::Word;

// Numbers the groups that hold something outside the row. The word is that number plus one.
std::uint32_t ordinal_of(Word& word, std::uint32_t& next) {
  if (word == 0) {
    word = ++next;
  }
  return static_cast<std::uint32_t>(word - 1);
}

// Makes counts[i + 1] items of group i the places where each group begins.
void begins_of_counts(std::vector<std::size_t>& counts) {
  std::partial_sum(counts.begin(), counts.end(), counts.begin());
}

// Exact count of different values: one set of (group, value) for all groups. Words: count, ordinal.
class DistinctState final : public AggregateState {
 public:
  DistinctState(Interner& interner, MemoryBudget* budget)
      : interner_(interner), reserved_(budget) {}

  [[nodiscard]] std::size_t num_words() const override { return 2; }
  [[nodiscard]] bool is_within_row() const override { return false; }
  Result<void> update(const Column* values, const Column*, std::size_t begin, std::size_t end,
                      Word* const* rows, std::uint64_t) override {
    words_.resize(std::max(words_.size(), end));
    WEIR_RETURN_IF_ERROR(interner_.encode(*values, end, words_.data()));
    WEIR_RETURN_IF_ERROR(make_room(end));
    for_each_value(*values, begin, end, [&](std::size_t i) { insert(rows[i], words_[i]); });
    return {};
  }
  Result<void> merge(Word* const* rows, const Word* const* other_rows, std::size_t num_rows,
                     const AggregateState& other) override {
    const auto& theirs = static_cast<const DistinctState&>(other);
    for (std::size_t i = 0; i < num_rows; ++i) {
      if (other_rows[i][other.offset()] == 0) {
        continue;
      }
      const auto ordinal = static_cast<std::size_t>(other_rows[i][other.offset() + 1] - 1);
      const std::size_t end = theirs.begins_[ordinal + 1];
      for (std::size_t begin = theirs.begins_[ordinal]; begin < end; begin += kStep) {
        const std::size_t stop = std::min(end, begin + kStep);
        WEIR_RETURN_IF_ERROR(make_room(stop - begin));
        for (std::size_t place = begin; place < stop; ++place) {
          insert(rows[i], theirs.grouped_[place]);
        }
      }
    }
    return {};
  }
  // Puts the values of a group side by side.
  Result<void> seal(Purpose purpose) override {
    if (purpose == Purpose::kFinish || !begins_.empty()) {
      return {};
    }
    if (!reserved_.add(members_.size() * sizeof(Word))) {
      return out_of_budget("count distinct", *reserved_.budget());
    }
    begins_.assign(num_groups_ + 1, 0);
    for (const Member& member : members_) {
      ++begins_[member.group + 1];
    }
    begins_of_counts(begins_);
    grouped_.resize(members_.size());
    std::vector<std::size_t> next(begins_.begin(), begins_.end() - 1);
    for (const Member& member : members_) {
      grouped_[next[member.group]++] = member.value;
    }
    return {};
  }
  void clear() override {
    num_groups_ = 0;
    members_ = {};
    grouped_ = {};
    begins_ = {};
    reserved_.shrink_to(0);
  }
  [[nodiscard]] std::size_t memory_bytes() const override { return reserved_.bytes(); }
  Result<void> finish(const Word* const* rows, std::size_t num_rows, Column& out) override {
    for (std::size_t i = 0; i < num_rows; ++i) {
      out.data<std::int64_t>()[i] = static_cast<std::int64_t>(rows[i][offset_]);
    }
    return {};
  }

 private:
  static constexpr std::size_t kStep = 2048;
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
  // Growing holds the old set beside the new one for a while.
  Result<void> make_room(std::size_t more) {
    if (members_.size() + more <= members_.max_load()) {
      return {};
    }
    const std::size_t wanted = std::max(members_.size() * 2, members_.size() + more);
    const std::size_t old_bytes = members_.bucket_count() * (sizeof(Member) + 1);
    if (!reserved_.add(wanted * (sizeof(Member) + 1) * 5 / 4)) {
      return out_of_budget("count distinct", *reserved_.budget());
    }
    members_.reserve(wanted);
    const std::size_t new_bytes = members_.bucket_count() * (sizeof(Member) + 1);
    if (!reserved_.grow_to(old_bytes + new_bytes)) {
      return out_of_budget("count distinct", *reserved_.budget());
    }
    reserved_.shrink_to(new_bytes);
    return {};
  }

  Interner& interner_;
  Reservation reserved_;
  std::uint32_t num_groups_ = 0;
  boost::unordered_flat_set<Member, MemberHash> members_;
  std::vector<Word> words_;
  std::vector<std::size_t> begins_;
  std::vector<Word> grouped_;
};

// Exact percentile: every value is kept. Word: ordinal.
class PercentileState final : public AggregateState {
 public:
  PercentileState(double share, MemoryBudget* budget) : share_(share), reserved_(budget) {}

  [[nodiscard]] std::size_t num_words() const override { return 1; }
  [[nodiscard]] bool is_within_row() const override { return false; }
  Result<void> update(const Column* values, const Column*, std::size_t begin, std::size_t end,
                      Word* const* rows, std::uint64_t) override {
    WEIR_RETURN_IF_ERROR(make_room(end));
    const Cells<double> cells(*values);
    for_each_value(*values, begin, end, [&](std::size_t i) {
      values_.push_back(cells[i]);
      groups_.push_back(ordinal_of(rows[i][offset_], num_groups_));
    });
    return {};
  }
  Result<void> merge(Word* const* rows, const Word* const* other_rows, std::size_t num_rows,
                     const AggregateState& other) override {
    const auto& theirs = static_cast<const PercentileState&>(other);
    for (std::size_t i = 0; i < num_rows; ++i) {
      if (other_rows[i][other.offset()] == 0) {
        continue;
      }
      const auto ordinal = static_cast<std::size_t>(other_rows[i][other.offset()] - 1);
      const std::size_t begin = theirs.begins_[ordinal];
      const std::size_t end = theirs.begins_[ordinal + 1];
      WEIR_RETURN_IF_ERROR(make_room(end - begin));
      const std::uint32_t group = ordinal_of(rows[i][offset_], num_groups_);
      values_.insert(values_.end(), theirs.values_.begin() + static_cast<std::ptrdiff_t>(begin),
                     theirs.values_.begin() + static_cast<std::ptrdiff_t>(end));
      groups_.insert(groups_.end(), end - begin, group);
    }
    return {};
  }
  // Puts the values of a group side by side.
  Result<void> seal(Purpose) override {
    if (!begins_.empty()) {
      return {};
    }
    begins_.assign(num_groups_ + 1, 0);
    for (const std::uint32_t group : groups_) {
      ++begins_[group + 1];
    }
    begins_of_counts(begins_);
    std::vector<double> sorted(values_.size());
    std::vector<std::size_t> next(begins_.begin(), begins_.end() - 1);
    for (std::size_t i = 0; i < values_.size(); ++i) {
      sorted[next[groups_[i]]++] = values_[i];
    }
    values_ = std::move(sorted);
    groups_ = {};
    return {};
  }
  void clear() override {
    num_groups_ = 0;
    values_ = {};
    groups_ = {};
    begins_ = {};
    reserved_.shrink_to(0);
  }
  [[nodiscard]] std::size_t memory_bytes() const override { return reserved_.bytes(); }
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
  // A value and its group, and room to put them in order.
  static constexpr std::size_t kValueBytes = 2 * sizeof(double) + sizeof(std::uint32_t);

  Result<void> make_room(std::size_t more) {
    if (values_.size() + more <= values_.capacity()) {
      return {};
    }
    const std::size_t wanted = std::max(values_.size() + more, values_.capacity() * 2);
    const std::size_t old_bytes = reserved_.bytes();
    if (!reserved_.add(wanted * kValueBytes)) {
      return out_of_budget("an exact percentile", *reserved_.budget());
    }
    values_.reserve(wanted);
    groups_.reserve(wanted);
    reserved_.shrink_to(std::max(old_bytes, wanted * kValueBytes));
    return {};
  }

  double share_;
  Reservation reserved_;
  std::uint32_t num_groups_ = 0;
  std::vector<double> values_;
  std::vector<std::uint32_t> groups_;
  std::vector<std::size_t> begins_;
};

}  // namespace

std::unique_ptr<AggregateState> make_set_state(const Aggregate& aggregate, Interner& interner,
                                               MemoryBudget* budget) {
  if (aggregate.kind == AggregateKind::kCountDistinct) {
    return std::make_unique<DistinctState>(interner, budget);
  }
  return std::make_unique<PercentileState>(aggregate.parameter, budget);
}

}  // namespace weir::query

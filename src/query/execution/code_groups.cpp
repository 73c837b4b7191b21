#include "query/execution/code_groups.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <new>

#include "query/execution/group_table.h"

namespace weir::query {

CodeGroups::CodeGroups(const Plan& plan, Interner& interner, MemoryBudget* budget)
    : reserved_(budget) {
  AggregateState::Word seen = GroupTable::kKeyNulls + 1;
  for (const Aggregate& aggregate : plan.aggregates) {
    auto state = make_aggregate_state(aggregate, interner, budget);
    state->place(stride_, seen);
    stride_ += state->num_words();
    seen <<= 1;
    is_within_rows_ &= state->is_within_row();
    states_.push_back(std::move(state));
  }
}

// count_offset 0: no count.
template <std::size_t kSums>
void CodeGroups::add_sums(const std::uint32_t* codes, std::size_t num_rows,
                          std::size_t count_offset) {
  std::array<Sum, kSums> sums;
  std::copy_n(sums_.begin(), kSums, sums.begin());
  Word flags = kHasCome;
  for (const Sum& sum : sums) {
    flags |= sum.state->seen();
  }
  Word* const first = rows_.get();
  const std::size_t stride = stride_;
  const auto add = [&](std::size_t i) {
    Word* const row = first + codes[i] * stride;
    if ((row[0] & flags) != flags) [[unlikely]] {
      row[0] |= flags;
    }
    for (const Sum& sum : sums) {
      std::int64_t total = 0;
      if (__builtin_add_overflow(static_cast<std::int64_t>(row[sum.offset]), sum.values[i], &total))
          [[unlikely]] {
        sum.state->carry(row, sum.values[i] < 0);
      }
      row[sum.offset] = static_cast<Word>(total);
    }
    return row;
  };
  if (count_offset == 0) {
    for (std::size_t i = 0; i < num_rows; ++i) {
      add(i);
    }
  } else {
    for (std::size_t i = 0; i < num_rows; ++i) {
      ++add(i)[count_offset];
    }
  }
}

bool CodeGroups::add(const std::uint32_t* codes, std::size_t num_rows,
                     std::span<const column::Column* const> values) {
  std::size_t count_offset = 0;
  sums_.clear();
  for (std::size_t a = 0; a < states_.size(); ++a) {
    AggregateState& state = *states_[a];
    const column::Column* const column = values[a];
    if (column != nullptr &&
        (column->is_constant() || column->has_nulls() || column->type() == column::Type::kNull)) {
      return false;
    }
    switch (state.simple()) {
      case AggregateState::Simple::kNo:
        return false;
      case AggregateState::Simple::kCount:
        if (count_offset != 0) {
          return false;
        }
        count_offset = state.offset();
        break;
      case AggregateState::Simple::kIntegerSum:
        if (sums_.size() == kMaxSums) {
          return false;
        }
        sums_.push_back({&state, state.offset(), column->data<std::int64_t>()});
        break;
    }
  }
  switch (sums_.size()) {
    case 0:
      add_sums<0>(codes, num_rows, count_offset);
      break;
    case 1:
      add_sums<1>(codes, num_rows, count_offset);
      break;
    case 2:
      add_sums<2>(codes, num_rows, count_offset);
      break;
    default:
      add_sums<kMaxSums>(codes, num_rows, count_offset);
      break;
  }
  return true;
}

bool CodeGroups::suits(std::uint32_t num_codes) const {
  return is_within_rows_ && std::size_t{num_codes} * stride_ * sizeof(Word) <= kMaxBytes;
}

bool CodeGroups::begin(std::uint32_t num_codes) {
  const std::size_t num_words = std::size_t{num_codes} * stride_;
  if (!reserved_.grow_to(num_words * sizeof(Word))) {
    return false;
  }
  num_codes_ = num_codes;
  if (num_words > capacity_words_) {
    rows_.reset();
    rows_.reset(static_cast<Word*>(std::malloc(num_words * sizeof(Word))));
    if (!rows_) {
      throw std::bad_alloc();
    }
    capacity_words_ = num_words;
  }
  clear();
  return true;
}

void CodeGroups::clear() {
  if (rows_) {
    std::memset(rows_.get(), 0, std::size_t{num_codes_} * stride_ * sizeof(Word));
  }
  for (const auto& state : states_) {
    state->clear();
  }
}

std::vector<std::uint32_t> CodeGroups::codes() const {
  std::vector<std::uint32_t> codes;
  for (std::uint32_t code = 0; code < num_codes_; ++code) {
    if ((row(code)[0] & kHasCome) != 0) {
      codes.push_back(code);
    }
  }
  return codes;
}

}  // namespace weir::query

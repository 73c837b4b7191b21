#include "query/execution/code_groups.h"

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

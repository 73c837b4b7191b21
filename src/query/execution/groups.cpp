#include "query/execution/groups.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

namespace weir::query {
namespace {

using Word = Groups::Word;
constexpr std::size_t kGroupBatch = 512;  // a table makes room for as many

// Bits of the hash that neither the bucket nor its tag looks at.
std::size_t part_of(Word hash) { return (hash >> 48) % SharedGroups::kParts; }

std::size_t state_words_of(const Plan& plan) {
  Dictionary none(nullptr);
  Interner interner(none);
  std::size_t words = 0;
  for (const Aggregate& aggregate : plan.aggregates) {
    words += make_aggregate_state(aggregate, interner, nullptr)->num_words();
  }
  return words;
}

}  // namespace

Groups::Groups(const Plan& plan, Dictionary& dictionary, MemoryBudget* budget)
    : plan_(plan),
      interner_(dictionary),
      row_words_(1 + plan.expressions.size() + state_words_of(plan)),
      table_(plan.expressions.size(), row_words_ - 1 - plan.expressions.size(), budget) {
  std::size_t offset = 1 + plan.expressions.size();
  Word seen = GroupTable::kKeyNulls + 1;
  for (const Aggregate& aggregate : plan.aggregates) {
    auto state = make_aggregate_state(aggregate, interner_, budget);
    state->place(offset, seen);
    offset += state->num_words();
    seen <<= 1;
    states_.push_back(std::move(state));
  }
}

Result<void> Groups::merge(const Word* const* rows, std::size_t num_rows, const Groups& other) {
  const std::size_t num_keys = plan_.expressions.size();
  std::vector<Word> words(num_keys * kGroupBatch);
  std::array<const Word*, GroupTable::kMaxKeys> keys{};
  for (std::size_t k = 0; k < num_keys; ++k) {
    keys[k] = words.data() + k * kGroupBatch;
  }
  std::vector<Word> nulls(kGroupBatch);
  std::vector<Word*> mine(kGroupBatch);
  for (std::size_t begin = 0; begin < num_rows; begin += kGroupBatch) {
    const std::size_t count = std::min(kGroupBatch, num_rows - begin);
    const Word* const* theirs = rows + begin;
    for (std::size_t i = 0; i < count; ++i) {
      nulls[i] = theirs[i][0] & GroupTable::kKeyNulls;
      for (std::size_t k = 0; k < num_keys; ++k) {
        words[k * kGroupBatch + i] = GroupTable::keys_of(theirs[i])[k];
      }
    }
    WEIR_RETURN_IF_ERROR(table_.find_or_add(keys.data(), nulls.data(), count, mine.data()));
    for (std::size_t a = 0; a < states_.size(); ++a) {
      WEIR_RETURN_IF_ERROR(states_[a]->merge(mine.data(), theirs, count, *other.states_[a]));
    }
  }
  return {};
}

Result<void> Groups::merge(Groups& other) {
  WEIR_RETURN_IF_ERROR(other.seal(AggregateState::Purpose::kMerge));
  std::vector<const Word*> rows(other.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    rows[i] = other.row(i);
  }
  return merge(rows.data(), rows.size(), other);
}

Result<void> Groups::seal(AggregateState::Purpose purpose) {
  for (const auto& state : states_) {
    WEIR_RETURN_IF_ERROR(state->seal(purpose));
  }
  return {};
}

void Groups::clear() {
  table_.clear();
  for (const auto& state : states_) {
    state->clear();
  }
}

std::size_t Groups::state_bytes() const {
  return std::accumulate(
      states_.begin(), states_.end(), std::size_t{0},
      [](std::size_t sum, const auto& state) { return sum + state->memory_bytes(); });
}

Result<void> Groups::finish(const Word* const* rows, std::size_t num_rows, column::Batch& out) {
  const std::size_t num_keys = plan_.expressions.size();
  out.num_rows = num_rows;
  out.columns.resize(num_keys + states_.size());
  for (std::size_t k = 0; k < num_keys; ++k) {
    column::Column& keys = out.columns[k];
    keys.reset(plan_.expressions[k]->type, num_rows);
    for (std::size_t i = 0; i < num_rows; ++i) {
      if ((rows[i][0] >> k & 1) != 0) {
        keys.set_null(i);
      } else {
        interner_.decode(GroupTable::keys_of(rows[i])[k], i, keys);
      }
    }
  }
  for (std::size_t a = 0; a < states_.size(); ++a) {
    column::Column& results = out.columns[num_keys + a];
    results.reset(plan_.aggregates[a].type, num_rows);
    WEIR_RETURN_IF_ERROR(states_[a]->finish(rows, num_rows, results));
  }
  return {};
}

std::vector<const Word*> Groups::rows_in_order() const {
  std::vector<const Word*> rows(size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    rows[i] = row(i);
  }
  std::sort(rows.begin(), rows.end(), [&](const Word* a, const Word* b) {
    for (std::size_t k = 0; k < plan_.expressions.size(); ++k) {
      const Word null_a = a[0] >> k & 1;
      const Word null_b = b[0] >> k & 1;
      if (null_a != null_b) {
        return null_a < null_b;
      }
      const Word& word_a = GroupTable::keys_of(a)[k];
      const Word& word_b = GroupTable::keys_of(b)[k];
      if (null_a == 0 && word_a != word_b) {
        return interner_.less(word_a, word_b, plan_.expressions[k]->type);
      }
    }
    return false;
  });
  return rows;
}

SharedGroups::SharedGroups(const Plan& plan, Dictionary& dictionary, MemoryBudget* budget)
    : plan_(plan), dictionary_(dictionary), budget_(budget), parts_(kParts) {}

Result<void> SharedGroups::take(Groups& source) {
  WEIR_RETURN_IF_ERROR(source.seal(AggregateState::Purpose::kMerge));
  // The rows by their part, those of a part side by side.
  const std::size_t num_rows = source.size();
  std::vector<const Word*> rows(num_rows);
  for (std::size_t i = 0; i < num_rows; ++i) {
    rows[i] = source.row(i);
  }
  std::vector<Word> hashes(num_rows);
  GroupTable::hash_rows(plan_.expressions.size(), rows.data(), num_rows, hashes.data());
  std::array<std::size_t, kParts + 1> begins{};
  for (const Word hash : hashes) {
    ++begins[part_of(hash) + 1];
  }
  std::partial_sum(begins.begin(), begins.end(), begins.begin());
  std::vector<const Word*> sorted(num_rows);
  auto next = begins;
  for (std::size_t i = 0; i < num_rows; ++i) {
    sorted[next[part_of(hashes[i])]++] = rows[i];
  }
  // Threads begin with different parts, so that they seldom wait for each other.
  const std::size_t first = next_first_.fetch_add(kParts / 4 + 1, std::memory_order_relaxed);
  for (std::size_t i = 0; i < kParts; ++i) {
    const std::size_t index = (first + i) % kParts;
    const std::size_t count = begins[index + 1] - begins[index];
    if (count == 0) {
      continue;
    }
    const std::lock_guard lock(parts_[index].mutex);
    if (!parts_[index].groups) {
      parts_[index].groups = std::make_unique<Groups>(plan_, dictionary_, budget_);
    }
    WEIR_RETURN_IF_ERROR(parts_[index].groups->merge(sorted.data() + begins[index], count, source));
  }
  source.clear();
  return {};
}

}  // namespace weir::query

#include "query/execution/group_keys.h"

#include <algorithm>
#include <utility>

#include "query/execution/code_values.h"

namespace weir::query {
namespace {

using column::Batch;
using column::Column;
using column::Type;
using Word = GroupKeys::Word;

constexpr std::size_t kMaxBatch = GroupTable::kMaxBatch;
// No text's or address's word: neither mark nor code reaches these bits.
constexpr Word kUnknown = 0xbadc'0de0'0000'0000;

bool is_null_code(const Column& values, std::uint32_t code) {
  return (values.null_mask()[code >> 6] >> (code & 63) & 1) != 0;
}

}  // namespace

GroupKeys::GroupKeys(const Plan& plan, Groups& groups, MemoryBudget* budget)
    : expressions_(plan.expressions),
      groups_(groups),
      code_groups_(plan, groups.interner(), budget),
      columns_(expressions_.size()),
      words_(expressions_.size() * kMaxBatch),
      nulls_(kMaxBatch),
      hashes_(kMaxBatch),
      reserved_(budget),
      known_words_(expressions_.size()),
      fresh_(kMaxBatch),
      fresh_groups_(kMaxBatch),
      fresh_columns_(expressions_.size()) {
  by_code_.tables.resize(expressions_.size());
  for (std::size_t k = 0; k < expressions_.size(); ++k) {
    keys_.push_back(words_of(k));
  }
}

void GroupKeys::forget() { std::fill(by_code_.groups.begin(), by_code_.groups.end(), nullptr); }

Result<GroupKeys::States> GroupKeys::find(const Batch& batch, Word** rows) {
  codes_ = nullptr;
  const Column* coded = nullptr;
  bool is_one_space = true;
  for (std::size_t k = 0; k < expressions_.size(); ++k) {
    WEIR_ASSIGN_OR_RETURN(columns_[k], evaluator_.evaluate_coded(*expressions_[k], batch));
    const Column& column = *columns_[k];
    if (column.is_coded()) {
      is_one_space &= coded == nullptr || coded->code_table()->space == column.code_table()->space;
      coded = &column;
    } else {
      const std::size_t count = column.is_constant() ? 1 : batch.num_rows;
      WEIR_RETURN_IF_ERROR(groups_.interner().encode(column, count, words_of(k)));
    }
  }
  // What is the same in all rows of the batch needs no look-up by row.
  others_.clear();
  bool is_by_code = is_one_space;
  for (std::size_t k = 0; k < expressions_.size() && is_by_code; ++k) {
    if (!columns_[k]->is_coded()) {
      is_by_code = is_same_throughout(k, batch.num_rows);
      others_.push_back(words_of(k)[0]);
      others_.push_back(columns_[k]->is_null(0) ? 1 : 0);
    }
  }
  if (is_by_code && coded == nullptr) {
    WEIR_RETURN_IF_ERROR(find_by_words(1, rows));
    std::fill_n(rows + 1, batch.num_rows - 1, rows[0]);
    return groups_.states();
  }
  if (is_by_code) {
    const auto& space = coded->code_table()->space;
    if (by_code_.mode == ByCode::Mode::kAggregates && !is_still_by(space)) {
      WEIR_RETURN_IF_ERROR(settle());  // which takes the room of this batch's keys
      return find(batch, rows);
    }
    const ByCode::Mode mode = begin_codes(space, batch.num_rows);
    if (mode == ByCode::Mode::kAggregates) {
      codes_ = coded->codes();
      return code_groups_.states();
    }
    if (mode == ByCode::Mode::kGroups) {
      WEIR_RETURN_IF_ERROR(find_by_code(coded->codes(), batch.num_rows, rows));
      return groups_.states();
    }
  }
  WEIR_RETURN_IF_ERROR(find_by_words(batch.num_rows, rows));
  return groups_.states();
}

bool GroupKeys::is_same_throughout(std::size_t k, std::size_t num_rows) {
  const Column& column = *columns_[k];
  if (column.is_constant() || column.type() == Type::kNull) {
    return true;
  }
  const Word* const words = words_of(k);
  for (std::size_t i = 1; i < num_rows; ++i) {
    if (words[i] != words[0]) {
      return false;
    }
  }
  bool is_same = true;
  for (std::size_t i = 0; i < num_rows && is_same && column.has_nulls(); ++i) {
    is_same = column.is_null(i) == column.is_null(0);
  }
  return is_same;
}

bool GroupKeys::is_still_by(const std::shared_ptr<const column::CodeSpace>& space) const {
  bool is_same = by_code_.space == space && by_code_.others == others_;
  for (std::size_t k = 0; k < columns_.size() && is_same; ++k) {
    const auto* const table = columns_[k]->is_coded() ? columns_[k]->code_table().get() : nullptr;
    is_same = by_code_.tables[k].get() == table;
  }
  return is_same;
}

// Undecided where the rows so far are too few for room by code, or there is no memory for it.
GroupKeys::ByCode::Mode GroupKeys::begin_codes(
    const std::shared_ptr<const column::CodeSpace>& space, std::size_t num_rows) {
  if (!is_still_by(space)) {
    by_code_.mode = ByCode::Mode::kUndecided;
    by_code_.space = space;
    by_code_.others = others_;
    by_code_.num_rows = 0;
    for (std::size_t k = 0; k < columns_.size(); ++k) {
      by_code_.tables[k] = columns_[k]->is_coded() ? columns_[k]->code_table() : nullptr;
    }
  }
  by_code_.num_rows += num_rows;
  if (by_code_.mode != ByCode::Mode::kUndecided ||
      !is_worth_codes(by_code_.num_rows, space->size)) {
    return by_code_.mode;
  }
  if (code_groups_.suits(space->size) && code_groups_.begin(space->size)) {
    by_code_.mode = ByCode::Mode::kAggregates;
  } else if (reserved_.grow_to(std::size_t{space->size} * sizeof(Word*))) {
    by_code_.groups.assign(space->size, nullptr);
    by_code_.mode = ByCode::Mode::kGroups;
  }
  return by_code_.mode;
}

Result<void> GroupKeys::settle() {
  const ByCode::Mode mode = std::exchange(by_code_.mode, ByCode::Mode::kUndecided);
  if (mode != ByCode::Mode::kAggregates) {
    return {};
  }
  for (const auto& state : code_groups_.states()) {
    WEIR_RETURN_IF_ERROR(state->seal(AggregateState::Purpose::kMerge));
  }
  const std::vector<std::uint32_t> codes = code_groups_.codes();
  std::vector<const Word*> theirs(kMaxBatch);
  for (std::size_t begin = 0; begin < codes.size(); begin += kMaxBatch) {
    const std::size_t count = std::min(kMaxBatch, codes.size() - begin);
    std::size_t other = 0;
    for (std::size_t k = 0; k < columns_.size(); ++k) {
      Column& values = fresh_columns_[k];
      if (by_code_.tables[k] != nullptr) {
        values.gather(by_code_.tables[k]->values, {codes.data() + begin, count});
        WEIR_RETURN_IF_ERROR(groups_.interner().encode(values, count, words_of(k)));
      } else {
        values.reset_constant(expressions_[k]->type, count);
        words_of(k)[0] = by_code_.others[other];
        if (by_code_.others[other + 1] != 0) {
          values.set_null(0);
        }
        other += 2;
      }
      columns_[k] = &values;
    }
    WEIR_RETURN_IF_ERROR(find_by_words(count, fresh_groups_.data()));
    for (std::size_t i = 0; i < count; ++i) {
      theirs[i] = code_groups_.row(codes[begin + i]);
    }
    const States mine = groups_.states();
    for (std::size_t a = 0; a < mine.size(); ++a) {
      WEIR_RETURN_IF_ERROR(
          mine[a]->merge(fresh_groups_.data(), theirs.data(), count, *code_groups_.states()[a]));
    }
  }
  return {};
}

Result<void> GroupKeys::find_by_code(const std::uint32_t* codes, std::size_t num_rows,
                                     Word** rows) {
  Word** const groups = by_code_.groups.data();
  std::size_t num_fresh = 0;
  for (std::size_t i = 0; i < num_rows; ++i) {
    Word* const group = groups[codes[i]];
    rows[i] = group;
    fresh_[num_fresh] = static_cast<std::uint32_t>(i);
    num_fresh += group == nullptr ? 1 : 0;
  }
  if (num_fresh == 0) {
    return {};
  }
  for (std::size_t k = 0; k < columns_.size(); ++k) {
    if (columns_[k]->is_coded()) {
      fresh_columns_[k].gather(*columns_[k], {fresh_.data(), num_fresh});
      fresh_columns_[k].flatten();
      columns_[k] = &fresh_columns_[k];
      WEIR_RETURN_IF_ERROR(groups_.interner().encode(*columns_[k], num_fresh, words_of(k)));
    }
  }
  WEIR_RETURN_IF_ERROR(find_by_words(num_fresh, fresh_groups_.data()));
  for (std::size_t i = 0; i < num_fresh; ++i) {
    rows[fresh_[i]] = fresh_groups_[i];
    groups[codes[fresh_[i]]] = fresh_groups_[i];
  }
  return {};
}

// Of the first rows of columns_, whose words are there already where they are not coded.
Result<void> GroupKeys::find_by_words(std::size_t num_rows, Word** rows) {
  has_nulls_ = false;
  for (std::size_t k = 0; k < columns_.size(); ++k) {
    const Column& column = *columns_[k];
    if (column.is_coded()) {
      WEIR_RETURN_IF_ERROR(encode_coded(k, num_rows));
    } else if (column.is_constant()) {
      std::fill_n(words_of(k), num_rows, words_of(k)[0]);
    }
    if (column.has_nulls() || column.type() == Type::kNull) {
      mark_nulls(k, num_rows);
    }
  }
  const Word* const nulls = has_nulls_ ? nulls_.data() : nullptr;
  GroupTable::hash_keys(keys_.size(), keys_.data(), nulls, num_rows, hashes_.data());
  return groups_.find_or_add(keys_.data(), nulls, hashes_.data(), num_rows, rows);
}

void GroupKeys::mark_nulls(std::size_t k, std::size_t num_rows) {
  if (!has_nulls_) {
    std::fill_n(nulls_.begin(), num_rows, 0);
    has_nulls_ = true;
  }
  const Column& column = *columns_[k];
  if (column.is_coded() && column.type() != Type::kNull) {
    const Column& values = column.code_table()->values;
    for (std::size_t i = 0; i < num_rows; ++i) {
      nulls_[i] |= is_null_code(values, column.codes()[i]) ? Word{1} << k : 0;
    }
    return;
  }
  for (std::size_t i = 0; i < num_rows; ++i) {
    nulls_[i] |= column.is_null(i) ? Word{1} << k : 0;
  }
}

Result<void> GroupKeys::encode_coded(std::size_t k, std::size_t num_rows) {
  const Column& column = *columns_[k];
  WordOfCode& known = known_words_[k];
  Word* const words = words_of(k);
  if (known.table != column.code_table()) {
    known = {column.code_table(), 0, {}};
  }
  known.num_rows += num_rows;
  const std::uint32_t size = known.table->space->size;
  // Numbers are their own words: nothing to remember.
  const bool has_codes = column.type() == Type::kString || column.type() == Type::kAddress;
  if (!has_codes || !is_worth_codes(known.num_rows, size)) {
    fresh_values_.reset_coded(column.code_table(), column.codes(), num_rows);
    fresh_values_.flatten();
    return groups_.interner().encode(fresh_values_, num_rows, words);
  }
  if (known.words.empty()) {
    known.words.assign(size, kUnknown);
  }
  std::size_t num_fresh = 0;
  for (std::size_t i = 0; i < num_rows; ++i) {
    words[i] = known.words[column.codes()[i]];
    fresh_[num_fresh] = static_cast<std::uint32_t>(i);
    num_fresh += words[i] == kUnknown ? 1 : 0;
  }
  if (num_fresh == 0) {
    return {};
  }
  fresh_values_.gather(column, {fresh_.data(), num_fresh});
  fresh_values_.flatten();
  fresh_words_.resize(std::max(fresh_words_.size(), num_fresh));
  WEIR_RETURN_IF_ERROR(groups_.interner().encode(fresh_values_, num_fresh, fresh_words_.data()));
  for (std::size_t i = 0; i < num_fresh; ++i) {
    words[fresh_[i]] = fresh_words_[i];
    known.words[column.codes()[fresh_[i]]] = fresh_words_[i];
  }
  return {};
}

}  // namespace weir::query

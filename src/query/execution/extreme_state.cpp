#include <algorithm>
#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

#include "query/execution/aggregate_state.h"
#include "query/execution/cells.h"
#include "query/execution/row_order.h"

namespace weir::query {
namespace {

using column::Column;
using column::Type;
using Word = AggregateState::Word;

// min, max, sortsFirst, sortsLast: one interned word.
class ExtremeState final : public AggregateState {
 public:
  ExtremeState(Type type, bool wants_larger, bool is_insights_order, Interner& interner)
      : type_(type),
        wants_larger_(wants_larger),
        is_insights_order_(is_insights_order),
        interner_(interner) {}
  [[nodiscard]] std::size_t num_words() const override { return 1; }
  [[nodiscard]] bool takes_parts() const override { return is_integer(); }
  Result<void> update(const Column* values, const Column*, std::size_t begin, std::size_t end,
                      Word* const* rows, std::uint64_t) override {
    if (is_integer()) {
      const Cells<std::int64_t> cells(*values);
      for_each_value(*values, begin, end, [&](std::size_t i) {
        Word* row = rows[i];
        const auto best = static_cast<std::int64_t>(row[offset_]);
        if (!is_seen(row) || (wants_larger_ ? cells[i] > best : cells[i] < best)) {
          row[0] |= seen_;
          row[offset_] = static_cast<Word>(cells[i]);
        }
      });
      return {};
    }
    words_.resize(std::max(words_.size(), end));
    if (type_ == Type::kString) {
      // Interning what does not win would keep every text there is.
      const Cells<std::string_view> cells(*values);
      Result<void> outcome;
      for_each_value(*values, begin, end, [&](std::size_t i) {
        Word* row = rows[i];
        if (!is_seen(row) || is_better_text(cells[i], interner_.text_of(row[offset_]))) {
          auto word = interner_.text(cells[i]);
          if (!word) {
            outcome = tl::unexpected<Error>(std::move(word).error());
            return;
          }
          row[0] |= seen_;
          row[offset_] = *word;
        }
      });
      return outcome;
    }
    WEIR_RETURN_IF_ERROR(interner_.encode(*values, end, words_.data()));
    for_each_value(*values, begin, end, [&](std::size_t i) { offer(rows[i], words_[i]); });
    return {};
  }
  Result<void> merge(Word* const* rows, const Word* const* other_rows, std::size_t num_rows,
                     const AggregateState& other) override {
    for (std::size_t i = 0; i < num_rows; ++i) {
      if (is_seen(other_rows[i])) {
        offer(rows[i], other_rows[i][other.offset()]);
      }
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
  [[nodiscard]] bool is_integer() const {
    return type_ == Type::kInt64 || type_ == Type::kTime || type_ == Type::kInterval;
  }
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
  AtExtremeState(Type order_type, bool wants_larger, Interner& interner)
      : order_type_(order_type), wants_larger_(wants_larger), interner_(interner) {}
  [[nodiscard]] std::size_t num_words() const override { return 4; }
  Result<void> update(const Column* values, const Column* order, std::size_t begin, std::size_t end,
                      Word* const* rows, std::uint64_t sequence) override {
    words_.resize(std::max(words_.size(), end));
    orders_.resize(std::max(orders_.size(), end));
    WEIR_RETURN_IF_ERROR(interner_.encode(*values, end, words_.data()));
    WEIR_RETURN_IF_ERROR(interner_.encode(*order, end, orders_.data()));
    for_each_value(*order, begin, end, [&](std::size_t i) {
      if (values->type() != Type::kNull && !values->is_null(i)) {
        offer(rows[i], {orders_[i], words_[i], sequence, i});
      }
    });
    return {};
  }
  Result<void> merge(Word* const* rows, const Word* const* other_rows, std::size_t num_rows,
                     const AggregateState& other) override {
    for (std::size_t i = 0; i < num_rows; ++i) {
      if (is_seen(other_rows[i])) {
        Candidate candidate;
        std::memcpy(&candidate, other_rows[i] + other.offset(), sizeof candidate);
        offer(rows[i], candidate);
      }
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

  Type order_type_;
  bool wants_larger_;
  Interner& interner_;
  std::vector<Word> words_;
  std::vector<Word> orders_;
};

}  // namespace

std::unique_ptr<AggregateState> make_extreme_state(const Aggregate& aggregate, Interner& interner) {
  const Type type = aggregate.argument->type;
  switch (aggregate.kind) {
    case AggregateKind::kFirst:
    case AggregateKind::kLast:
      return std::make_unique<AtExtremeState>(aggregate.order_by->type,
                                              aggregate.kind == AggregateKind::kLast, interner);
    case AggregateKind::kMin:
    case AggregateKind::kMax:
      return std::make_unique<ExtremeState>(type, aggregate.kind == AggregateKind::kMax, false,
                                            interner);
    default:
      return std::make_unique<ExtremeState>(type, aggregate.kind == AggregateKind::kSortsLast, true,
                                            interner);
  }
}

}  // namespace weir::query

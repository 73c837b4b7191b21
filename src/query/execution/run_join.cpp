// Hash join and distinct: both look rows up by key.

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

#include "query/evaluate.h"
#include "query/execution/consumer.h"
#include "query/execution/group_table.h"
#include "query/execution/interner.h"
#include "query/execution/row_buffer.h"

namespace weir::query {
namespace {

using column::Batch;
using column::Column;
using Word = GroupTable::Word;

constexpr std::size_t kJoinBatch = GroupTable::kMaxBatch;

// The words of some key expressions over a batch.
class KeyWords {
 public:
  explicit KeyWords(const std::vector<ExpressionPtr>& expressions)
      : expressions_(expressions), words_(expressions.size() * kJoinBatch), nulls_(kJoinBatch) {
    for (std::size_t k = 0; k < expressions.size(); ++k) {
      keys_.push_back(words_.data() + k * kJoinBatch);
    }
  }
  Result<void> encode(const Batch& batch, Interner& interner) {
    std::fill_n(nulls_.begin(), batch.num_rows, 0);
    for (std::size_t k = 0; k < expressions_.size(); ++k) {
      WEIR_ASSIGN_OR_RETURN(const Column* const key, evaluator_.evaluate(*expressions_[k], batch));
      interner.encode(*key, batch.num_rows, words_.data() + k * kJoinBatch);
      for (std::size_t i = 0; i < batch.num_rows; ++i) {
        nulls_[i] |= key->is_null(i) ? Word{1} << k : 0;
      }
    }
    return {};
  }
  [[nodiscard]] const Word* const* keys() const { return keys_.data(); }
  [[nodiscard]] const Word* nulls() const { return nulls_.data(); }

 private:
  const std::vector<ExpressionPtr>& expressions_;
  Evaluator evaluator_;
  std::vector<Word> words_;
  std::vector<const Word*> keys_;
  std::vector<Word> nulls_;
};

class DistinctConsumer final : public Consumer {
 public:
  DistinctConsumer(const Plan& plan, Consumer& next, MemoryBudget* budget)
      : next_(next), words_(plan.expressions), table_(plan.expressions.size(), 1, budget) {}
  [[nodiscard]] bool needs_order() const override { return true; }
  Result<std::unique_ptr<LocalConsumer>> open() override {
    WEIR_ASSIGN_OR_RETURN(auto next, next_.open());
    return std::make_unique<Local>(*this, std::move(next));
  }

 private:
  class Local final : public LocalConsumer {
   public:
    Local(DistinctConsumer& owner, std::unique_ptr<LocalConsumer> next)
        : owner_(owner), next_(std::move(next)), groups_(kJoinBatch) {}
    Result<bool> consume(Batch& batch) override {
      WEIR_RETURN_IF_ERROR(owner_.words_.encode(batch, owner_.interner_));
      WEIR_RETURN_IF_ERROR(owner_.table_.find_or_add(owner_.words_.keys(), owner_.words_.nulls(),
                                                     batch.num_rows, groups_.data()));
      rows_.clear();
      for (std::size_t i = 0; i < batch.num_rows; ++i) {
        Word* is_known = owner_.table_.states_of(groups_[i]);
        if (*is_known == 0) {
          *is_known = 1;
          rows_.push_back(static_cast<std::uint32_t>(i));
        }
      }
      if (rows_.empty()) {
        return true;
      }
      kept_.num_rows = rows_.size();
      kept_.sequence = batch.sequence;
      kept_.columns.resize(batch.columns.size());
      for (std::size_t c = 0; c < batch.columns.size(); ++c) {
        kept_.columns[c].gather(batch.columns[c], rows_);
      }
      return next_->consume(kept_);
    }
    Result<void> close() override { return next_->close(); }

   private:
    DistinctConsumer& owner_;
    std::unique_ptr<LocalConsumer> next_;
    std::vector<Word*> groups_;
    std::vector<std::uint32_t> rows_;
    Batch kept_;
  };
  Consumer& next_;
  KeyWords words_;
  Interner interner_;
  GroupTable table_;
};

// The right side of a join: its rows, and for each key the chain of its rows.
struct BuildSide {
  explicit BuildSide(MemoryBudget* budget, std::size_t num_keys)
      : rows(budget), table(num_keys, 1, budget) {}
  RowBuffer rows;
  Interner interner;
  GroupTable table;  // state: place of the first row in `places` plus one
  std::vector<RowBuffer::Place> places;
  std::vector<std::uint32_t> next;  // place of the following row plus one
};

class BuildConsumer final : public Consumer {
 public:
  explicit BuildConsumer(BuildSide& side) : side_(side) {}
  [[nodiscard]] bool needs_order() const override { return true; }
  Result<std::unique_ptr<LocalConsumer>> open() override { return std::make_unique<Local>(side_); }

 private:
  class Local final : public LocalConsumer {
   public:
    explicit Local(BuildSide& side) : side_(side) {}
    Result<bool> consume(Batch& batch) override {
      WEIR_RETURN_IF_ERROR(side_.rows.add(batch, "a join"));
      return true;
    }
    Result<void> close() override { return {}; }

   private:
    BuildSide& side_;
  };
  BuildSide& side_;
};

Result<void> index_rows(const Plan& plan, BuildSide& side) {
  KeyWords words(plan.right_keys);
  std::vector<Word*> groups(kJoinBatch);
  side.places = side.rows.places();
  side.next.assign(side.places.size(), 0);
  // From the last row to the first, so that each chain runs in input order.
  std::size_t end = side.places.size();
  for (std::size_t b = side.rows.batches().size(); b-- > 0;) {
    const Batch& batch = side.rows.batches()[b];
    WEIR_RETURN_IF_ERROR(words.encode(batch, side.interner));
    WEIR_RETURN_IF_ERROR(
        side.table.find_or_add(words.keys(), words.nulls(), batch.num_rows, groups.data()));
    for (std::size_t i = batch.num_rows; i-- > 0;) {
      --end;
      if (words.nulls()[i] != 0) {
        continue;  // a null key equals nothing
      }
      Word* head = side.table.states_of(groups[i]);
      side.next[end] = static_cast<std::uint32_t>(*head);
      *head = end + 1;
    }
  }
  return {};
}

class ProbeConsumer final : public Consumer {
 public:
  ProbeConsumer(const Plan& plan, BuildSide& side, Consumer& next)
      : plan_(plan), side_(side), next_(next) {}
  [[nodiscard]] bool needs_order() const override { return true; }
  Result<std::unique_ptr<LocalConsumer>> open() override {
    WEIR_ASSIGN_OR_RETURN(auto next, next_.open());
    return std::make_unique<Local>(plan_, side_, std::move(next));
  }

 private:
  class Local final : public LocalConsumer {
   public:
    Local(const Plan& plan, BuildSide& side, std::unique_ptr<LocalConsumer> next)
        : plan_(plan),
          side_(side),
          next_(std::move(next)),
          words_(plan.left_keys),
          groups_(kJoinBatch) {}

    Result<bool> consume(Batch& batch) override {
      WEIR_RETURN_IF_ERROR(words_.encode(batch, side_.interner));
      WEIR_RETURN_IF_ERROR(
          side_.table.find_or_add(words_.keys(), words_.nulls(), batch.num_rows, groups_.data()));
      is_matched_.assign(batch.num_rows, false);
      bool wants_more = true;
      for (std::size_t i = 0; i < batch.num_rows && wants_more; ++i) {
        Word chain = words_.nulls()[i] != 0 ? 0 : *side_.table.states_of(groups_[i]);
        while (chain != 0 && wants_more) {
          left_rows_.push_back(static_cast<std::uint32_t>(i));
          right_rows_.push_back(static_cast<std::uint32_t>(chain - 1));
          chain = side_.next[chain - 1];
          if (left_rows_.size() == kJoinBatch) {
            WEIR_ASSIGN_OR_RETURN(wants_more, give_pairs(batch));
          }
        }
      }
      if (wants_more && !left_rows_.empty()) {
        WEIR_ASSIGN_OR_RETURN(wants_more, give_pairs(batch));
      }
      if (wants_more && plan_.join_kind == JoinKind::kLeft) {
        WEIR_ASSIGN_OR_RETURN(wants_more, give_unmatched(batch));
      }
      return wants_more;
    }
    Result<void> close() override { return next_->close(); }

   private:
    Result<bool> give_pairs(const Batch& batch) {
      const std::size_t num_left = batch.columns.size();
      out_.num_rows = left_rows_.size();
      out_.sequence = batch.sequence;
      out_.columns.resize(plan_.schema.size());
      for (std::size_t c = 0; c < num_left; ++c) {
        out_.columns[c].gather(batch.columns[c], left_rows_);
      }
      for (std::size_t c = num_left; c < out_.columns.size(); ++c) {
        out_.columns[c].reset(plan_.schema[c].type, out_.num_rows);
        for (std::size_t i = 0; i < right_rows_.size(); ++i) {
          const auto place = side_.places[right_rows_[i]];
          copy_row_cell(side_.rows.batches()[place.batch].columns[c - num_left], place.row,
                        out_.columns[c], i);
        }
      }
      Batch* given = &out_;
      if (plan_.predicate != nullptr) {
        WEIR_RETURN_IF_ERROR(evaluator_.select(*plan_.predicate, out_, selected_));
        kept_.num_rows = selected_.size();
        kept_.sequence = out_.sequence;
        kept_.columns.resize(out_.columns.size());
        for (std::size_t c = 0; c < out_.columns.size(); ++c) {
          kept_.columns[c].gather(out_.columns[c], selected_);
        }
        for (const std::uint32_t i : selected_) {
          is_matched_[left_rows_[i]] = true;
        }
        given = &kept_;
      } else {
        for (const std::uint32_t row : left_rows_) {
          is_matched_[row] = true;
        }
      }
      left_rows_.clear();
      right_rows_.clear();
      return given->num_rows > 0 ? next_->consume(*given) : Result<bool>(true);
    }

    Result<bool> give_unmatched(const Batch& batch) {
      selected_.clear();
      for (std::size_t i = 0; i < batch.num_rows; ++i) {
        if (!is_matched_[i]) {
          selected_.push_back(static_cast<std::uint32_t>(i));
        }
      }
      if (selected_.empty()) {
        return true;
      }
      out_.num_rows = selected_.size();
      out_.sequence = batch.sequence;
      out_.columns.resize(plan_.schema.size());
      for (std::size_t c = 0; c < out_.columns.size(); ++c) {
        if (c < batch.columns.size()) {
          out_.columns[c].gather(batch.columns[c], selected_);
        } else {
          out_.columns[c].reset_constant(plan_.schema[c].type, out_.num_rows);
          out_.columns[c].set_null(0);
        }
      }
      return next_->consume(out_);
    }

    const Plan& plan_;
    BuildSide& side_;
    std::unique_ptr<LocalConsumer> next_;
    KeyWords words_;
    Evaluator evaluator_;
    std::vector<Word*> groups_;
    std::vector<bool> is_matched_;
    std::vector<std::uint32_t> left_rows_;
    std::vector<std::uint32_t> right_rows_;
    std::vector<std::uint32_t> selected_;
    Batch out_;
    Batch kept_;
  };
  const Plan& plan_;
  BuildSide& side_;
  Consumer& next_;
};

}  // namespace

Result<void> run_distinct(const Plan& plan, Consumer& consumer, Execution& execution) {
  DistinctConsumer distinct(plan, consumer, execution.options.memory);
  return run_plan(*plan.inputs.front(), distinct, execution);
}

Result<void> run_join(const Plan& plan, Consumer& consumer, Execution& execution) {
  BuildSide side(execution.options.memory, plan.right_keys.size());
  BuildConsumer build(side);
  WEIR_RETURN_IF_ERROR(run_plan(*plan.inputs[1], build, execution));
  WEIR_RETURN_IF_ERROR(index_rows(plan, side));
  execution.note(fmt::format("join: hash table of {} rows", side.places.size()));
  ProbeConsumer probe(plan, side, consumer);
  return run_plan(*plan.inputs[0], probe, execution);
}

}  // namespace weir::query

// Hash join and distinct: both look rows up by key.

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "query/evaluate.h"
#include "query/execution/consumer.h"
#include "query/execution/join_table.h"

namespace weir::query {
namespace {

using column::Batch;
using column::Column;
using Word = GroupTable::Word;

class DistinctConsumer final : public Consumer {
 public:
  DistinctConsumer(const Plan& plan, Consumer& next, MemoryBudget* budget)
      : next_(next),
        keeps_null_keys_(plan.keeps_null_keys),
        words_(plan.expressions),
        dictionary_(budget),
        interner_(dictionary_),
        table_(plan.expressions.size(), 1, budget) {}
  [[nodiscard]] bool needs_order() const override { return true; }
  [[nodiscard]] bool is_done() const override { return next_.is_done(); }
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
        const bool has_null = owner_.words_.nulls()[i] != 0;
        if (*is_known == 0 || (has_null && owner_.keeps_null_keys_)) {
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
  bool keeps_null_keys_;
  KeyWords words_;
  Dictionary dictionary_;
  Interner interner_;
  GroupTable table_;
};

// Looks the rows of the left side up. Pairs come in the order of the left rows, those of one left
// row in the order of the right rows; a left row that has no partner comes in its place.
class ProbeConsumer final : public Consumer {
 public:
  ProbeConsumer(const Plan& plan, BuildSide& side, Consumer& next)
      : plan_(plan), side_(side), next_(next) {}
  [[nodiscard]] bool needs_order() const override { return true; }
  [[nodiscard]] bool is_done() const override { return next_.is_done(); }
  Result<std::unique_ptr<LocalConsumer>> open() override {
    WEIR_ASSIGN_OR_RETURN(auto next, next_.open());
    return std::make_unique<Local>(*this, std::move(next));
  }

 private:
  static constexpr std::uint32_t kNoPartner = ~std::uint32_t{0};
  struct Pair {
    std::uint32_t left;   // row of the batch
    std::uint32_t right;  // index of BuildSide::places
  };

  class Local final : public LocalConsumer {
   public:
    Local(ProbeConsumer& owner, std::unique_ptr<LocalConsumer> next)
        : owner_(owner),
          plan_(owner.plan_),
          side_(owner.side_),
          next_(std::move(next)),
          words_(plan_.left_keys),
          groups_(kJoinBatch) {}

    Result<bool> consume(Batch& batch) override {
      is_unknown_.assign(batch.num_rows, false);
      WEIR_RETURN_IF_ERROR(words_.encode(batch, side_.interner, &is_unknown_));
      side_.table.find(words_.keys(), words_.nulls(), batch.num_rows, groups_.data());
      has_partner_.assign(batch.num_rows, false);
      bool wants_more = true;
      for (std::size_t i = 0; i < batch.num_rows && wants_more; ++i) {
        const auto row = static_cast<std::uint32_t>(i);
        const bool may_match = words_.nulls()[i] == 0 && !is_unknown_[i] && groups_[i] != nullptr;
        Word chain = may_match ? *side_.table.states_of(groups_[i]) : 0;
        const bool may_be_alone = chain == 0 || plan_.predicate != nullptr;
        while (chain != 0 && wants_more) {
          WEIR_ASSIGN_OR_RETURN(wants_more,
                                add_pair(batch, {row, static_cast<std::uint32_t>(chain - 1)}));
          chain = side_.next[chain - 1];
        }
        if (may_be_alone && wants_more && plan_.join_kind == JoinKind::kLeft) {
          WEIR_ASSIGN_OR_RETURN(wants_more, add_pair(batch, {row, kNoPartner}));
        }
      }
      return wants_more ? give_pairs(batch) : Result<bool>(false);
    }
    Result<void> close() override { return next_->close(); }

   private:
    Result<bool> add_pair(const Batch& batch, Pair pair) {
      pairs_.push_back(pair);
      return pairs_.size() == kJoinBatch ? give_pairs(batch) : Result<bool>(true);
    }

    Result<bool> give_pairs(const Batch& batch) {
      if (pairs_.empty()) {
        return true;
      }
      const std::size_t num_left = batch.columns.size();
      left_rows_.clear();
      for (const Pair& pair : pairs_) {
        left_rows_.push_back(pair.left);
      }
      out_.num_rows = pairs_.size();
      out_.columns.resize(plan_.schema.size());
      for (std::size_t c = 0; c < num_left; ++c) {
        out_.columns[c].gather(batch.columns[c], left_rows_);
      }
      for (std::size_t c = num_left; c < out_.columns.size(); ++c) {
        out_.columns[c].reset(plan_.schema[c].type, out_.num_rows);
        for (std::size_t i = 0; i < pairs_.size(); ++i) {
          if (pairs_[i].right == kNoPartner) {
            out_.columns[c].set_null(i);
            continue;
          }
          const auto place = side_.places[pairs_[i].right];
          copy_row_cell(side_.rows.batches()[place.batch].columns[c - num_left], place.row,
                        out_.columns[c], i);
        }
      }
      Batch* given = &out_;
      if (plan_.predicate != nullptr) {
        WEIR_RETURN_IF_ERROR(keep_partners());
        given = &kept_;
      }
      pairs_.clear();
      given->sequence = owner_.num_given_++;
      return given->num_rows > 0 ? next_->consume(*given) : Result<bool>(true);
    }

    // Fills kept_ with the pairs for which the predicate holds, and the left rows that end up
    // alone.
    Result<void> keep_partners() {
      WEIR_RETURN_IF_ERROR(evaluator_.select(*plan_.predicate, out_, selected_));
      rows_.clear();
      std::size_t next = 0;
      for (std::uint32_t i = 0; i < pairs_.size(); ++i) {
        const bool is_selected = next < selected_.size() && selected_[next] == i;
        next += is_selected ? 1 : 0;
        if (pairs_[i].right == kNoPartner) {
          if (!has_partner_[pairs_[i].left]) {
            rows_.push_back(i);
          }
        } else if (is_selected) {
          has_partner_[pairs_[i].left] = true;
          rows_.push_back(i);
        }
      }
      kept_.num_rows = rows_.size();
      kept_.columns.resize(out_.columns.size());
      for (std::size_t c = 0; c < out_.columns.size(); ++c) {
        kept_.columns[c].gather(out_.columns[c], rows_);
      }
      return {};
    }

    ProbeConsumer& owner_;
    const Plan& plan_;
    BuildSide& side_;
    std::unique_ptr<LocalConsumer> next_;
    KeyWords words_;
    Evaluator evaluator_;
    std::vector<const Word*> groups_;
    std::vector<bool> is_unknown_;
    std::vector<bool> has_partner_;
    std::vector<Pair> pairs_;
    std::vector<std::uint32_t> left_rows_;
    std::vector<std::uint32_t> selected_;
    std::vector<std::uint32_t> rows_;
    Batch out_;
    Batch kept_;
  };
  const Plan& plan_;
  BuildSide& side_;
  Consumer& next_;
  std::uint64_t num_given_ = 0;  // batches: their order is the only one, as there is one thread
};

}  // namespace

Result<void> run_distinct(const Plan& plan, Consumer& consumer, Execution& execution) {
  if (plan.expressions.size() > GroupTable::kMaxKeys) {
    return fail(ErrorCode::kLimit, fmt::format("rows are told apart by at most {} keys at once",
                                               GroupTable::kMaxKeys));
  }
  DistinctConsumer distinct(plan, consumer, execution.options.memory);
  return run_plan(*plan.inputs.front(), distinct, execution);
}

Result<void> run_join(const Plan& plan, Consumer& consumer, Execution& execution) {
  if (plan.right_keys.size() > GroupTable::kMaxKeys) {
    return fail(ErrorCode::kLimit,
                fmt::format("a join is by at most {} keys", GroupTable::kMaxKeys));
  }
  BuildSide side(execution.options.memory, plan.right_keys.size());
  WEIR_RETURN_IF_ERROR(fill_build_side(plan, side, execution));
  execution.note(fmt::format("join: hash table of {} rows", side.places.size()));
  ProbeConsumer probe(plan, side, consumer);
  return run_plan(*plan.inputs[0], probe, execution);
}

}  // namespace weir::query

// Puts values of one input's rows into columns of the other's, by key.

#include <fmt/format.h>

#include <utility>

#include "query/execution/join_table.h"

namespace weir::query {
namespace {

using column::Batch;

class LookupConsumer final : public Consumer {
 public:
  LookupConsumer(const Plan& plan, BuildSide& side, Consumer& next)
      : plan_(plan), side_(side), next_(next) {}
  [[nodiscard]] bool needs_order() const override { return next_.needs_order(); }
  [[nodiscard]] bool is_done() const override { return next_.is_done(); }
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
          interner_(side.dictionary),
          words_(plan.left_keys),
          groups_(kJoinBatch) {}

    Result<bool> consume(Batch& batch) override {
      is_unknown_.assign(batch.num_rows, false);
      WEIR_RETURN_IF_ERROR(words_.encode(batch, interner_, &is_unknown_));
      std::as_const(side_.table)
          .find(words_.keys(), words_.nulls(), batch.num_rows, groups_.data());
      found_.resize(batch.num_rows);
      for (std::size_t i = 0; i < batch.num_rows; ++i) {
        const bool may_match = words_.nulls()[i] == 0 && !is_unknown_[i] && groups_[i] != nullptr;
        found_[i] = may_match ? *std::as_const(side_.table).states_of(groups_[i]) : 0;
      }
      out_.num_rows = batch.num_rows;
      out_.sequence = batch.sequence;
      out_.columns.resize(batch.columns.size());
      for (std::size_t c = 0; c < batch.columns.size(); ++c) {
        out_.columns[c].swap(batch.columns[c]);
      }
      for (std::size_t i = 0; i < plan_.targets.size(); ++i) {
        fill_target(plan_.targets[i], plan_.lookup_columns[i]);
      }
      if (plan_.found_target) {
        fill_found(out_.columns[*plan_.found_target]);
      }
      auto wants_more = next_->consume(out_);
      for (std::size_t c = 0; c < batch.columns.size(); ++c) {
        out_.columns[c].swap(batch.columns[c]);
      }
      return wants_more;
    }
    Result<void> close() override { return next_->close(); }

   private:
    void fill_target(std::size_t target, std::size_t source) {
      column::Column& out = out_.columns[target];
      out.reset(plan_.schema[target].type, out_.num_rows);
      for (std::size_t row = 0; row < out_.num_rows; ++row) {
        if (found_[row] == 0) {
          out.set_null(row);
          continue;
        }
        const auto place = side_.places[found_[row] - 1];
        copy_row_cell(side_.rows.batches()[place.batch].columns[source], place.row, out, row);
      }
    }
    // Whether a row without a key is there is unknown.
    void fill_found(column::Column& out) {
      out.reset(column::Type::kBool, out_.num_rows);
      for (std::size_t row = 0; row < out_.num_rows; ++row) {
        out.data<std::uint8_t>()[row] = found_[row] != 0 ? 1 : 0;
        if (words_.nulls()[row] != 0) {
          out.set_null(row);
        }
      }
    }

    const Plan& plan_;
    BuildSide& side_;
    std::unique_ptr<LocalConsumer> next_;
    Interner interner_;  // of this thread
    KeyWords words_;
    std::vector<const GroupTable::Word*> groups_;
    std::vector<bool> is_unknown_;
    std::vector<GroupTable::Word> found_;  // place of the row plus one; 0: none
    Batch out_;
  };
  const Plan& plan_;
  BuildSide& side_;
  Consumer& next_;
};

}  // namespace

Result<void> run_lookup(const Plan& plan, Consumer& consumer, Execution& execution) {
  if (plan.right_keys.size() > GroupTable::kMaxKeys) {
    return fail(ErrorCode::kLimit,
                fmt::format("a lookup is by at most {} fields", GroupTable::kMaxKeys));
  }
  BuildSide side(execution.options.memory, plan.right_keys.size());
  WEIR_RETURN_IF_ERROR(fill_build_side(plan, side, execution));
  execution.note(fmt::format("lookup: hash table of {} rows", side.places.size()));
  LookupConsumer lookup(plan, side, consumer);
  return run_plan(*plan.inputs[0], lookup, execution);
}

}  // namespace weir::query

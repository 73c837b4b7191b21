#include "query/execution/join_table.h"

#include <memory>

namespace weir::query {
namespace {

using column::Batch;
using Word = GroupTable::Word;

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
  WEIR_ASSIGN_OR_RETURN(side.places, side.rows.places("a join"));
  if (!side.reserved.grow_to(side.places.size() * sizeof(std::uint32_t))) {
    return out_of_budget("a join", *side.reserved.budget());
  }
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

}  // namespace

Result<void> fill_build_side(const Plan& plan, BuildSide& side, Execution& execution) {
  BuildConsumer build(side);
  WEIR_RETURN_IF_ERROR(run_plan(*plan.inputs[1], build, execution));
  return index_rows(plan, side);
}

}  // namespace weir::query

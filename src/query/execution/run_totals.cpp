// A last row that holds the sums of some columns.

#include <limits>
#include <utility>

#include "base/int128.h"
#include "query/execution/consumer.h"

namespace weir::query {
namespace {

using column::Batch;
using column::Type;

class TotalsConsumer final : public Consumer {
 public:
  TotalsConsumer(const Plan& plan, Consumer& next)
      : plan_(plan), next_(next), sums_(plan.targets.size()) {}
  [[nodiscard]] bool needs_order() const override { return true; }  // the last row comes last
  Result<std::unique_ptr<LocalConsumer>> open() override {
    WEIR_ASSIGN_OR_RETURN(auto next, next_.open());
    return std::make_unique<Local>(*this, std::move(next));
  }

 private:
  struct Sum {
    Int128 integer = 0;
    double number = 0;
    bool has_value = false;
  };

  class Local final : public LocalConsumer {
   public:
    Local(TotalsConsumer& owner, std::unique_ptr<LocalConsumer> next)
        : owner_(owner), next_(std::move(next)) {}

    Result<bool> consume(Batch& batch) override {
      for (std::size_t i = 0; i < owner_.sums_.size(); ++i) {
        add(batch.columns[owner_.plan_.targets[i]], batch.num_rows, owner_.sums_[i]);
      }
      last_sequence_ = batch.sequence;
      WEIR_ASSIGN_OR_RETURN(wants_more_, next_->consume(batch));
      return wants_more_;
    }

    Result<void> close() override {
      if (!wants_more_) {
        return next_->close();
      }
      Batch last;
      last.num_rows = 1;
      last.sequence = last_sequence_ + 1;
      last.columns.resize(owner_.plan_.schema.size());
      for (std::size_t c = 0; c < last.columns.size(); ++c) {
        last.columns[c].reset(owner_.plan_.schema[c].type, 1);
        last.columns[c].set_null(0);
      }
      for (std::size_t i = 0; i < owner_.sums_.size(); ++i) {
        WEIR_RETURN_IF_ERROR(put(owner_.sums_[i], last.columns[owner_.plan_.targets[i]]));
      }
      WEIR_ASSIGN_OR_RETURN(wants_more_, next_->consume(last));
      return next_->close();
    }

   private:
    static void add(const column::Column& column, std::size_t num_rows, Sum& sum) {
      for (std::size_t row = 0; row < num_rows; ++row) {
        if (column.is_null(row)) {
          continue;
        }
        const std::size_t at = column.is_constant() ? 0 : row;
        sum.has_value = true;
        if (column.type() == Type::kDouble) {
          sum.number += column.data<double>()[at];
        } else {
          sum.integer += column.data<std::int64_t>()[at];
        }
      }
    }
    static Result<void> put(const Sum& sum, column::Column& column) {
      if (!sum.has_value) {
        return {};
      }
      const Type type = column.type();
      column.reset(type, 1);
      if (type == Type::kDouble) {
        column.data<double>()[0] = sum.number;
        return {};
      }
      if (sum.integer > std::numeric_limits<std::int64_t>::max() ||
          sum.integer < std::numeric_limits<std::int64_t>::min()) {
        return fail(ErrorCode::kLimit, "a total is past 64 bits");
      }
      column.data<std::int64_t>()[0] = static_cast<std::int64_t>(sum.integer);
      return {};
    }

    TotalsConsumer& owner_;
    std::unique_ptr<LocalConsumer> next_;
    std::uint64_t last_sequence_ = 0;
    bool wants_more_ = true;
  };
  const Plan& plan_;
  Consumer& next_;
  std::vector<Sum> sums_;
};

}  // namespace

Result<void> run_totals(const Plan& plan, Consumer& consumer, Execution& execution) {
  TotalsConsumer totals(plan, consumer);
  return run_plan(*plan.inputs.front(), totals, execution);
}

}  // namespace weir::query

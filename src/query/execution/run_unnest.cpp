// A row for each element of a list.

#include <utility>

#include "query/evaluate.h"
#include "query/execution/consumer.h"
#include "query/functions/json_value.h"

namespace weir::query {
namespace {

using column::Batch;

class UnnestConsumer final : public Consumer {
 public:
  UnnestConsumer(const Plan& plan, Execution& execution, Consumer& next)
      : plan_(plan), execution_(execution), next_(next) {}
  // What one batch becomes may be several, which are numbered anew.
  [[nodiscard]] bool needs_order() const override { return true; }
  [[nodiscard]] bool is_done() const override { return next_.is_done(); }
  Result<std::unique_ptr<LocalConsumer>> open() override {
    WEIR_ASSIGN_OR_RETURN(auto next, next_.open());
    return std::make_unique<Local>(*this, std::move(next));
  }

 private:
  class Local final : public LocalConsumer {
   public:
    Local(UnnestConsumer& owner, std::unique_ptr<LocalConsumer> next)
        : owner_(owner), next_(std::move(next)) {}

    Result<bool> consume(Batch& batch) override {
      WEIR_ASSIGN_OR_RETURN(const column::Column* const lists,
                            evaluator_.evaluate(*owner_.plan_.expressions[0], batch));
      bool wants_more = true;
      for (std::size_t row = 0; row < batch.num_rows && wants_more; ++row) {
        if (lists->is_null(row)) {
          continue;
        }
        const std::size_t at = lists->is_constant() ? 0 : row;
        elements_.clear();
        reader_.read_elements(lists->data<std::string_view>()[at], elements_);
        for (column::Value& element : elements_) {
          rows_.push_back(static_cast<std::uint32_t>(row));
          values_.push_back(std::move(element));
          if (rows_.size() == column::kBatchRows) {
            WEIR_ASSIGN_OR_RETURN(wants_more, give(batch));
            if (!wants_more) {
              break;
            }
          }
        }
      }
      return wants_more ? give(batch) : Result<bool>(false);
    }
    Result<void> close() override { return next_->close(); }

   private:
    Result<bool> give(const Batch& batch) {
      if (rows_.empty()) {
        return true;
      }
      WEIR_RETURN_IF_ERROR(owner_.execution_.check_cancelled());
      const std::size_t target = owner_.plan_.targets[0];
      out_.num_rows = rows_.size();
      out_.sequence = owner_.num_given_++;
      out_.columns.resize(batch.columns.size());
      for (std::size_t c = 0; c < batch.columns.size(); ++c) {
        if (c != target) {
          out_.columns[c].gather(batch.columns[c], rows_);
        }
      }
      column::Column& elements = out_.columns[target];
      elements.reset(column::Type::kString, rows_.size());
      for (std::size_t i = 0; i < values_.size(); ++i) {
        elements.put(i, values_[i]);
      }
      rows_.clear();
      values_.clear();
      return next_->consume(out_);
    }

    UnnestConsumer& owner_;
    std::unique_ptr<LocalConsumer> next_;
    Evaluator evaluator_;
    JsonReader reader_;
    std::vector<column::Value> elements_;
    std::vector<std::uint32_t> rows_;
    std::vector<column::Value> values_;
    Batch out_;
  };
  const Plan& plan_;
  Execution& execution_;
  Consumer& next_;
  std::uint64_t num_given_ = 0;  // batches
};

}  // namespace

Result<void> run_unnest(const Plan& plan, Consumer& consumer, Execution& execution) {
  UnnestConsumer unnest(plan, execution, consumer);
  return run_plan(*plan.inputs.front(), unnest, execution);
}

}  // namespace weir::query

#include "app/condition_chooser.h"

#include <utility>

#include "query/evaluate.h"

namespace weir::app {
namespace {

class ConditionChooser final : public intake::RowChooser {
 public:
  explicit ConditionChooser(query::Condition condition) : condition_(std::move(condition)) {}
  [[nodiscard]] const std::vector<std::string>& columns() const override {
    return condition_.columns;
  }
  Result<void> choose(const column::Batch& batch, std::vector<std::uint32_t>& rows) override {
    return evaluator_.select(*condition_.predicate, batch, rows);
  }

 private:
  query::Condition condition_;
  query::Evaluator evaluator_;
};

}  // namespace

intake::MakeRowChooser choose_by(query::Condition condition) {
  return [condition = std::move(condition)]() -> Result<std::unique_ptr<intake::RowChooser>> {
    return std::make_unique<ConditionChooser>(condition);
  };
}

}  // namespace weir::app

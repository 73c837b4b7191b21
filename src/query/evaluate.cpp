#include "query/evaluate.h"

#include <unordered_map>

#include "query/function.h"

namespace weir::query {

struct Evaluator::Scratch {
  struct Slot {
    column::Column result;
    std::vector<const column::Column*> arguments;
  };
  std::unordered_map<const Expression*, std::unique_ptr<Slot>> slots;

  Slot& slot_of(const Expression& expression) {
    auto& slot = slots[&expression];
    if (!slot) {
      slot = std::make_unique<Slot>();
    }
    return *slot;
  }
};

Evaluator::Evaluator() : scratch_(std::make_unique<Scratch>()) {}
Evaluator::~Evaluator() = default;
Evaluator::Evaluator(Evaluator&&) noexcept = default;
Evaluator& Evaluator::operator=(Evaluator&&) noexcept = default;

Result<const column::Column*> Evaluator::evaluate(const Expression& expression,
                                                  const column::Batch& batch) {
  if (expression.kind == Expression::Kind::kColumn) {
    return &batch.columns[expression.column];
  }
  Scratch::Slot& slot = scratch_->slot_of(expression);
  if (expression.kind == Expression::Kind::kLiteral) {
    if (expression.literal.is_null()) {  // a null keeps the type it was bound to
      slot.result.reset_constant(expression.type, batch.num_rows);
      slot.result.set_null(0);
    } else {
      slot.result.reset_constant(expression.literal, batch.num_rows);
    }
    return &slot.result;
  }
  slot.arguments.clear();
  for (const auto& argument : expression.arguments) {
    WEIR_ASSIGN_OR_RETURN(const column::Column* const value, evaluate(*argument, batch));
    slot.arguments.push_back(value);
  }
  WEIR_RETURN_IF_ERROR(
      expression.function->evaluate(expression, slot.arguments, batch.num_rows, slot.result));
  return &slot.result;
}

Result<void> Evaluator::select(const Expression& predicate, const column::Batch& batch,
                               std::vector<std::uint32_t>& rows) {
  WEIR_ASSIGN_OR_RETURN(const column::Column* const truth, evaluate(predicate, batch));
  rows.clear();
  if (truth->type() == column::Type::kNull) {
    return {};
  }
  if (truth->is_constant()) {
    if (!truth->is_null(0) && truth->data<std::uint8_t>()[0] != 0) {
      rows.resize(batch.num_rows);
      for (std::size_t i = 0; i < rows.size(); ++i) {
        rows[i] = static_cast<std::uint32_t>(i);
      }
    }
    return {};
  }
  const std::uint8_t* values = truth->data<std::uint8_t>();
  rows.resize(batch.num_rows);
  std::size_t count = 0;
  if (!truth->has_nulls()) {
    for (std::size_t i = 0; i < batch.num_rows; ++i) {
      rows[count] = static_cast<std::uint32_t>(i);
      count += values[i];
    }
  } else {
    const std::uint64_t* nulls = truth->null_mask();
    for (std::size_t i = 0; i < batch.num_rows; ++i) {
      rows[count] = static_cast<std::uint32_t>(i);
      count += values[i] & static_cast<std::uint8_t>(~(nulls[i >> 6] >> (i & 63)) & 1);
    }
  }
  rows.resize(count);
  return {};
}

}  // namespace weir::query

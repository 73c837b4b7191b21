#include "query/evaluate.h"

#include <unordered_map>

#include "query/execution/code_values.h"
#include "query/function.h"

namespace weir::query {

struct Evaluator::Scratch {
  struct Slot {
    column::Column result;
    column::Column flat;  // the result without codes
    std::vector<const column::Column*> arguments;
    std::unique_ptr<CodeValues> by_code;
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

namespace {

void select_codes(const column::Column& truth, const std::uint32_t* codes, std::size_t num_rows,
                  std::vector<std::uint32_t>& rows) {
  const std::uint8_t* values = truth.data<std::uint8_t>();
  const std::uint64_t* nulls = truth.has_nulls() ? truth.null_mask() : nullptr;
  rows.resize(num_rows);
  std::size_t count = 0;
  for (std::size_t i = 0; i < num_rows; ++i) {
    const std::uint32_t code = codes[i];
    const std::uint64_t null_bit = nulls != nullptr ? nulls[code >> 6] >> (code & 63) & 1 : 0;
    rows[count] = static_cast<std::uint32_t>(i);
    count += values[code] & static_cast<std::uint8_t>(~null_bit & 1);
  }
  rows.resize(count);
}

}  // namespace

Evaluator::Evaluator() : scratch_(std::make_unique<Scratch>()) {}
Evaluator::~Evaluator() = default;
Evaluator::Evaluator(Evaluator&&) noexcept = default;
Evaluator& Evaluator::operator=(Evaluator&&) noexcept = default;

Result<const column::Column*> Evaluator::evaluate(const Expression& expression,
                                                  const column::Batch& batch) {
  WEIR_ASSIGN_OR_RETURN(const column::Column* const value, evaluate_coded(expression, batch));
  if (!value->is_coded()) {
    return value;
  }
  column::Column& flat = scratch_->slot_of(expression).flat;
  flat.reset_coded(value->code_table(), value->codes(), value->size());
  flat.flatten();
  return &flat;
}

Result<const column::Column*> Evaluator::evaluate_coded(const Expression& expression,
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
  if (!slot.by_code) {
    slot.by_code = std::make_unique<CodeValues>(expression);
  }
  WEIR_ASSIGN_OR_RETURN(const bool is_done, slot.by_code->evaluate(batch, slot.result));
  if (is_done) {
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
  WEIR_ASSIGN_OR_RETURN(const column::Column* const truth, evaluate_coded(predicate, batch));
  rows.clear();
  if (truth->type() == column::Type::kNull) {
    return {};
  }
  if (truth->is_coded()) {
    select_codes(truth->code_table()->values, truth->codes(), batch.num_rows, rows);
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

#include "query/execution/code_values.h"

#include <algorithm>
#include <string_view>

#include "query/evaluate.h"
#include "query/function.h"

namespace weir::query {
namespace {

using column::Batch;
using column::Column;

bool is_pure(const Expression& expression) {
  return (expression.function == nullptr || expression.function->is_pure) &&
         std::all_of(expression.arguments.begin(), expression.arguments.end(),
                     [](const ExpressionPtr& argument) { return is_pure(*argument); });
}

template <class T>
void put_values(const Column& source, const std::vector<std::uint32_t>& codes, Column& out) {
  const T* const values = source.data<T>();
  const std::size_t step = source.is_constant() ? 0 : 1;
  for (std::size_t i = 0; i < codes.size(); ++i) {
    out.data<T>()[codes[i]] = values[i * step];
  }
}

// Texts are copied: those of `source` live for one evaluation.
void put_texts(const Column& source, const std::vector<std::uint32_t>& codes, Column& out) {
  for (std::size_t i = 0; i < codes.size(); ++i) {
    if (!source.is_null(i)) {
      const std::string_view text = source.data<std::string_view>()[source.is_constant() ? 0 : i];
      out.data<std::string_view>()[codes[i]] = out.arena().copy(text);
    }
  }
}

}  // namespace

CodeValues::CodeValues(const Expression& expression) : expression_(expression) {
  if (is_pure(expression)) {
    collect_columns(expression, columns_);
  }
}

CodeValues::~CodeValues() = default;

const column::CodeTable* CodeValues::table_of(const Batch& batch) const {
  if (columns_.empty() || !batch.columns[columns_.front()].is_coded()) {
    return nullptr;
  }
  const column::CodeTable& first = *batch.columns[columns_.front()].code_table();
  for (const std::size_t c : columns_) {
    const Column& column = batch.columns[c];
    if (!column.is_coded() || column.code_table()->space != first.space) {
      return nullptr;
    }
  }
  return &first;
}

void CodeValues::find_fresh(const std::uint32_t* codes, std::size_t num_rows) {
  fresh_.clear();
  for (std::size_t i = 0; i < num_rows; ++i) {
    std::uint64_t& known = is_known_[codes[i] >> 6];
    const std::uint64_t bit = std::uint64_t{1} << (codes[i] & 63);
    if ((known & bit) == 0) {
      known |= bit;
      fresh_.push_back(codes[i]);
    }
  }
}

Result<void> CodeValues::add_fresh(const Batch& batch) {
  fresh_rows_.num_rows = fresh_.size();
  fresh_rows_.columns.resize(batch.columns.size());
  for (const std::size_t c : columns_) {
    fresh_rows_.columns[c].gather(batch.columns[c].code_table()->values, fresh_);
  }
  if (!evaluator_) {
    evaluator_ = std::make_unique<Evaluator>();
  }
  WEIR_ASSIGN_OR_RETURN(const Column* const values, evaluator_->evaluate(expression_, fresh_rows_));
  Column& out = table_->values;
  if (values->has_nulls() || values->type() == column::Type::kNull) {
    for (std::size_t i = 0; i < fresh_.size(); ++i) {
      if (values->is_null(i)) {
        out.set_null(fresh_[i]);
      }
    }
  }
  if (values->type() == column::Type::kNull) {
    return {};
  }
  if (values->type() != out.type()) {
    return fail(ErrorCode::kInternal, "a function gave values of a type that it was not bound to");
  }
  switch (column::width_of(out.type())) {
    case 0:
      break;
    case 1:
      put_values<std::uint8_t>(*values, fresh_, out);
      break;
    case 8:
      out.type() == column::Type::kDouble ? put_values<double>(*values, fresh_, out)
                                          : put_values<std::int64_t>(*values, fresh_, out);
      break;
    default:
      out.type() == column::Type::kString ? put_texts(*values, fresh_, out)
                                          : put_values<IpAddress>(*values, fresh_, out);
      break;
  }
  return {};
}

Result<bool> CodeValues::evaluate(const Batch& batch, Column& out) {
  const column::CodeTable* const table = table_of(batch);
  if (table == nullptr) {
    return false;
  }
  if (table->space != space_) {
    space_ = table->space;
    num_rows_ = 0;
    table_.reset();
  }
  num_rows_ += batch.num_rows;
  if (!is_worth_codes(num_rows_, space_->size)) {
    return false;
  }
  if (!table_) {
    table_ = std::make_shared<column::CodeTable>();
    table_->space = space_;
    table_->values.reset(expression_.type, space_->size);
    is_known_.assign((std::size_t{space_->size} + 63) / 64, 0);
  }
  const std::uint32_t* const codes = batch.columns[columns_.front()].codes();
  find_fresh(codes, batch.num_rows);
  if (!fresh_.empty()) {
    WEIR_RETURN_IF_ERROR(add_fresh(batch));
  }
  out.reset_coded(table_, codes, batch.num_rows);
  return true;
}

}  // namespace weir::query

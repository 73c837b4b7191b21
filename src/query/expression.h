#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "column/batch.h"
#include "column/value.h"

namespace weir::query {

struct Function;

// A typed expression over the columns of one input. Immutable once bound; shared between plans and
// threads.
struct Expression {
  enum class Kind : std::uint8_t { kColumn, kLiteral, kCall };
  Kind kind = Kind::kLiteral;
  column::Type type = column::Type::kNull;
  std::size_t column = 0;              // kColumn: index into the input's schema
  column::Value literal;               // kLiteral
  const Function* function = nullptr;  // kCall
  std::vector<std::shared_ptr<const Expression>> arguments;
  // What binding prepared for evaluation: a compiled regex, a prefix set, an enrichment table.
  std::shared_ptr<const void> state;
  TextSpan span;
};
using ExpressionPtr = std::shared_ptr<const Expression>;

[[nodiscard]] ExpressionPtr make_column(std::size_t index, column::Type type, TextSpan span = {});
[[nodiscard]] ExpressionPtr make_literal(column::Value value, TextSpan span = {});
// True where both compute the same from the same input.
[[nodiscard]] bool same(const Expression& a, const Expression& b);
// Adds the indices of the columns that `expression` reads to `columns` (sorted, unique).
void collect_columns(const Expression& expression, std::vector<std::size_t>& columns);
// `expression` with column i replaced by replacements[i].
[[nodiscard]] ExpressionPtr substitute(const ExpressionPtr& expression,
                                       const std::vector<ExpressionPtr>& replacements);
// For `explain` and tests: "(bytes > 100)".
[[nodiscard]] std::string to_text(const Expression& expression, const column::Schema& input);

}  // namespace weir::query

#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "column/column.h"
#include "query/function.h"
#include "query/syntax.h"

// For the tests of functions: expressions in a small notation, evaluated over columns in memory,
// the results as text.
namespace weir::query {

// Reads prefix notation: `substr(text, 0, 2)`, `+(bytes, 1)`, `like(name, 'a%')`, `-5`, 2.5, null,
// true, 5m (a period), 'it''s' (a text), `cast(x, bigint)`, `case(c, a, b)`. Names may be quoted
// with backquotes. Test input only: what it cannot read fails the test.
[[nodiscard]] Syntax read_expression(std::string_view text);

// "null", "true", "42", "42.0" (a double), "2026-03-01T00:00:12Z", "90s" (an interval), "10.0.0.1",
// "'text'".
[[nodiscard]] std::string cell_text(const column::Column& column, std::size_t row);

// Columns of equal length that expressions are evaluated over.
class ExpressionTable {
 public:
  // now() is 2026-03-01 12:00:00.500 UTC; 10.9.0.0/16 is the VPC; no geo, no AWS ranges.
  ExpressionTable();

  ExpressionTable& add(std::string name, column::Type type, std::vector<column::Value> values);

  struct Case {
    const char* expression;
    const char* expected;  // one cell a row, separated by " | "
  };
  // Evaluates each expression in four ways that must agree: over the columns as they are, over
  // batches of a few hundred rows (the values repeated), row by row with constant columns, and with
  // the values as literals, where binding folds the calls.
  void expect(Language language, std::initializer_list<Case> cases);
  // The same without literals, for expressions that read a literal differently from a column.
  void expect_columns(Language language, std::initializer_list<Case> cases);

  // The message of the error that binding or evaluating gives; "" where it succeeds.
  [[nodiscard]] std::string error_of(Language language, std::string_view expression);
  // The span of that error.
  [[nodiscard]] std::optional<TextSpan> error_span_of(Language language,
                                                      std::string_view expression);
  [[nodiscard]] QueryEnvironment& environment() { return environment_; }

 private:
  class ColumnScope;
  class LiteralScope;
  enum class Form { kColumns, kRepeated, kConstants };

  void expect_case(Language language, const Case& test, bool with_literals);
  [[nodiscard]] Result<std::string> as_columns(Language language, const Syntax& syntax, Form form);
  [[nodiscard]] Result<std::string> as_literals(Language language, const Syntax& syntax);
  [[nodiscard]] Result<void> attempt(Language language, std::string_view expression);

  QueryEnvironment environment_;
  column::Schema schema_;
  std::vector<std::vector<column::Value>> values_;  // by column
};

// Shorthand for the values of columns.
[[nodiscard]] std::vector<column::Value> integers(
    std::initializer_list<std::optional<std::int64_t>> values);
[[nodiscard]] std::vector<column::Value> doubles(
    std::initializer_list<std::optional<double>> values);
[[nodiscard]] std::vector<column::Value> texts(
    std::initializer_list<std::optional<std::string>> values);
[[nodiscard]] std::vector<column::Value> addresses(
    std::initializer_list<std::optional<std::string>> values);
[[nodiscard]] std::vector<column::Value> times(
    std::initializer_list<std::optional<std::string>> values);
[[nodiscard]] std::vector<column::Value> bools(std::initializer_list<std::optional<bool>> values);

}  // namespace weir::query

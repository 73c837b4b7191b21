#include "query/expression.h"

#include <algorithm>
#include <utility>

#include "base/number.h"
#include "base/time_text.h"
#include "query/function.h"

namespace weir::query {

ExpressionPtr make_column(std::size_t index, column::Type type, TextSpan span) {
  auto expression = std::make_shared<Expression>();
  expression->kind = Expression::Kind::kColumn;
  expression->type = type;
  expression->column = index;
  expression->span = span;
  return expression;
}

ExpressionPtr make_literal(column::Value value, TextSpan span) {
  auto expression = std::make_shared<Expression>();
  expression->kind = Expression::Kind::kLiteral;
  expression->type = value.type;
  expression->literal = std::move(value);
  expression->span = span;
  return expression;
}

bool same(const Expression& a, const Expression& b) {
  if (a.kind != b.kind || a.type != b.type) {
    return false;
  }
  switch (a.kind) {
    case Expression::Kind::kColumn:
      return a.column == b.column;
    case Expression::Kind::kLiteral:
      return a.literal == b.literal;
    case Expression::Kind::kCall:
      return a.function == b.function && a.function->is_pure &&
             std::equal(a.arguments.begin(), a.arguments.end(), b.arguments.begin(),
                        b.arguments.end(),
                        [](const auto& x, const auto& y) { return same(*x, *y); });
  }
  return false;
}

void collect_columns(const Expression& expression, std::vector<std::size_t>& columns) {
  if (expression.kind == Expression::Kind::kColumn) {
    const auto place = std::lower_bound(columns.begin(), columns.end(), expression.column);
    if (place == columns.end() || *place != expression.column) {
      columns.insert(place, expression.column);
    }
  }
  for (const auto& argument : expression.arguments) {
    collect_columns(*argument, columns);
  }
}

ExpressionPtr substitute(const ExpressionPtr& expression,
                         const std::vector<ExpressionPtr>& replacements) {
  if (expression->kind == Expression::Kind::kColumn) {
    return replacements[expression->column];
  }
  if (expression->arguments.empty()) {
    return expression;
  }
  auto copy = std::make_shared<Expression>(*expression);
  for (auto& argument : copy->arguments) {
    argument = substitute(argument, replacements);
  }
  return copy;
}

namespace {

std::string literal_text(const column::Value& value) {
  switch (value.type) {
    case column::Type::kNull:
      return "null";
    case column::Type::kBool:
      return value.integer != 0 ? "true" : "false";
    case column::Type::kInt64:
      return std::to_string(value.integer);
    case column::Type::kDouble:
      return format_double(value.number);
    case column::Type::kTime:
      return to_time_text(value.integer);
    case column::Type::kInterval:
      return format_double(static_cast<double>(value.integer) / 1000) + "s";
    case column::Type::kAddress:
      return to_string(value.address);
    case column::Type::kString:
      return "'" + value.text + "'";
  }
  return "";
}

bool is_infix(std::string_view name) {
  static constexpr std::string_view kInfix[] = {"=", "!=", "<", "<=", ">",   ">=", "+", "-",
                                                "*", "/",  "%", "^",  "and", "or", "<<"};
  return std::find(std::begin(kInfix), std::end(kInfix), name) != std::end(kInfix);
}

}  // namespace

std::string to_text(const Expression& expression, const column::Schema& input) {
  switch (expression.kind) {
    case Expression::Kind::kColumn:
      return expression.column < input.size() ? input[expression.column].name
                                              : "#" + std::to_string(expression.column);
    case Expression::Kind::kLiteral:
      return literal_text(expression.literal);
    case Expression::Kind::kCall:
      break;
  }
  const std::string_view name = expression.function->name;
  std::string text;
  if (is_infix(name) && expression.arguments.size() == 2) {
    text = "(" + to_text(*expression.arguments[0], input) + " ";
    text += name;
    return text + " " + to_text(*expression.arguments[1], input) + ")";
  }
  text = name;
  text += '(';
  for (std::size_t i = 0; i < expression.arguments.size(); ++i) {
    text += (i > 0 ? ", " : "") + to_text(*expression.arguments[i], input);
  }
  return text + ")";
}

}  // namespace weir::query

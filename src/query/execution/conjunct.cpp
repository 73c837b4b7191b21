#include "query/execution/conjunct.h"

#include <string_view>

#include "query/function.h"

namespace weir::query {
namespace {

using column::Comparison;
using column::Type;

bool is_call(const Expression& expression, std::string_view name) {
  return expression.kind == Expression::Kind::kCall && expression.function->name == name;
}

struct NamedComparison {
  std::string_view name;
  Comparison comparison;
  Comparison flipped;  // with the sides exchanged
};

constexpr NamedComparison kComparisons[] = {
    {"=", Comparison::kEqual, Comparison::kEqual},
    {"!=", Comparison::kNotEqual, Comparison::kNotEqual},
    {"<", Comparison::kLess, Comparison::kGreater},
    {"<=", Comparison::kLessEqual, Comparison::kGreaterEqual},
    {">", Comparison::kGreater, Comparison::kLess},
    {">=", Comparison::kGreaterEqual, Comparison::kLessEqual}};

bool is_constant_of(const Expression& expression, Type type) {
  return expression.kind == Expression::Kind::kLiteral && expression.type == type &&
         !expression.literal.is_null();
}

std::optional<column::Predicate> comparison_predicate(const Expression& term) {
  for (const auto& [name, comparison, flipped] : kComparisons) {
    if (!is_call(term, name)) {
      continue;
    }
    const Expression& a = *term.arguments[0];
    const Expression& b = *term.arguments[1];
    if (a.kind == Expression::Kind::kColumn && is_constant_of(b, a.type)) {
      return column::Predicate{a.column, comparison, {b.literal}};
    }
    if (b.kind == Expression::Kind::kColumn && is_constant_of(a, b.type)) {
      return column::Predicate{b.column, flipped, {a.literal}};
    }
  }
  return std::nullopt;
}

}  // namespace

void split_conjunction(const ExpressionPtr& predicate, std::vector<ExpressionPtr>& terms) {
  if (is_call(*predicate, "and") || is_call(*predicate, "between")) {
    for (const auto& argument : predicate->arguments) {
      split_conjunction(argument, terms);
    }
  } else {
    terms.push_back(predicate);
  }
}

ExpressionPtr join_conjunction(const std::vector<ExpressionPtr>& terms) {
  ExpressionPtr joined;
  for (const ExpressionPtr& term : terms) {
    if (joined == nullptr) {
      joined = term;
      continue;
    }
    auto both = std::make_shared<Expression>();
    both->kind = Expression::Kind::kCall;
    both->type = Type::kBool;
    both->function = find_function("and", Language::kSql);
    both->arguments = {joined, term};
    joined = std::move(both);
  }
  return joined;
}

std::optional<column::Predicate> to_scan_predicate(const Expression& term) {
  if (auto predicate = comparison_predicate(term)) {
    return predicate;
  }
  if (is_call(term, "not") && is_call(*term.arguments[0], "is_null") &&
      term.arguments[0]->arguments[0]->kind == Expression::Kind::kColumn) {
    return column::Predicate{term.arguments[0]->arguments[0]->column, Comparison::kIsNotNull, {}};
  }
  if (term.arguments.empty() || term.arguments[0]->kind != Expression::Kind::kColumn) {
    return std::nullopt;
  }
  const Expression& subject = *term.arguments[0];
  if (is_call(term, "is_null")) {
    return column::Predicate{subject.column, Comparison::kIsNull, {}};
  }
  if (is_call(term, "ispresent")) {
    return column::Predicate{subject.column, Comparison::kIsNotNull, {}};
  }
  if (is_call(term, "isIpInSubnet") && subject.type == Type::kAddress) {
    return column::Predicate{subject.column, Comparison::kInPrefix, {term.arguments[1]->literal}};
  }
  if (is_call(term, "in")) {
    column::Predicate predicate{subject.column, Comparison::kIn, {}};
    for (std::size_t i = 1; i < term.arguments.size(); ++i) {
      if (!is_constant_of(*term.arguments[i], subject.type)) {
        return std::nullopt;
      }
      predicate.values.push_back(term.arguments[i]->literal);
    }
    return predicate;
  }
  return std::nullopt;
}

}  // namespace weir::query

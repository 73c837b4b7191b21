#include "query/sql/source_scope.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/nearest_name.h"

namespace weir::query::sql {
namespace {

constexpr std::size_t kMaxExpansion = 1'000'000;

char folded_letter(char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c); }

}  // namespace

bool is_same_name(std::string_view a, std::string_view b) {
  std::size_t i = 0;
  std::size_t j = 0;
  while (true) {
    while (i < a.size() && (a[i] == '-' || a[i] == '_')) {
      ++i;
    }
    while (j < b.size() && (b[j] == '-' || b[j] == '_')) {
      ++j;
    }
    if (i == a.size() || j == b.size()) {
      return i == a.size() && j == b.size();
    }
    if (folded_letter(a[i++]) != folded_letter(b[j++])) {
      return false;
    }
  }
}

ExpressionPtr shift_columns(const ExpressionPtr& expression, std::ptrdiff_t distance) {
  if (distance == 0 || expression->kind == Expression::Kind::kLiteral) {
    return expression;
  }
  auto copy = std::make_shared<Expression>(*expression);
  if (copy->kind == Expression::Kind::kColumn) {
    copy->column = static_cast<std::size_t>(static_cast<std::ptrdiff_t>(copy->column) + distance);
  }
  for (auto& argument : copy->arguments) {
    argument = shift_columns(argument, distance);
  }
  return copy;
}

std::size_t size_of(const Expression& expression) {
  std::size_t size = 1;
  for (const auto& argument : expression.arguments) {
    size += size_of(*argument);
  }
  return size;
}

Result<void> Expansion::charge(std::size_t nodes, TextSpan span) {
  spent_ += nodes;
  if (spent_ > kMaxExpansion) {
    return fail(ErrorCode::kLimit,
                "the statement grows too large when its subqueries and aliases are written out",
                span);
  }
  return {};
}

Result<void> SourceScope::add(BoundSource source, TextSpan span) {
  for (const BoundSource& known : sources_) {
    if (!source.alias.empty() && is_same_name(known.alias, source.alias)) {
      return fail(ErrorCode::kUsage,
                  fmt::format("two tables are called {0} here; give each its own alias: {0} AS a",
                              source.alias),
                  span);
    }
  }
  sources_.push_back(std::move(source));
  num_visible_ = sources_.size();
  return {};
}

void SourceScope::assign_offsets() {
  std::size_t offset = 0;
  for (BoundSource& source : sources_) {
    source.offset = offset;
    offset += source.schema().size();
  }
}

bool SourceScope::is_using(std::string_view name) const {
  return std::any_of(using_names_.begin(), using_names_.end(),
                     [&](const std::string& known) { return is_same_name(known, name); });
}

Result<void> SourceScope::check_qualifier(std::string_view qualifier, TextSpan span) const {
  std::vector<std::string> aliases;
  for (std::size_t i = 0; i < num_visible_; ++i) {
    if (is_same_name(sources_[i].alias, qualifier)) {
      return {};
    }
    if (!sources_[i].alias.empty()) {
      aliases.push_back(sources_[i].alias);
    }
  }
  return fail(
      ErrorCode::kNotFound,
      fmt::format("no table is called '{}' here{}", qualifier,
                  aliases.empty() ? "" : fmt::format("; FROM names {}", fmt::join(aliases, ", "))),
      span);
}

Result<std::optional<ExpressionPtr>> SourceScope::find_in(std::size_t source, std::string_view name,
                                                          TextSpan span) {
  BoundSource& place = sources_[source];
  WEIR_ASSIGN_OR_RETURN(auto found, place.scope->find(place.alias, name, span));
  if (!found) {
    return found;
  }
  const Expression& expression = **found;
  const bool is_subquery_column =
      place.table == nullptr && expression.kind == Expression::Kind::kColumn;
  WEIR_RETURN_IF_ERROR(expansion_.charge(
      is_subquery_column ? place.costs[expression.column] : size_of(expression), span));
  return std::optional(shift_columns(*found, static_cast<std::ptrdiff_t>(place.offset)));
}

Result<std::optional<ExpressionPtr>> SourceScope::find(std::string_view qualifier,
                                                       std::string_view name, TextSpan span) {
  if (!qualifier.empty()) {
    WEIR_RETURN_IF_ERROR(check_qualifier(qualifier, span));
  }
  std::optional<ExpressionPtr> result;
  std::size_t first = 0;
  for (std::size_t i = 0; i < num_visible_; ++i) {
    if (!qualifier.empty() && !is_same_name(qualifier, sources_[i].alias)) {
      continue;
    }
    WEIR_ASSIGN_OR_RETURN(auto found, find_in(i, name, span));
    if (!found) {
      continue;
    }
    if (result) {
      const auto shown = [&](std::size_t place) {
        return sources_[place].alias.empty() ? "the subquery without a name"
                                             : fmt::format("{}.{}", sources_[place].alias, name);
      };
      return fail(ErrorCode::kUsage,
                  fmt::format("'{}' could be {} or {}; say which", name, shown(first), shown(i)),
                  span);
    }
    result = std::move(found);
    first = i;
    if (is_using(name)) {
      break;
    }
  }
  return result;
}

Result<void> SourceScope::touch(std::string_view qualifier, std::string_view name, TextSpan span) {
  for (BoundSource& source : sources_) {
    if (qualifier.empty() || is_same_name(qualifier, source.alias)) {
      WEIR_RETURN_IF_ERROR(source.scope->find(source.alias, name, span));
    }
  }
  return {};
}

std::vector<std::string> SourceScope::known_names() {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < num_visible_; ++i) {
    const auto more = sources_[i].scope->known_names();
    names.insert(names.end(), more.begin(), more.end());
  }
  return names;
}

Result<std::vector<SourceScope::StarColumn>> SourceScope::expand_star(std::string_view qualifier,
                                                                      TextSpan span) {
  if (sources_.empty()) {
    return fail(ErrorCode::kUsage, "* needs a table: SELECT * FROM flows", span);
  }
  if (!qualifier.empty()) {
    WEIR_RETURN_IF_ERROR(check_qualifier(qualifier, span));
  }
  std::vector<StarColumn> columns;
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    BoundSource& source = sources_[i];
    if (!qualifier.empty() && !is_same_name(qualifier, source.alias)) {
      continue;
    }
    column::Schema schema;
    if (source.table != nullptr) {
      WEIR_ASSIGN_OR_RETURN(schema, source.table->table()->columns());
    } else {
      schema = source.plan->schema;
    }
    for (const column::Field& field : schema) {
      if (i > 0 && qualifier.empty() && is_using(field.name)) {
        continue;
      }
      WEIR_ASSIGN_OR_RETURN(auto found, find_in(i, field.name, span));
      if (found) {
        columns.push_back({field.name, std::move(*found)});
      }
    }
  }
  return columns;
}

std::string SourceScope::column_name(std::size_t column) const {
  for (const BoundSource& source : sources_) {
    if (column >= source.offset && column - source.offset < source.schema().size()) {
      return source.schema()[column - source.offset].name;
    }
  }
  return "this";
}

}  // namespace weir::query::sql

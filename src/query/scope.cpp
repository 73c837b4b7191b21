#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "query/bind.h"
#include "query/derived.h"

namespace weir::query {
namespace {

std::string folded_name(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c != '-' && c != '_') {
      out += static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
    }
  }
  return out;
}

}  // namespace

TableScope::TableScope(std::shared_ptr<column::Table> table, std::string alias, Binder& binder)
    : table_(std::move(table)), alias_(std::move(alias)), binder_(binder) {}

Result<std::optional<ExpressionPtr>> TableScope::find(std::string_view qualifier,
                                                      std::string_view name, TextSpan span) {
  if (!qualifier.empty() && folded_name(qualifier) != folded_name(alias_)) {
    return std::optional<ExpressionPtr>();
  }
  WEIR_ASSIGN_OR_RETURN(const auto field, table_->find(name));
  if (!field) {
    if (const DerivedColumn* derived = find_derived(name)) {
      derived_arguments_ = derived->arguments;
      auto bound = binder_.bind(derived->syntax(span), *this);
      derived_arguments_ = {};
      WEIR_ASSIGN_OR_RETURN(auto expression, std::move(bound));
      return std::optional(std::move(expression));
    }
    return std::optional<ExpressionPtr>();
  }
  const auto known = std::find(scan_columns_.begin(), scan_columns_.end(), field->name);
  const auto index = static_cast<std::size_t>(known - scan_columns_.begin());
  if (known == scan_columns_.end()) {
    scan_columns_.push_back(field->name);
    schema_.push_back(*field);
    WEIR_ASSIGN_OR_RETURN(const bool is_carried, table_->carries(field->name));
    const bool is_optional =
        derived_arguments_.find(fmt::format("{}?", name)) != std::string_view::npos;
    if (!is_carried && !is_optional) {
      binder_.warn("empty_field",
                   fmt::format("no record here carries {}: it is null everywhere", name), span);
    }
  }
  return std::optional(make_column(index, field->type, span));
}

std::vector<std::string> TableScope::known_names() {
  std::vector<std::string> names = table_->known_names();
  for (const DerivedColumn& derived : all_derived_columns()) {
    names.emplace_back(derived.name);
  }
  return names;
}

SchemaScope::SchemaScope(const column::Schema& schema, std::string alias)
    : schema_(schema), alias_(std::move(alias)) {}

Result<std::optional<ExpressionPtr>> SchemaScope::find(std::string_view qualifier,
                                                       std::string_view name, TextSpan span) {
  if (!qualifier.empty() && folded_name(qualifier) != folded_name(alias_)) {
    return std::optional<ExpressionPtr>();
  }
  const auto exact = std::find_if(schema_.begin(), schema_.end(),
                                  [&](const column::Field& field) { return field.name == name; });
  auto found = exact;
  if (found == schema_.end()) {
    const std::string wanted = folded_name(name);
    found = std::find_if(schema_.begin(), schema_.end(), [&](const column::Field& field) {
      return folded_name(field.name) == wanted;
    });
  }
  if (found == schema_.end()) {
    return std::optional<ExpressionPtr>();
  }
  return std::optional(
      make_column(static_cast<std::size_t>(found - schema_.begin()), found->type, span));
}

std::vector<std::string> SchemaScope::known_names() {
  std::vector<std::string> names;
  for (const column::Field& field : schema_) {
    names.push_back(field.name);
  }
  return names;
}

}  // namespace weir::query

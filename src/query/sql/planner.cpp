#include "query/sql/planner.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "query/functions/signature.h"
#include "query/sql/select_planner.h"

namespace weir::query::sql {
namespace {

constexpr std::size_t kMaxOperators = 2'000;

bool is_name_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-';
}

std::vector<ExpressionPtr> columns_of(const column::Schema& schema) {
  std::vector<ExpressionPtr> columns;
  for (std::size_t i = 0; i < schema.size(); ++i) {
    columns.push_back(make_column(i, schema[i].type));
  }
  return columns;
}

}  // namespace

PlanPtr make_filter_plan(ExpressionPtr predicate, PlanPtr input) {
  auto plan = std::make_shared<Plan>();
  plan->kind = Plan::Kind::kFilter;
  plan->schema = input->schema;
  plan->predicate = std::move(predicate);
  plan->inputs = {std::move(input)};
  return plan;
}

PlanPtr make_project_plan(column::Schema schema, std::vector<ExpressionPtr> expressions,
                          PlanPtr input) {
  auto plan = std::make_shared<Plan>();
  plan->kind = Plan::Kind::kProject;
  plan->schema = std::move(schema);
  plan->expressions = std::move(expressions);
  plan->inputs = {std::move(input)};
  return plan;
}

PlanPtr make_distinct_plan(PlanPtr input) {
  auto plan = std::make_shared<Plan>();
  plan->kind = Plan::Kind::kDistinctOn;
  plan->schema = input->schema;
  plan->expressions = columns_of(input->schema);
  plan->inputs = {std::move(input)};
  return plan;
}

PlanPtr make_limit_plan(std::optional<std::uint64_t> limit, std::uint64_t offset, PlanPtr input) {
  if (!limit && offset == 0) {
    return input;
  }
  auto plan = std::make_shared<Plan>();
  plan->kind = Plan::Kind::kLimit;
  plan->schema = input->schema;
  plan->limit = limit;
  plan->offset = offset;
  plan->inputs = {std::move(input)};
  return plan;
}

Result<void> add_sort_key(const OrderKey& order, ExpressionPtr expression,
                          const QueryEnvironment& environment, std::vector<SortKey>& keys) {
  if (order.is_nulls_first) {  // true sorts behind false
    WEIR_ASSIGN_OR_RETURN(auto is_null,
                          query::make_call(*find_function("is_null", Language::kSql), {expression},
                                           environment, order.expression.span));
    keys.push_back({std::move(is_null), true, false});
  }
  keys.push_back({std::move(expression), order.is_descending, false});
  return {};
}

void make_names_unique(column::Schema& schema) {
  for (std::size_t i = 0; i < schema.size(); ++i) {
    const std::string name = schema[i].name;
    const auto is_taken = [&](const std::string& candidate) {
      return std::any_of(schema.begin(), schema.begin() + static_cast<std::ptrdiff_t>(i),
                         [&](const column::Field& field) { return field.name == candidate; });
    };
    for (std::size_t number = 2; is_taken(schema[i].name); ++number) {
      schema[i].name = fmt::format("{}_{}", name, number);
    }
  }
}

Result<void> rename_columns(const std::vector<std::string>& names, TextSpan span, PlanPtr& plan) {
  if (names.empty()) {
    return {};
  }
  if (names.size() != plan->schema.size()) {
    return fail(ErrorCode::kUsage,
                fmt::format("the list names {} columns, the query has {}", names.size(),
                            plan->schema.size()),
                span);
  }
  column::Schema schema = plan->schema;
  for (std::size_t i = 0; i < names.size(); ++i) {
    schema[i].name = names[i];
  }
  make_names_unique(schema);
  auto columns = columns_of(schema);
  plan = make_project_plan(std::move(schema), std::move(columns), std::move(plan));
  return {};
}

Result<void> Planner::count_operators(std::size_t count, TextSpan span) {
  num_operators_ += count;
  if (num_operators_ > kMaxOperators) {
    return fail(ErrorCode::kLimit,
                "the statement reads too many tables when its WITH queries are written out", span);
  }
  return {};
}

PlanPtr Planner::make_scan(const BoundSource& source) const {
  auto plan = std::make_shared<Plan>();
  plan->kind = Plan::Kind::kScan;
  plan->schema = source.table->schema();
  plan->table = source.table->table();
  plan->scan_columns = source.table->scan_columns();
  plan->include_silent = source.include_silent;
  plan->range = options_.range;
  return plan;
}

Result<BoundSource> Planner::bind_source(const Source& source) {
  BoundSource bound;
  bound.alias = source.alias.empty() ? source.table : source.alias;
  WEIR_RETURN_IF_ERROR(count_operators(1, source.span));
  Relation relation;
  if (source.query != nullptr) {
    WEIR_ASSIGN_OR_RETURN(relation, plan(*source.query));
  } else {
    const auto named = std::find_if(
        named_.rbegin(), named_.rend(),
        [&](const NamedRelation& known) { return is_same_name(known.name, source.table); });
    if (named == named_.rend()) {
      WEIR_ASSIGN_OR_RETURN(auto table, catalog_.find_table(source.table, source.span));
      auto scope = std::make_unique<TableScope>(std::move(table), bound.alias, binder_);
      bound.table = scope.get();
      bound.scope = std::move(scope);
      if (!source.column_names.empty()) {
        return fail(ErrorCode::kUnsupported, "columns are renamed in SELECT: SELECT srcaddr AS a",
                    source.span);
      }
      return bound;
    }
    relation = named->relation;
    WEIR_RETURN_IF_ERROR(count_operators(named->num_operators, source.span));
  }
  WEIR_RETURN_IF_ERROR(rename_columns(source.column_names, source.span, relation.plan));
  bound.plan = std::move(relation.plan);
  bound.costs = std::move(relation.costs);
  bound.scope = std::make_unique<SchemaScope>(bound.plan->schema, bound.alias);
  return bound;
}

Result<Relation> Planner::plan(const Query& query) {
  const std::size_t num_named = named_.size();
  for (const CommonTable& table : query.with) {
    const std::size_t before = num_operators_;
    WEIR_ASSIGN_OR_RETURN(Relation relation, plan(*table.query));
    WEIR_RETURN_IF_ERROR(rename_columns(table.column_names, table.span, relation.plan));
    named_.push_back({table.name, std::move(relation), num_operators_ - before});
  }
  auto relation = plan_terms(query);
  named_.resize(num_named);
  return relation;
}

Result<Relation> Planner::plan_term(const Term& term) {
  static const Query kNothingBehind;
  return term.query != nullptr ? plan(*term.query)
                               : SelectPlanner(*this, *term.select, kNothingBehind).plan();
}

Result<Relation> Planner::plan_terms(const Query& query) {
  WEIR_RETURN_IF_ERROR(count_operators(query.terms.size(), query.terms.front().span));
  if (query.terms.size() == 1 && query.terms.front().select != nullptr) {
    return SelectPlanner(*this, *query.terms.front().select, query).plan();
  }
  WEIR_ASSIGN_OR_RETURN(Relation whole, plan_term(query.terms.front()));
  std::vector<PlanPtr> parts = {whole.plan};
  for (std::size_t i = 1; i < query.terms.size(); ++i) {
    WEIR_ASSIGN_OR_RETURN(Relation part, plan_term(query.terms[i]));
    if (part.plan->schema.size() != whole.plan->schema.size()) {
      return fail(ErrorCode::kUsage,
                  fmt::format("the queries of a UNION need as many columns each; the first has {}, "
                              "this one {}",
                              whole.plan->schema.size(), part.plan->schema.size()),
                  query.terms[i].span);
    }
    for (std::size_t column = 0; column < part.costs.size(); ++column) {
      whole.costs[column] = std::max(whole.costs[column], part.costs[column]);
    }
    parts.push_back(std::move(part.plan));
  }

  // Each column gets one type over all parts, and the first part's name.
  column::Schema schema = whole.plan->schema;
  std::vector<std::vector<ExpressionPtr>> columns(parts.size());
  for (std::size_t column = 0; column < schema.size(); ++column) {
    std::vector<ExpressionPtr> same_column;
    for (const PlanPtr& part : parts) {
      same_column.push_back(make_column(column, part->schema[column].type));
    }
    WEIR_ASSIGN_OR_RETURN(schema[column].type, unify_all(same_column, 0, 1, binder_.environment()));
    for (std::size_t i = 0; i < parts.size(); ++i) {
      columns[i].push_back(std::move(same_column[i]));
    }
  }
  std::vector<PlanPtr> pending;
  const auto put_together = [&] {
    if (pending.size() == 1) {
      return pending.front();
    }
    auto plan = std::make_shared<Plan>();
    plan->kind = Plan::Kind::kUnionAll;
    plan->schema = schema;
    plan->inputs = std::move(pending);
    return PlanPtr(plan);
  };
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (parts[i]->schema != schema) {
      parts[i] = make_project_plan(schema, std::move(columns[i]), parts[i]);
    }
    pending.push_back(std::move(parts[i]));
    if (query.terms[i].is_distinct) {
      pending = {make_distinct_plan(put_together())};
    }
  }
  WEIR_ASSIGN_OR_RETURN(whole.plan, order(put_together(), query));
  return whole;
}

// ORDER BY and LIMIT behind a UNION or parentheses: over the columns of the result alone.
Result<PlanPtr> Planner::order(PlanPtr plan, const Query& query) {
  if (!query.order_by.empty()) {
    auto sort = std::make_shared<Plan>();
    sort->kind = Plan::Kind::kSort;
    sort->schema = plan->schema;
    SchemaScope scope(plan->schema);
    for (const OrderKey& key : query.order_by) {
      const Syntax& syntax = key.expression;
      ExpressionPtr expression;
      if (syntax.kind == Syntax::Kind::kLiteral && syntax.literal.type == column::Type::kInt64) {
        const std::int64_t place = syntax.literal.integer;
        if (place < 1 || place > static_cast<std::int64_t>(plan->schema.size())) {
          return fail(ErrorCode::kUsage,
                      fmt::format("ORDER BY {}: the result has the columns 1 to {}", place,
                                  plan->schema.size()),
                      syntax.span);
        }
        const auto column = static_cast<std::size_t>(place - 1);
        expression = make_column(column, plan->schema[column].type, syntax.span);
      } else {
        auto bound = binder_.bind(syntax, scope);
        if (!bound) {
          return tl::unexpected<Error>(explain(std::move(bound).error(), scope));
        }
        expression = std::move(*bound);
      }
      WEIR_RETURN_IF_ERROR(
          add_sort_key(key, std::move(expression), binder_.environment(), sort->sort_keys));
    }
    sort->inputs = {std::move(plan)};
    plan = std::move(sort);
  }
  return make_limit_plan(query.limit, query.offset, std::move(plan));
}

Error Planner::explain(Error error, Scope& scope) const {
  if (error.code != ErrorCode::kNotFound || !error.span || error.span->begin < offset_) {
    return error;
  }
  std::size_t begin = error.span->begin - offset_;
  std::size_t end = error.span->end - offset_;
  if (begin >= text_.size() || end > text_.size()) {
    return error;
  }
  if (text_[begin] == '"') {
    error.message +=
        fmt::format(" double quotes make it a name; a text stands in single ones: '{}'",
                    text_.substr(begin + 1, end - begin - 2));
    return error;
  }
  while (end < text_.size() && is_name_byte(text_[end])) {
    ++end;
  }
  while (begin > 0 && is_name_byte(text_[begin - 1])) {
    --begin;
  }
  const std::string_view whole = text_.substr(begin, end - begin);
  if (whole.find('-') == std::string_view::npos || whole.find("--") != std::string_view::npos) {
    return error;
  }
  const TextSpan span{offset_ + begin, offset_ + end};
  const auto found = scope.find("", whole, span);
  if (!found || !*found) {
    return error;
  }
  std::string underscored(whole);
  std::replace(underscored.begin(), underscored.end(), '-', '_');
  return Error{ErrorCode::kNotFound,
               fmt::format("a bare hyphen is a minus; write {} or \"{}\"", underscored, whole),
               span};
}

}  // namespace weir::query::sql

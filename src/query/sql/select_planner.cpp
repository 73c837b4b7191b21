#include "query/sql/select_planner.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <utility>

#include "query/execution/conjunct.h"
#include "query/functions/signature.h"

namespace weir::query::sql {
namespace {

bool is_placed_aggregate(const Expression& expression) {
  return expression.kind == Expression::Kind::kColumn && expression.column >= kFirstAggregate;
}

bool holds_aggregate(const Expression& expression) {
  return is_placed_aggregate(expression) ||
         std::any_of(expression.arguments.begin(), expression.arguments.end(),
                     [](const ExpressionPtr& argument) { return holds_aggregate(*argument); });
}

bool is_same_aggregate(const Aggregate& a, const Aggregate& b) {
  const auto is_same_part = [](const ExpressionPtr& x, const ExpressionPtr& y) {
    return x == nullptr || y == nullptr ? x == y : same(*x, *y);
  };
  return a.kind == b.kind && a.parameter == b.parameter && is_same_part(a.argument, b.argument) &&
         is_same_part(a.order_by, b.order_by);
}

bool names_log_status(const Syntax& syntax) {
  return (syntax.kind == Syntax::Kind::kName && is_same_name(syntax.text, "log_status")) ||
         std::any_of(syntax.children.begin(), syntax.children.end(), names_log_status);
}

bool tests_null(const Syntax& syntax) {
  return (syntax.kind == Syntax::Kind::kCall &&
          (syntax.text == "is_null" || syntax.text == "coalesce" || syntax.text == "ifnull")) ||
         std::any_of(syntax.children.begin(), syntax.children.end(), tests_null);
}

// A condition that no record without traffic can meet: a comparison with a field that such records
// do not carry.
bool needs_traffic(const Expression& term, const column::Schema& schema) {
  static constexpr std::string_view kStrict[] = {
      "=", "!=", "<", "<=", ">", ">=", "in", "like", "ilike", "matches", "isIpInSubnet"};
  static constexpr std::string_view kAlwaysThere[] = {"version", "account_id", "interface_id",
                                                      "start",   "end",        "log_status"};
  const auto is_among = [](std::string_view name, std::span<const std::string_view> names) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  return term.kind == Expression::Kind::kCall && is_among(term.function->name, kStrict) &&
         std::any_of(term.arguments.begin(), term.arguments.end(), [&](const ExpressionPtr& side) {
           return side->kind == Expression::Kind::kColumn && side->column < schema.size() &&
                  !is_among(schema[side->column].name, kAlwaysThere) &&
                  !schema[side->column].name.starts_with('@');
         });
}

}  // namespace

Result<std::optional<ExpressionPtr>> ClauseScope::find(std::string_view qualifier,
                                                       std::string_view name, TextSpan span) {
  const Output* alias = nullptr;
  if (qualifier.empty()) {
    const auto found = std::find_if(outputs_.begin(), outputs_.end(), [&](const Output& output) {
      return output.has_alias && is_same_name(output.name, name);
    });
    alias = found == outputs_.end() ? nullptr : &*found;
  }
  const auto from_alias = [&]() -> Result<std::optional<ExpressionPtr>> {
    WEIR_RETURN_IF_ERROR(expansion_.charge(alias->cost, span));
    auto copy = std::make_shared<Expression>(*alias->expression);
    copy->span = span;
    return std::optional<ExpressionPtr>(std::move(copy));
  };
  if (alias != nullptr && preference_ == Preference::kAliases) {
    return from_alias();
  }
  WEIR_ASSIGN_OR_RETURN(auto column, sources_.find(qualifier, name, span));
  if (alias == nullptr) {
    return column;
  }
  const bool is_column = column && (preference_ == Preference::kColumns ||
                                    (keys_ != nullptr && std::any_of(keys_->begin(), keys_->end(),
                                                                     [&](const ExpressionPtr& key) {
                                                                       return same(*key, **column);
                                                                     })));
  return is_column ? Result<std::optional<ExpressionPtr>>(std::move(column)) : from_alias();
}

std::vector<std::string> ClauseScope::known_names() {
  std::vector<std::string> names = sources_.known_names();
  for (const Output& output : outputs_) {
    if (output.has_alias) {
      names.push_back(output.name);
    }
  }
  return names;
}

// An aggregate call becomes a column of the aggregation to come.
Result<ExpressionPtr> SelectPlanner::place_aggregate(const Syntax& call) {
  ClauseScope scope(sources_, outputs_, planner_.expansion(), ClauseScope::Preference::kColumns);
  WEIR_ASSIGN_OR_RETURN(Aggregate aggregate, planner_.binder().bind_aggregate(call, scope));
  for (const ExpressionPtr& part : {aggregate.argument, aggregate.order_by}) {
    if (part != nullptr && holds_aggregate(*part)) {
      return fail(ErrorCode::kUsage,
                  fmt::format("{}() cannot summarise another summary; put that one into a subquery",
                              call.text),
                  call.span);
    }
  }
  const auto known =
      std::find_if(aggregates_.begin(), aggregates_.end(),
                   [&](const Aggregate& other) { return is_same_aggregate(other, aggregate); });
  const auto index = static_cast<std::size_t>(known - aggregates_.begin());
  const column::Type type = aggregate.type;
  if (known == aggregates_.end()) {
    aggregates_.push_back(std::move(aggregate));
  }
  return make_column(kFirstAggregate + index, type, call.span);
}

Result<ExpressionPtr> SelectPlanner::bind(const Syntax& syntax,
                                          ClauseScope::Preference preference) {
  ClauseScope scope(sources_, outputs_, planner_.expansion(), preference, &keys_);
  auto bound = planner_.binder().bind_over_aggregates(
      syntax, scope, [&](const Syntax& call) { return place_aggregate(call); });
  if (!bound) {
    return tl::unexpected<Error>(planner_.explain(std::move(bound).error(), scope));
  }
  return bound;
}

Result<ExpressionPtr> SelectPlanner::bind_condition(const Syntax& syntax,
                                                    ClauseScope::Preference preference) {
  if (!planner_.binder().contains_aggregate(syntax)) {
    ClauseScope scope(sources_, outputs_, planner_.expansion(), preference, &keys_);
    auto bound = planner_.binder().bind_predicate(syntax, scope);
    if (!bound) {
      return tl::unexpected<Error>(planner_.explain(std::move(bound).error(), scope));
    }
    return bound;
  }
  WEIR_ASSIGN_OR_RETURN(auto condition, bind(syntax, preference));
  if (condition->type != column::Type::kBool && condition->type != column::Type::kNull &&
      !is_numeric(condition->type)) {
    return fail(ErrorCode::kUsage, "this is no condition; compare it with something", syntax.span);
  }
  return make_cast(std::move(condition), column::Type::kBool, planner_.binder().environment());
}

Result<void> SelectPlanner::bind_outputs() {
  for (const SelectItem& item : select_.items) {
    const std::size_t before = planner_.expansion().spent();
    if (item.expression.kind == Syntax::Kind::kStar) {
      WEIR_ASSIGN_OR_RETURN(auto columns,
                            sources_.expand_star(item.expression.qualifier, item.expression.span));
      const std::size_t spent = planner_.expansion().spent() - before;
      for (auto& column : columns) {
        outputs_.push_back({std::move(column.name), false, std::move(column.expression),
                            std::max<std::size_t>(spent, 1)});
      }
      continue;
    }
    WEIR_ASSIGN_OR_RETURN(auto expression,
                          bind(item.expression, ClauseScope::Preference::kColumns));
    const std::size_t cost = size_of(*expression) + planner_.expansion().spent() - before;
    outputs_.push_back({item.name, item.has_alias, std::move(expression), cost});
  }
  return {};
}

Result<void> SelectPlanner::refuse_aggregates(const ExpressionPtr& expression,
                                              std::string_view clause) const {
  if (holds_aggregate(*expression)) {
    return fail(ErrorCode::kUsage,
                fmt::format("{} looks at single records, this summarises many; conditions on "
                            "summaries stand in HAVING",
                            clause),
                expression->span);
  }
  return {};
}

Result<void> SelectPlanner::bind_where() {
  if (!select_.where) {
    return {};
  }
  WEIR_ASSIGN_OR_RETURN(const auto condition,
                        bind_condition(*select_.where, ClauseScope::Preference::kColumns));
  WEIR_RETURN_IF_ERROR(refuse_aggregates(condition, "WHERE"));
  split_conjunction(condition, where_);
  return {};
}

// GROUP BY 1, ORDER BY 2: a place in the SELECT list.
Result<std::optional<std::size_t>> SelectPlanner::find_ordinal(const Syntax& syntax,
                                                               std::string_view clause) const {
  if (syntax.kind != Syntax::Kind::kLiteral || syntax.literal.type != column::Type::kInt64) {
    return std::optional<std::size_t>();
  }
  const std::int64_t place = syntax.literal.integer;
  if (place < 1 || place > static_cast<std::int64_t>(outputs_.size())) {
    return fail(ErrorCode::kUsage,
                fmt::format("{} {}: the SELECT list has the places 1 to {}", clause, place,
                            outputs_.size()),
                syntax.span);
  }
  return std::optional(static_cast<std::size_t>(place - 1));
}

// GROUP BY x, where x is a column and, of something else, an alias: the column counts, as in MySQL
// and PostgreSQL.
void SelectPlanner::warn_of_shadowed_alias(const Syntax& key, const Expression& bound) {
  if (key.kind != Syntax::Kind::kName || !key.qualifier.empty()) {
    return;
  }
  for (std::size_t i = 0; i < outputs_.size(); ++i) {
    const Output& output = outputs_[i];
    if (output.has_alias && is_same_name(output.name, key.text) &&
        !same(*output.expression, bound)) {
      planner_.binder().warn(
          "group_by_shadowed",
          fmt::format("this groups by the column {}, not by the expression of that name; write "
                      "GROUP BY {} for the expression",
                      key.text, i + 1),
          key.span);
    }
  }
}

Result<void> SelectPlanner::bind_group_by() {
  const auto add = [&](ExpressionPtr key, std::string name) {
    const bool is_known = std::any_of(
        keys_.begin(), keys_.end(), [&](const ExpressionPtr& known) { return same(*known, *key); });
    if (!is_known) {
      key_fields_.push_back({std::move(name), key->type});
      keys_.push_back(std::move(key));
    }
  };
  if (select_.is_grouped_by_all) {
    for (const Output& output : outputs_) {
      if (!holds_aggregate(*output.expression)) {
        add(output.expression, output.name);
      }
    }
    return {};
  }
  for (const Syntax& syntax : select_.group_by) {
    WEIR_ASSIGN_OR_RETURN(const auto place, find_ordinal(syntax, "GROUP BY"));
    ExpressionPtr key;
    if (place) {
      key = outputs_[*place].expression;
    } else {
      WEIR_ASSIGN_OR_RETURN(key, bind(syntax, ClauseScope::Preference::kColumns));
    }
    if (holds_aggregate(*key)) {
      return fail(ErrorCode::kUsage, "records cannot be grouped by a summary of the group",
                  syntax.span);
    }
    warn_of_shadowed_alias(syntax, *key);
    add(std::move(key),
        syntax.kind == Syntax::Kind::kName ? syntax.text : fmt::format("key_{}", keys_.size() + 1));
  }
  return {};
}

Result<void> SelectPlanner::bind_having() {
  if (select_.having) {
    WEIR_ASSIGN_OR_RETURN(having_, bind_condition(*select_.having, ClauseScope::Preference::kKeys));
  }
  return {};
}

Result<void> SelectPlanner::bind_order_by() {
  for (const OrderKey& order : query_.order_by) {
    WEIR_ASSIGN_OR_RETURN(auto place, find_ordinal(order.expression, "ORDER BY"));
    if (!place) {
      WEIR_ASSIGN_OR_RETURN(auto expression,
                            bind(order.expression, ClauseScope::Preference::kAliases));
      const auto is_it = [&](const Output& output) {
        return same(*output.expression, *expression);
      };
      const auto shown = std::find_if(outputs_.begin(), outputs_.end(), is_it);
      const auto hidden = std::find_if(hidden_.begin(), hidden_.end(), is_it);
      if (shown != outputs_.end()) {
        place = static_cast<std::size_t>(shown - outputs_.begin());
      } else {
        if (select_.is_distinct) {
          return fail(ErrorCode::kUsage,
                      "after SELECT DISTINCT, ORDER BY can name only what is selected",
                      order.expression.span);
        }
        place = outputs_.size() + static_cast<std::size_t>(hidden - hidden_.begin());
        if (hidden == hidden_.end()) {
          hidden_.push_back(
              {fmt::format("sort_{}", hidden_.size() + 1), false, std::move(expression), 1});
        }
      }
    }
    sort_columns_.push_back({*place, &order});
  }
  return {};
}

// An expression over FROM's columns and placed aggregates, over the aggregation's output instead.
Result<ExpressionPtr> SelectPlanner::move_behind_groups(const ExpressionPtr& expression) const {
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    if (same(*keys_[i], *expression)) {
      return make_column(i, expression->type, expression->span);
    }
  }
  if (is_placed_aggregate(*expression)) {
    return make_column(keys_.size() + expression->column - kFirstAggregate, expression->type,
                       expression->span);
  }
  if (expression->kind == Expression::Kind::kColumn) {
    const std::string name = sources_.column_name(expression->column);
    return fail(
        ErrorCode::kUsage,
        fmt::format("a group has many values of {0}; add it to GROUP BY, or choose one with "
                    "max({0})",
                    name),
        expression->span);
  }
  if (expression->arguments.empty()) {
    return expression;
  }
  auto copy = std::make_shared<Expression>(*expression);
  for (auto& argument : copy->arguments) {
    WEIR_ASSIGN_OR_RETURN(argument, move_behind_groups(argument));
  }
  return ExpressionPtr(copy);
}

bool SelectPlanner::looks_at_nulls() const {
  bool looks = false;
  for_each_expression(select_, query_, [&](const Syntax& syntax) {
    looks = looks || names_log_status(syntax) || tests_null(syntax);
  });
  return looks;
}

// A record without traffic (NODATA, SKIPDATA) has no addresses: the group it would form is nobody's
// traffic. Left out, with a warning, unless the statement shows that it thought of nulls.
void SelectPlanner::leave_out_silent_records() {
  const bool is_plain_table =
      sources_.sources().size() == 1 && sources_.sources().front().table != nullptr;
  if (!is_plain_table || planner_.binder().environment().dialect != Dialect::kHelpful ||
      looks_at_nulls()) {
    return;
  }
  BoundSource& source = sources_.sources().front();
  const auto is_of_address = [&](const ExpressionPtr& key) {
    std::vector<std::size_t> columns;
    collect_columns(*key, columns);
    return std::any_of(columns.begin(), columns.end(), [&](std::size_t column) {
      return source.schema()[column].type == column::Type::kAddress;
    });
  };
  if (!std::any_of(keys_.begin(), keys_.end(), is_of_address)) {
    return;
  }
  source.include_silent = false;
  const bool is_known = std::any_of(where_.begin(), where_.end(), [&](const ExpressionPtr& term) {
    return needs_traffic(*term, source.schema());
  });
  if (!is_known) {
    planner_.binder().warn("silent_records",
                           "NODATA and SKIPDATA records have no addresses and form no group here; "
                           "name log_status in the statement to see them");
  }
}

Result<PlanPtr> SelectPlanner::aggregate(PlanPtr input) {
  auto plan = std::make_shared<Plan>();
  plan->kind = Plan::Kind::kAggregate;
  plan->schema = key_fields_;
  for (std::size_t i = 0; i < aggregates_.size(); ++i) {
    plan->schema.push_back({fmt::format("aggregate_{}", i + 1), aggregates_[i].type});
  }
  plan->expressions = keys_;
  plan->aggregates = aggregates_;
  plan->inputs = {std::move(input)};
  for (std::vector<Output>* list : {&outputs_, &hidden_}) {
    for (Output& output : *list) {
      WEIR_ASSIGN_OR_RETURN(output.expression, move_behind_groups(output.expression));
    }
  }
  if (having_ == nullptr) {
    return PlanPtr(plan);
  }
  WEIR_ASSIGN_OR_RETURN(having_, move_behind_groups(having_));
  return make_filter_plan(having_, std::move(plan));
}

Result<Relation> SelectPlanner::plan() {
  WEIR_RETURN_IF_ERROR(bind_sources());
  WEIR_RETURN_IF_ERROR(bind_outputs());
  WEIR_RETURN_IF_ERROR(bind_where());
  WEIR_RETURN_IF_ERROR(bind_group_by());
  WEIR_RETURN_IF_ERROR(bind_having());
  WEIR_RETURN_IF_ERROR(bind_order_by());
  const bool is_grouped = !keys_.empty() || having_ != nullptr || !aggregates_.empty();
  if (is_grouped) {
    leave_out_silent_records();
  }
  WEIR_ASSIGN_OR_RETURN(PlanPtr plan, plan_from());
  if (is_grouped) {
    WEIR_ASSIGN_OR_RETURN(plan, aggregate(std::move(plan)));
  }

  Relation relation;
  column::Schema schema;
  std::vector<ExpressionPtr> expressions;
  for (const Output& output : outputs_) {
    schema.push_back({output.name, output.expression->type});
    expressions.push_back(output.expression);
    relation.costs.push_back(output.cost);
  }
  make_names_unique(schema);
  const column::Schema shown = schema;
  for (const Output& output : hidden_) {
    schema.push_back({output.name, output.expression->type});
    expressions.push_back(output.expression);
  }
  plan = make_project_plan(schema, std::move(expressions), std::move(plan));
  if (select_.is_distinct) {
    plan = make_distinct_plan(std::move(plan));
  }
  if (!sort_columns_.empty()) {
    auto sort = std::make_shared<Plan>();
    sort->kind = Plan::Kind::kSort;
    sort->schema = plan->schema;
    for (const SortColumn& column : sort_columns_) {
      WEIR_RETURN_IF_ERROR(add_sort_key(*column.order,
                                        make_column(column.column, schema[column.column].type),
                                        planner_.binder().environment(), sort->sort_keys));
    }
    sort->inputs = {std::move(plan)};
    plan = std::move(sort);
  }
  plan = make_limit_plan(query_.limit, query_.offset, std::move(plan));
  if (!hidden_.empty()) {
    std::vector<ExpressionPtr> kept;
    for (std::size_t i = 0; i < shown.size(); ++i) {
      kept.push_back(make_column(i, shown[i].type));
    }
    plan = make_project_plan(shown, std::move(kept), std::move(plan));
  }
  relation.plan = std::move(plan);
  return relation;
}

}  // namespace weir::query::sql

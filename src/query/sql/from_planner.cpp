// The FROM clause: sources, joins, and the parts of WHERE that one source can answer alone.

#include <algorithm>
#include <utility>

#include "query/execution/conjunct.h"
#include "query/sql/select_planner.h"

namespace weir::query::sql {
namespace {

// The columns that an expression reads lie all in [begin, end), and there are some.
bool reads_within(const Expression& expression, std::size_t begin, std::size_t end) {
  std::vector<std::size_t> columns;
  collect_columns(expression, columns);
  return !columns.empty() && columns.front() >= begin && columns.back() < end;
}

bool is_equality(const Expression& expression) {
  return expression.kind == Expression::Kind::kCall && expression.function->name == "=";
}

}  // namespace

Result<void> SelectPlanner::touch_names_of(const Syntax& syntax, bool aliases_first) {
  if (syntax.kind == Syntax::Kind::kStar) {
    return {};
  }
  if (syntax.kind == Syntax::Kind::kName) {
    const bool is_alias =
        aliases_first && syntax.qualifier.empty() &&
        std::any_of(select_.items.begin(), select_.items.end(), [&](const SelectItem& item) {
          return item.has_alias && is_same_name(item.name, syntax.text);
        });
    return is_alias ? Result<void>() : sources_.touch(syntax.qualifier, syntax.text, syntax.span);
  }
  for (const Syntax& child : syntax.children) {
    WEIR_RETURN_IF_ERROR(touch_names_of(child, aliases_first));
  }
  return {};
}

// Has every column in its table's schema before the columns of the next table are counted.
Result<void> SelectPlanner::touch_names() {
  Result<void> outcome;
  for_each_expression(select_, query_, [&](const Syntax& syntax) {
    const bool is_late =
        (select_.having && &syntax == &*select_.having) ||
        std::any_of(query_.order_by.begin(), query_.order_by.end(),
                    [&](const OrderKey& key) { return &key.expression == &syntax; });
    if (outcome) {
      outcome = touch_names_of(syntax, is_late);
    }
  });
  WEIR_RETURN_IF_ERROR(std::move(outcome));
  for (const Join& join : select_.joins) {
    for (const Syntax& name : join.using_columns) {
      WEIR_RETURN_IF_ERROR(sources_.touch("", name.text, name.span));
    }
  }
  for (const SelectItem& item : select_.items) {
    if (item.expression.kind == Syntax::Kind::kStar) {
      WEIR_RETURN_IF_ERROR(sources_.expand_star(item.expression.qualifier, item.expression.span));
    }
  }
  return {};
}

Result<void> SelectPlanner::bind_sources() {
  if (!select_.from) {
    return {};
  }
  WEIR_ASSIGN_OR_RETURN(BoundSource first, planner_.bind_source(*select_.from));
  WEIR_RETURN_IF_ERROR(sources_.add(std::move(first), select_.from->span));
  for (const Join& join : select_.joins) {
    WEIR_ASSIGN_OR_RETURN(BoundSource next, planner_.bind_source(join.source));
    WEIR_RETURN_IF_ERROR(sources_.add(std::move(next), join.source.span));
    for (const Syntax& name : join.using_columns) {
      sources_.add_using(name.text);
    }
  }
  if (!select_.joins.empty()) {
    WEIR_RETURN_IF_ERROR(touch_names());
    sources_.assign_offsets();
  }
  return {};
}

// A term over one source's columns is asked of that source, unless a LEFT JOIN adds rows of nulls
// after it.
void SelectPlanner::push_where_to_sources() {
  std::erase_if(where_, [&](const ExpressionPtr& term) {
    for (std::size_t i = 0; i < sources_.sources().size(); ++i) {
      BoundSource& source = sources_.sources()[i];
      const bool is_optional = i > 0 && select_.joins[i - 1].kind == JoinKind::kLeft;
      if (!is_optional &&
          reads_within(*term, source.offset, source.offset + source.schema().size())) {
        source.filters.push_back(shift_columns(term, -static_cast<std::ptrdiff_t>(source.offset)));
        return true;
      }
    }
    return false;
  });
}

PlanPtr SelectPlanner::plan_source(const BoundSource& source) const {
  PlanPtr plan = source.table != nullptr ? planner_.make_scan(source) : source.plan;
  return source.filters.empty() ? plan : make_filter_plan(join_conjunction(source.filters), plan);
}

Result<ExpressionPtr> SelectPlanner::bind_join_condition(std::size_t source) {
  const Join& join = select_.joins[source - 1];
  if (join.condition) {
    sources_.show_first(source + 1);
    auto condition = planner_.binder().bind_predicate(*join.condition, sources_);
    if (!condition) {
      const Error error = planner_.explain(std::move(condition).error(), sources_);
      sources_.show_first(sources_.sources().size());
      return tl::unexpected<Error>(error);
    }
    sources_.show_first(sources_.sources().size());
    return condition;
  }
  std::vector<ExpressionPtr> terms;
  for (const Syntax& name : join.using_columns) {
    sources_.show_first(source);
    auto left = sources_.find("", name.text, name.span);
    sources_.show_first(sources_.sources().size());
    WEIR_ASSIGN_OR_RETURN(auto left_column, std::move(left));
    WEIR_ASSIGN_OR_RETURN(auto right_column, sources_.find_in(source, name.text, name.span));
    if (!left_column || !right_column) {
      return fail(ErrorCode::kNotFound,
                  "USING names a column of both sides; '" + name.text + "' is missing from one",
                  name.span);
    }
    WEIR_ASSIGN_OR_RETURN(terms.emplace_back(),
                          query::make_call(*find_function("=", Language::kSql),
                                           {std::move(*left_column), std::move(*right_column)},
                                           planner_.binder().environment(), name.span));
  }
  return join_conjunction(terms);
}

Result<PlanPtr> SelectPlanner::join(PlanPtr left, std::size_t source) {
  const Join& join = select_.joins[source - 1];
  BoundSource& right = sources_.sources()[source];
  const std::size_t border = right.offset;
  const std::size_t end = border + right.schema().size();
  const auto distance = -static_cast<std::ptrdiff_t>(border);
  std::vector<ExpressionPtr> terms;
  if (join.is_comma) {
    // FROM a, b WHERE a.x = b.x: what WHERE says about the tables so far.
    std::erase_if(where_, [&](const ExpressionPtr& term) {
      const bool is_join_term = reads_within(*term, 0, end);
      if (is_join_term) {
        terms.push_back(term);
      }
      return is_join_term;
    });
  } else {
    WEIR_ASSIGN_OR_RETURN(const auto condition, bind_join_condition(source));
    split_conjunction(condition, terms);
  }
  auto plan = std::make_shared<Plan>();
  plan->kind = Plan::Kind::kJoin;
  plan->join_kind = join.kind;
  std::vector<ExpressionPtr> others;
  for (const ExpressionPtr& term : terms) {
    if (is_equality(*term)) {
      const ExpressionPtr& a = term->arguments[0];
      const ExpressionPtr& b = term->arguments[1];
      const bool is_straight = reads_within(*a, 0, border) && reads_within(*b, border, end);
      const bool is_crossed = reads_within(*b, 0, border) && reads_within(*a, border, end);
      if (is_straight || is_crossed) {
        plan->left_keys.push_back(is_straight ? a : b);
        plan->right_keys.push_back(shift_columns(is_straight ? b : a, distance));
        continue;
      }
    }
    if (reads_within(*term, border, end)) {
      right.filters.push_back(shift_columns(term, distance));
    } else {
      others.push_back(term);
    }
  }
  if (plan->left_keys.empty()) {
    return fail(ErrorCode::kUnsupported,
                "a join needs an equality between its two sides, as in ON a.srcaddr = b.srcaddr; "
                "further conditions, such as overlapping times, can stand beside it",
                join.span);
  }
  plan->predicate = join_conjunction(others);
  plan->schema = left->schema;
  plan->schema.insert(plan->schema.end(), right.schema().begin(), right.schema().end());
  plan->inputs = {std::move(left), plan_source(right)};
  return plan;
}

Result<PlanPtr> SelectPlanner::plan_from() {
  if (!select_.from) {  // SELECT 1 + 1: one row of no columns
    auto plan = std::make_shared<Plan>();
    plan->kind = Plan::Kind::kValues;
    plan->rows.emplace_back();
    return PlanPtr(plan);
  }
  push_where_to_sources();
  PlanPtr plan = plan_source(sources_.sources().front());
  for (std::size_t i = 1; i < sources_.sources().size(); ++i) {
    WEIR_ASSIGN_OR_RETURN(plan, join(std::move(plan), i));
  }
  return where_.empty() ? plan : make_filter_plan(join_conjunction(where_), plan);
}

}  // namespace weir::query::sql

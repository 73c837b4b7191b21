#include <algorithm>
#include <utility>
#include <vector>

#include "query/execution/conjunct.h"
#include "query/plan.h"

namespace weir::query {
namespace {

using Columns = std::vector<std::size_t>;  // sorted, unique

PlanPtr with_input(const Plan& plan, PlanPtr input) {
  auto copy = std::make_shared<Plan>(plan);
  copy->inputs = {std::move(input)};
  return copy;
}

PlanPtr make_filter(const ExpressionPtr& predicate, PlanPtr input) {
  auto filter = std::make_shared<Plan>();
  filter->kind = Plan::Kind::kFilter;
  filter->schema = input->schema;
  filter->predicate = predicate;
  filter->inputs = {std::move(input)};
  return filter;
}

bool is_true(const Expression& expression) {
  return expression.kind == Expression::Kind::kLiteral && expression.literal.integer != 0 &&
         expression.type == column::Type::kBool;
}

PlanPtr push_filter_into_join(const ExpressionPtr& predicate, const PlanPtr& plan);

// Moves `predicate` (over plan's output) as near to the scan as it can go.
PlanPtr push_filter(ExpressionPtr predicate, const PlanPtr& plan) {
  switch (plan->kind) {
    case Plan::Kind::kFilter:
      return push_filter(join_conjunction({plan->predicate, predicate}), plan->inputs.front());
    case Plan::Kind::kProject:
      return with_input(
          *plan, push_filter(substitute(predicate, plan->expressions), plan->inputs.front()));
    case Plan::Kind::kUnionAll: {
      auto copy = std::make_shared<Plan>(*plan);
      for (auto& input : copy->inputs) {
        input = push_filter(predicate, input);
      }
      return copy;
    }
    case Plan::Kind::kAggregate: {
      // Terms over the keys alone can be asked of the records already.
      std::vector<ExpressionPtr> terms;
      std::vector<ExpressionPtr> below;
      std::vector<ExpressionPtr> above;
      split_conjunction(predicate, terms);
      for (const auto& term : terms) {
        Columns columns;
        collect_columns(*term, columns);
        const bool is_over_keys = !columns.empty() && columns.back() < plan->expressions.size();
        (is_over_keys ? below : above)
            .push_back(is_over_keys ? substitute(term, plan->expressions) : term);
      }
      PlanPtr pushed = plan;
      if (!below.empty()) {
        pushed = with_input(*plan, push_filter(join_conjunction(below), plan->inputs.front()));
      }
      return above.empty() ? pushed : make_filter(join_conjunction(above), pushed);
    }
    case Plan::Kind::kSort:
      // Not below a top-N, which would have other rows to choose from.
      return plan->limit
                 ? make_filter(predicate, plan)
                 : with_input(*plan, push_filter(std::move(predicate), plan->inputs.front()));
    case Plan::Kind::kJoin:
      return push_filter_into_join(predicate, plan);
    default:
      return make_filter(predicate, plan);
  }
}

// Terms over one side are asked there, but for the right side of a left join: its rows of nulls
// come of the join only.
PlanPtr push_filter_into_join(const ExpressionPtr& predicate, const PlanPtr& plan) {
  const std::size_t num_left = plan->inputs[0]->schema.size();
  std::vector<ExpressionPtr> terms;
  std::vector<ExpressionPtr> left;
  std::vector<ExpressionPtr> right;
  std::vector<ExpressionPtr> above;
  split_conjunction(predicate, terms);
  for (const auto& term : terms) {
    Columns columns;
    collect_columns(*term, columns);
    if (!columns.empty() && columns.back() < num_left) {
      left.push_back(term);
    } else if (!columns.empty() && columns.front() >= num_left &&
               plan->join_kind == JoinKind::kInner) {
      std::vector<ExpressionPtr> of_right(plan->schema.size());
      for (std::size_t c = num_left; c < of_right.size(); ++c) {
        of_right[c] = make_column(c - num_left, plan->schema[c].type);
      }
      right.push_back(substitute(term, of_right));
    } else {
      above.push_back(term);
    }
  }
  auto copy = std::make_shared<Plan>(*plan);
  if (!left.empty()) {
    copy->inputs[0] = push_filter(join_conjunction(left), copy->inputs[0]);
  }
  if (!right.empty()) {
    copy->inputs[1] = push_filter(join_conjunction(right), copy->inputs[1]);
  }
  return above.empty() ? copy : make_filter(join_conjunction(above), copy);
}

PlanPtr push_filters(const PlanPtr& plan) {
  auto copy = std::make_shared<Plan>(*plan);
  for (auto& input : copy->inputs) {
    input = push_filters(input);
  }
  if (copy->kind != Plan::Kind::kFilter) {
    return copy;
  }
  std::vector<ExpressionPtr> terms;
  split_conjunction(copy->predicate, terms);
  std::erase_if(terms, [](const ExpressionPtr& term) { return is_true(*term); });
  return terms.empty() ? copy->inputs.front()
                       : push_filter(join_conjunction(terms), copy->inputs.front());
}

// The rows of a plan that are greatest by one of its columns.
struct Greatest {
  std::size_t column = 0;
  std::uint64_t count = 0;
};

std::optional<Greatest> greatest_of_sort(const Plan& sort) {
  const SortKey& first = sort.sort_keys.front();
  if (!sort.limit || !first.is_descending || first.expression->kind != Expression::Kind::kColumn) {
    return std::nullopt;
  }
  return Greatest{first.expression->column, *sort.limit};
}

std::optional<Greatest> greatest_below_project(const Plan& project,
                                               const std::optional<Greatest>& greatest) {
  if (!greatest) {
    return std::nullopt;
  }
  const Expression& expression = *project.expressions[greatest->column];
  if (expression.kind != Expression::Kind::kColumn) {
    return std::nullopt;
  }
  return Greatest{expression.column, greatest->count};
}

// Sort below limit becomes a top-N; what is sorted anyway may be grouped in any order, and where
// few of the groups are kept they may be all there are.
PlanPtr mark_order(const PlanPtr& plan, std::optional<std::uint64_t> limit, bool is_any_order,
                   std::optional<Greatest> greatest = std::nullopt) {
  auto copy = std::make_shared<Plan>(*plan);
  std::optional<Greatest> input_greatest;
  std::optional<std::uint64_t> input_limit;
  bool input_any_order = false;
  switch (copy->kind) {
    case Plan::Kind::kLimit:
      // A limit past 2^63 is none.
      if (copy->limit && *copy->limit < (std::uint64_t{1} << 62) &&
          copy->offset < (std::uint64_t{1} << 62)) {
        input_limit = *copy->limit + copy->offset;
        if (limit) {
          input_limit = std::min(*input_limit, *limit + copy->offset);
        }
      }
      break;
    case Plan::Kind::kSort:
      if (limit) {
        copy->limit = limit;
      }
      input_any_order = true;
      input_greatest = greatest_of_sort(*copy);
      break;
    case Plan::Kind::kProject:
      input_limit = limit;
      input_any_order = is_any_order;
      input_greatest = greatest_below_project(*copy, greatest);
      break;
    case Plan::Kind::kFilter:
      input_any_order = is_any_order;
      break;
    case Plan::Kind::kAggregate:
      copy->is_any_order = is_any_order || copy->is_any_order;
      if (greatest && greatest->column >= copy->expressions.size()) {
        copy->top = Plan::Top{greatest->column - copy->expressions.size(), greatest->count};
      }
      // The first of equal rows is told by the order they come in.
      input_any_order = std::none_of(copy->aggregates.begin(), copy->aggregates.end(),
                                     [](const Aggregate& aggregate) {
                                       return aggregate.kind == AggregateKind::kFirst ||
                                              aggregate.kind == AggregateKind::kLast;
                                     });
      break;
    default:
      break;
  }
  for (auto& input : copy->inputs) {
    input = mark_order(input, input_limit, input_any_order, input_greatest);
  }
  return copy;
}

void add_columns(const ExpressionPtr& expression, Columns& columns) {
  if (expression != nullptr) {
    collect_columns(*expression, columns);
  }
}

void add_column(std::size_t column, Columns& columns) {
  const auto place = std::lower_bound(columns.begin(), columns.end(), column);
  if (place == columns.end() || *place != column) {
    columns.insert(place, column);
  }
}

Columns all_columns(const Plan& plan) {
  Columns columns(plan.schema.size());
  for (std::size_t i = 0; i < columns.size(); ++i) {
    columns[i] = i;
  }
  return columns;
}

// References to new places: old column needed[i] is column i now.
std::vector<ExpressionPtr> replacements_for(const column::Schema& schema, const Columns& needed) {
  std::vector<ExpressionPtr> replacements(schema.size());
  for (std::size_t i = 0; i < needed.size(); ++i) {
    replacements[needed[i]] = make_column(i, schema[needed[i]].type);
  }
  return replacements;
}

void substitute_all(Plan& plan, const std::vector<ExpressionPtr>& replacements) {
  const auto replace = [&](ExpressionPtr& expression) {
    if (expression != nullptr) {
      expression = substitute(expression, replacements);
    }
  };
  replace(plan.predicate);
  for (auto& expression : plan.expressions) {
    replace(expression);
  }
  for (auto& aggregate : plan.aggregates) {
    replace(aggregate.argument);
    replace(aggregate.order_by);
  }
  for (auto& key : plan.sort_keys) {
    replace(key.expression);
  }
}

column::Schema chosen_fields(const column::Schema& schema, const Columns& columns) {
  column::Schema chosen;
  for (const std::size_t column : columns) {
    chosen.push_back(schema[column]);
  }
  return chosen;
}

// The plan with only the output columns `needed` (in their order).
PlanPtr prune(const PlanPtr& plan, const Columns& needed) {
  auto copy = std::make_shared<Plan>(*plan);
  switch (copy->kind) {
    case Plan::Kind::kScan: {
      copy->schema = chosen_fields(plan->schema, needed);
      copy->scan_columns.clear();
      for (const std::size_t column : needed) {
        copy->scan_columns.push_back(plan->scan_columns[column]);
      }
      return copy;
    }
    case Plan::Kind::kProject: {
      Columns used;
      copy->expressions.clear();
      for (const std::size_t column : needed) {
        copy->expressions.push_back(plan->expressions[column]);
        collect_columns(*plan->expressions[column], used);
      }
      copy->schema = chosen_fields(plan->schema, needed);
      substitute_all(*copy, replacements_for(plan->inputs.front()->schema, used));
      copy->inputs.front() = prune(plan->inputs.front(), used);
      return copy;
    }
    case Plan::Kind::kAggregate: {
      // All keys stay, they decide the groups; aggregates nobody asks for go.
      Columns used;
      for (const auto& key : plan->expressions) {
        collect_columns(*key, used);
      }
      const std::size_t num_keys = plan->expressions.size();
      Columns kept;
      copy->aggregates.clear();
      for (std::size_t column = 0; column < plan->schema.size(); ++column) {
        const bool is_needed =
            column < num_keys || std::binary_search(needed.begin(), needed.end(), column);
        if (!is_needed) {
          continue;
        }
        kept.push_back(column);
        if (column >= num_keys) {
          const Aggregate& aggregate = plan->aggregates[column - num_keys];
          copy->aggregates.push_back(aggregate);
          add_columns(aggregate.argument, used);
          add_columns(aggregate.order_by, used);
        }
      }
      copy->schema = chosen_fields(plan->schema, kept);
      substitute_all(*copy, replacements_for(plan->inputs.front()->schema, used));
      copy->inputs.front() = prune(plan->inputs.front(), used);
      if (kept == needed) {
        return copy;
      }
      auto project = std::make_shared<Plan>();
      project->kind = Plan::Kind::kProject;
      project->schema = chosen_fields(plan->schema, needed);
      for (const std::size_t column : needed) {
        const auto place = static_cast<std::size_t>(
            std::lower_bound(kept.begin(), kept.end(), column) - kept.begin());
        project->expressions.push_back(make_column(place, plan->schema[column].type));
      }
      project->inputs = {copy};
      return project;
    }
    case Plan::Kind::kFilter:
    case Plan::Kind::kSort:
    case Plan::Kind::kDistinctOn: {
      // These read columns that their output need not have: keep both, then project. A sort breaks
      // ties by all of its columns, so those stay.
      Columns used = plan->kind == Plan::Kind::kSort ? all_columns(*plan) : needed;
      add_columns(plan->predicate, used);
      for (const auto& key : plan->sort_keys) {
        add_columns(key.expression, used);
      }
      for (const auto& key : plan->expressions) {
        add_columns(key, used);
      }
      substitute_all(*copy, replacements_for(plan->inputs.front()->schema, used));
      copy->inputs.front() = prune(plan->inputs.front(), used);
      copy->schema = chosen_fields(plan->schema, used);
      if (used == needed) {
        return copy;
      }
      auto project = std::make_shared<Plan>();
      project->kind = Plan::Kind::kProject;
      project->schema = chosen_fields(plan->schema, needed);
      for (const std::size_t column : needed) {
        const auto place = static_cast<std::size_t>(
            std::lower_bound(used.begin(), used.end(), column) - used.begin());
        project->expressions.push_back(make_column(place, plan->schema[column].type));
      }
      project->inputs = {copy};
      return project;
    }
    case Plan::Kind::kLimit:
      copy->inputs.front() = prune(plan->inputs.front(), needed);
      copy->schema = chosen_fields(plan->schema, needed);
      return copy;
    case Plan::Kind::kUnionAll:
      for (auto& input : copy->inputs) {
        input = prune(input, needed);
      }
      copy->schema = chosen_fields(plan->schema, needed);
      return copy;
    case Plan::Kind::kJoin: {
      const std::size_t num_left = plan->inputs[0]->schema.size();
      Columns used = needed;
      add_columns(plan->predicate, used);
      Columns left;
      Columns right;
      for (const std::size_t column : used) {
        if (column < num_left) {
          add_column(column, left);
        } else {
          add_column(column - num_left, right);
        }
      }
      for (const auto& key : plan->left_keys) {
        collect_columns(*key, left);
      }
      for (const auto& key : plan->right_keys) {
        collect_columns(*key, right);
      }
      const auto left_places = replacements_for(plan->inputs[0]->schema, left);
      const auto right_places = replacements_for(plan->inputs[1]->schema, right);
      for (auto& key : copy->left_keys) {
        key = substitute(key, left_places);
      }
      for (auto& key : copy->right_keys) {
        key = substitute(key, right_places);
      }
      Columns kept = left;
      for (const std::size_t column : right) {
        kept.push_back(column + num_left);
      }
      if (copy->predicate != nullptr) {
        copy->predicate = substitute(copy->predicate, replacements_for(plan->schema, kept));
      }
      copy->schema = chosen_fields(plan->schema, kept);
      copy->inputs = {prune(plan->inputs[0], left), prune(plan->inputs[1], right)};
      if (kept == needed) {
        return copy;
      }
      auto project = std::make_shared<Plan>();
      project->kind = Plan::Kind::kProject;
      project->schema = chosen_fields(plan->schema, needed);
      for (const std::size_t column : needed) {
        const auto place = static_cast<std::size_t>(
            std::lower_bound(kept.begin(), kept.end(), column) - kept.begin());
        project->expressions.push_back(make_column(place, plan->schema[column].type));
      }
      project->inputs = {copy};
      return project;
    }
    case Plan::Kind::kValues:
      for (auto& row : copy->rows) {
        std::vector<column::Value> cells;
        for (const std::size_t column : needed) {
          cells.push_back(row[column]);
        }
        row = std::move(cells);
      }
      copy->schema = chosen_fields(plan->schema, needed);
      return copy;
  }
  return copy;
}

}  // namespace

PlanPtr optimise(PlanPtr plan) {
  plan = push_filters(plan);
  plan = mark_order(plan, std::nullopt, false);
  return prune(plan, all_columns(*plan));
}

}  // namespace weir::query

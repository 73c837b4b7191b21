// The half of Planner that sees to `stats`.

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "query/insights/lexer.h"
#include "query/insights/planner.h"

namespace weir::query::insights {
namespace {

// Names beside aggregate calls, as in `sum(bytes) / n by n`: the keys alone.
class KeyScope final : public Scope {
 public:
  KeyScope(Stage& stage, Binder& binder, const Plan& aggregate)
      : stage_(stage), binder_(binder), aggregate_(aggregate) {}

  Result<std::optional<ExpressionPtr>> find(std::string_view, std::string_view name,
                                            TextSpan span) override {
    const auto column_at = [&](std::size_t i) {
      return std::optional<ExpressionPtr>(make_column(i, aggregate_.schema[i].type, span));
    };
    for (std::size_t i = 0; i < aggregate_.expressions.size(); ++i) {
      if (aggregate_.schema[i].name == name) {
        return column_at(i);
      }
    }
    Syntax syntax;
    syntax.kind = Syntax::Kind::kName;
    syntax.text = name;
    syntax.span = span;
    WEIR_ASSIGN_OR_RETURN(const ExpressionPtr bound, binder_.bind(syntax, stage_));
    for (std::size_t i = 0; i < aggregate_.expressions.size(); ++i) {
      if (same(*aggregate_.expressions[i], *bound)) {
        return column_at(i);
      }
    }
    return fail(ErrorCode::kUsage,
                fmt::format("'{0}' has many values in a group: summarise it, as in max({0}), or "
                            "put it behind by",
                            name),
                span);
  }
  std::vector<std::string> known_names() override { return stage_.known_names(); }

 private:
  Stage& stage_;
  Binder& binder_;
  const Plan& aggregate_;
};

bool is_same_aggregate(const Aggregate& a, const Aggregate& b) {
  const auto is_same = [](const ExpressionPtr& x, const ExpressionPtr& y) {
    return x == nullptr || y == nullptr ? x == y : same(*x, *y);
  };
  return a.kind == b.kind && a.parameter == b.parameter && is_same(a.argument, b.argument) &&
         is_same(a.order_by, b.order_by);
}

bool is_bin_call(const Syntax& syntax) {
  const bool is_shift = syntax.kind == Syntax::Kind::kCall &&
                        (syntax.text == "+" || syntax.text == "-") && !syntax.children.empty();
  const Syntax& call = is_shift ? syntax.children[0] : syntax;
  return call.kind == Syntax::Kind::kCall &&
         (call.text == "bin" || call.text == "datefloor" || call.text == "dateceil");
}

tl::unexpected<Error> given_twice(const NamedItem& item) {
  return fail(
      ErrorCode::kUsage,
      fmt::format("two columns would be called '{}': give one another name with as", item.name),
      item.expression.span);
}

bool has_column(const column::Schema& schema, std::string_view name) {
  return std::any_of(schema.begin(), schema.end(),
                     [&](const column::Field& field) { return field.name == name; });
}

}  // namespace

Result<void> Planner::bind_keys(Command& command, Plan& aggregate,
                                std::vector<StatsColumn>& columns) {
  for (NamedItem& key : command.keys) {
    const bool is_bin = is_bin_call(key.expression);
    if (binder_.contains_aggregate(key.expression) && stage_->is_over_records()) {
      return fail(ErrorCode::kUsage, "by takes fields and functions of one record, no aggregates",
                  key.expression.span);
    }
    WEIR_ASSIGN_OR_RETURN(ExpressionPtr expression, bind(key.expression));
    if (has_column(aggregate.schema, key.name)) {
      return given_twice(key);
    }
    aggregate.schema.push_back({key.name, expression->type});
    columns.push_back(
        {std::move(key.written), "", is_bin && expression->type == column::Type::kTime, true});
    aggregate.expressions.push_back(std::move(expression));
  }
  return {};
}

Result<std::vector<Planner::Shown>> Planner::bind_aggregates(Command& command, Plan& aggregate,
                                                             std::vector<StatsColumn>& columns) {
  const std::size_t num_keys = aggregate.expressions.size();
  KeyScope keys(*stage_, binder_, aggregate);
  std::vector<Shown> results;
  column::Schema names = aggregate.schema;
  const auto replace = [&](const Syntax& call) -> Result<ExpressionPtr> {
    WEIR_ASSIGN_OR_RETURN(Aggregate bound, binder_.bind_aggregate(call, *stage_));
    if (bound.argument != nullptr) {
      WEIR_RETURN_IF_ERROR(charge(*bound.argument, call.span));
    }
    const auto known =
        std::find_if(aggregate.aggregates.begin(), aggregate.aggregates.end(),
                     [&](const Aggregate& other) { return is_same_aggregate(other, bound); });
    const auto index = static_cast<std::size_t>(known - aggregate.aggregates.begin());
    const column::Type type = bound.type;
    if (known == aggregate.aggregates.end()) {
      aggregate.aggregates.push_back(std::move(bound));
    }
    return make_column(num_keys + index, type, call.span);
  };
  for (NamedItem& item : command.items) {
    if (!stage_->is_over_records()) {
      resolve_written_columns(item.expression, true);
    }
    if (!binder_.contains_aggregate(item.expression)) {
      if (auto error = binder_.find_unknown_call(item.expression)) {
        return tl::unexpected<Error>(std::move(*error));
      }
      return fail(ErrorCode::kUsage,
                  "stats takes functions that summarise records, such as count(*), sum(bytes) or "
                  "max(bytes); fields to group by stand behind by",
                  item.expression.span);
    }
    WEIR_RETURN_IF_ERROR(charge_pattern(item.expression));
    WEIR_RETURN_IF_ERROR(check_bins(item.expression));
    if (is_cloudwatch()) {
      WEIR_RETURN_IF_ERROR(check_cloudwatch_expression(item.expression));
    }
    const std::string function =
        binder_.is_aggregate_call(item.expression) ? item.expression.text : std::string();
    WEIR_ASSIGN_OR_RETURN(ExpressionPtr expression,
                          binder_.bind_over_aggregates(item.expression, keys, replace));
    WEIR_RETURN_IF_ERROR(charge(*expression, item.expression.span));
    if (has_column(names, item.name)) {
      return given_twice(item);
    }
    names.push_back({item.name, expression->type});
    columns.push_back({std::move(item.written), function, false, false});
    results.push_back({std::move(item.name), std::move(expression)});
  }
  return results;
}

Result<void> Planner::add_stats(Command& command) {
  if (++num_stats_ > 2 && is_cloudwatch()) {
    return fail(ErrorCode::kUsage, "CloudWatch takes at most two stats commands", command.span);
  }
  auto aggregate = std::make_shared<Plan>();
  aggregate->kind = Plan::Kind::kAggregate;
  std::vector<StatsColumn> columns;
  WEIR_RETURN_IF_ERROR(bind_keys(command, *aggregate, columns));
  WEIR_ASSIGN_OR_RETURN(std::vector<Shown> results, bind_aggregates(command, *aggregate, columns));
  const std::size_t num_keys = aggregate->expressions.size();
  const column::Schema keys = aggregate->schema;
  bool is_plain = results.size() == aggregate->aggregates.size();
  for (std::size_t i = 0; i < results.size() && is_plain; ++i) {
    const Expression& expression = *results[i].expression;
    is_plain = expression.kind == Expression::Kind::kColumn && expression.column == num_keys + i;
  }
  for (std::size_t i = 0; i < aggregate->aggregates.size(); ++i) {
    aggregate->schema.push_back(
        {is_plain ? results[i].name : fmt::format("#{}", i), aggregate->aggregates[i].type});
  }
  aggregate->inputs = {stage_->to_plan(range_)};
  PlanPtr plan = aggregate;
  if (!is_plain) {
    auto project = std::make_shared<Plan>();
    project->kind = Plan::Kind::kProject;
    project->schema = keys;
    for (std::size_t i = 0; i < num_keys; ++i) {
      project->expressions.push_back(make_column(i, keys[i].type));
    }
    for (Shown& result : results) {
      project->schema.push_back({std::move(result.name), result.expression->type});
      project->expressions.push_back(std::move(result.expression));
    }
    project->inputs = {std::move(plan)};
    plan = std::move(project);
  }
  start_stage(std::move(plan), std::move(columns), "stats");
  return {};
}

}  // namespace weir::query::insights

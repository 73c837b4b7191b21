// The part of Planner that sees to commands which bring in other rows or columns: unnest, lookup,
// join, subqueries, addtotals.

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "query/functions/signature.h"
#include "query/insights/planner.h"

namespace weir::query::insights {
namespace {

Plan row_step_of(Plan::Kind kind) {
  Plan step;
  step.kind = kind;
  return step;
}

bool is_parsed_text(const Expression& expression) {
  static constexpr std::string_view kReading[] = {"parse_glob", "parse_regex", "json_get"};
  return expression.kind == Expression::Kind::kCall &&
         std::find(std::begin(kReading), std::end(kReading), expression.function->name) !=
             std::end(kReading);
}

}  // namespace

Result<ParserHost::Subquery> Planner::plan_subquery(std::size_t begin) {
  const TextSpan span{begin - 1, begin};
  if (is_nested_) {
    return fail(ErrorCode::kUnsupported, "subqueries and joins do not stand within one another",
                span);
  }
  constexpr std::size_t kMaxSubqueries = 16;
  if (subqueries_.size() >= kMaxSubqueries) {
    return fail(ErrorCode::kLimit, fmt::format("a query has at most {} subqueries", kMaxSubqueries),
                span);
  }
  WEIR_ASSIGN_OR_RETURN(auto table, catalog_.find_table("", span));
  auto planner =
      std::make_unique<Planner>(text_, offset_, std::move(table), range_, catalog_, binder_, true);
  Parser parser(text_.substr(begin - offset_), begin, binder_.environment().dialect, *planner,
                true);
  for (;;) {
    WEIR_ASSIGN_OR_RETURN(std::optional<Command> command, parser.next_command());
    for (Warning& warning : parser.take_warnings()) {
      binder_.warn(std::move(warning.code), std::move(warning.message), warning.span);
    }
    if (!command) {
      break;
    }
    WEIR_RETURN_IF_ERROR(planner->add(std::move(*command)));
  }
  subqueries_.push_back(std::move(planner));
  return Subquery{subqueries_.size() - 1, parser.position()};
}

Result<void> Planner::lower_subqueries(Syntax& syntax) {
  for (Syntax& child : syntax.children) {
    WEIR_RETURN_IF_ERROR(lower_subqueries(child));
  }
  if (syntax.kind != Syntax::Kind::kCall || syntax.text != "in_subquery") {
    return {};
  }
  Syntax& place = syntax.children[1];
  const auto id = static_cast<std::size_t>(place.literal.integer);
  Plan step = row_step_of(Plan::Kind::kLookup);
  WEIR_ASSIGN_OR_RETURN(PlanPtr values, subqueries_[id]->finish());
  if (values->schema.size() != 1) {
    return fail(ErrorCode::kUsage,
                fmt::format("a subquery behind in gives one field, and this gives {}: end it with "
                            "fields and the one to compare with",
                            values->schema.size()),
                place.span);
  }
  WEIR_ASSIGN_OR_RETURN(ExpressionPtr left, bind(syntax.children[0]));
  ExpressionPtr right = make_column(0, values->schema[0].type, place.span);
  WEIR_RETURN_IF_ERROR(unify(left, right, binder_.environment()));
  const std::string name = fmt::format("#in{}", id);
  const std::size_t slot = stage_->add_slot(name, column::Type::kBool);
  step.left_keys = {std::move(left)};
  step.right_keys = {std::move(right)};
  step.found_target = slot;
  step.inputs = {nullptr, std::move(values)};
  stage_->add_step(std::move(step));
  stage_->add_alias(name, make_column(slot, column::Type::kBool));
  Syntax found;
  found.kind = Syntax::Kind::kName;
  found.text = name;
  found.span = syntax.span;
  syntax = std::move(found);
  return {};
}

Result<void> Planner::add_unnest(Command& command) {
  NamedItem& item = command.items[0];
  WEIR_ASSIGN_OR_RETURN(ExpressionPtr list, bind(item.expression));
  WEIR_RETURN_IF_ERROR(coerce_to(list, column::Type::kString, binder_.environment()));
  Plan step = row_step_of(Plan::Kind::kUnnest);
  const std::size_t slot = stage_->add_slot(item.name, column::Type::kString);
  step.expressions = {std::move(list)};
  step.targets = {slot};
  stage_->add_step(std::move(step));
  ExpressionPtr element = make_column(slot, column::Type::kString);
  shown_.push_back({item.name, element});
  stage_->add_alias(std::move(item.name), std::move(element));
  return {};
}

Result<void> Planner::add_lookup(Command& command) {
  WEIR_ASSIGN_OR_RETURN(const auto table, catalog_.find_lookup(command.name, command.span));
  auto scan = std::make_shared<Plan>();
  scan->kind = Plan::Kind::kScan;
  scan->table = table;
  const auto column_of = [&](const std::string& name, TextSpan span) -> Result<ExpressionPtr> {
    WEIR_ASSIGN_OR_RETURN(const auto field, table->find(name));
    if (!field) {
      std::string names;
      for (const std::string& known : table->known_names()) {
        names += (names.empty() ? "" : ", ") + known;
      }
      return fail(ErrorCode::kNotFound,
                  fmt::format("the lookup table '{}' has no column '{}'; it has {}", command.name,
                              name, names),
                  span);
    }
    const auto known = std::find(scan->scan_columns.begin(), scan->scan_columns.end(), field->name);
    const auto index = static_cast<std::size_t>(known - scan->scan_columns.begin());
    if (known == scan->scan_columns.end()) {
      scan->scan_columns.push_back(field->name);
      scan->schema.push_back(*field);
    }
    return make_column(index, field->type, span);
  };
  Plan step = row_step_of(Plan::Kind::kLookup);
  for (Command::LookupKey& key : command.lookup_keys) {
    WEIR_ASSIGN_OR_RETURN(ExpressionPtr right, column_of(key.column, key.field.span));
    WEIR_ASSIGN_OR_RETURN(ExpressionPtr left, bind(key.field));
    // The table holds texts, so fields are compared by theirs.
    WEIR_RETURN_IF_ERROR(coerce_to(left, column::Type::kString, binder_.environment()));
    step.left_keys.push_back(std::move(left));
    step.right_keys.push_back(std::move(right));
  }
  for (Command::Output& output : command.outputs) {
    WEIR_ASSIGN_OR_RETURN(const ExpressionPtr column, column_of(output.column, output.span));
    const std::size_t slot = stage_->add_slot(output.name, column->type);
    step.targets.push_back(slot);
    step.lookup_columns.push_back(column->column);
    ExpressionPtr value = make_column(slot, column->type);
    if (command.keeps_present && stage_->knows(output.name)) {
      Syntax present;
      present.kind = Syntax::Kind::kName;
      present.text = output.name;
      present.span = output.span;
      WEIR_ASSIGN_OR_RETURN(ExpressionPtr old, binder_.bind(present, *stage_));
      WEIR_RETURN_IF_ERROR(coerce_to(old, column::Type::kString, binder_.environment()));
      WEIR_ASSIGN_OR_RETURN(
          value, make_call(*find_function("coalesce", Language::kInsights),
                           {std::move(old), std::move(value)}, binder_.environment(), output.span));
    }
    const auto known = std::find_if(shown_.begin(), shown_.end(), [&](const Shown& column_shown) {
      return column_shown.name == output.name;
    });
    if (known != shown_.end()) {
      known->expression = value;
    } else {
      shown_.push_back({output.name, value});
    }
    stage_->add_alias(std::move(output.name), std::move(value));
  }
  step.inputs = {nullptr, std::move(scan)};
  stage_->add_step(std::move(step));
  return {};
}

// `name` begins with the name of a side of the join, which `is_right` tells.
Result<ExpressionPtr> Planner::bind_join_key(const Syntax& name, JoinSides& sides, bool& is_right) {
  const std::size_t dot = name.text.find('.');
  const std::string_view side = std::string_view(name.text).substr(0, dot);
  if (dot == std::string::npos || (side != sides.left_name && side != sides.right_name)) {
    return fail(ErrorCode::kUsage,
                fmt::format("the fields of a join have the name of a side before them: {}.field or "
                            "{}.field",
                            sides.left_name, sides.right_name),
                name.span);
  }
  is_right = side == sides.right_name;
  Syntax field = name;
  field.text = name.text.substr(dot + 1);
  return binder_.bind(field, is_right ? *sides.right : *sides.left);
}

Result<void> Planner::add_join(Command& command) {
  if (stage_->is_over_join()) {
    return fail(ErrorCode::kUnsupported, "a query has one join", command.span);
  }
  JoinSides sides;
  sides.kind = command.join.kind;
  sides.left_name = command.join.left_name;
  sides.right_name = command.join.right_name;
  Planner& right = *subqueries_[command.join.subquery];
  if (right.is_past_source_ && is_cloudwatch()) {  // commands behind SOURCE
    return fail(ErrorCode::kUsage, "CloudWatch takes SOURCE alone as the right side of a join",
                command.join.right_span);
  }
  if (right.displayed_ || right.has_fields_) {  // else all that its records have can be named
    WEIR_ASSIGN_OR_RETURN(PlanPtr plan, right.finish());
    std::vector<StatsColumn> columns;
    for (const column::Field& field : plan->schema) {
      columns.push_back({field.name, "", false, false});
    }
    right.start_stage(std::move(plan), std::move(columns), "the right side of the join");
  }
  sides.left = std::move(stage_);
  sides.right = std::move(right.stage_);
  for (const auto& [first, second] : command.join.keys) {
    bool is_first_right = false;
    bool is_second_right = false;
    WEIR_ASSIGN_OR_RETURN(ExpressionPtr left, bind_join_key(first, sides, is_first_right));
    WEIR_ASSIGN_OR_RETURN(ExpressionPtr other, bind_join_key(second, sides, is_second_right));
    if (is_first_right == is_second_right) {
      return fail(ErrorCode::kUsage, "a join compares a field of one side with one of the other",
                  TextSpan{first.span.begin, second.span.end});
    }
    if (is_first_right) {
      std::swap(left, other);
    }
    WEIR_RETURN_IF_ERROR(unify(left, other, binder_.environment()));
    sides.left_keys.push_back(std::move(left));
    sides.right_keys.push_back(std::move(other));
  }
  // What was shown before goes on being shown.
  std::vector<Shown> shown = displayed_ ? *displayed_ : std::exchange(shown_, {});
  stage_ = std::make_unique<Stage>(std::move(sides), binder_, spelling_);
  for (Shown& column : shown) {
    column.expression = stage_->of_side(false, column.expression);
  }
  (displayed_ ? *displayed_ : shown_) = std::move(shown);
  return {};
}

Result<ExpressionPtr> Planner::as_number(ExpressionPtr expression) const {
  WEIR_RETURN_IF_ERROR(coerce_number(expression, binder_.environment()));
  return expression;
}

Result<void> Planner::add_totals(Command& command) {
  WEIR_ASSIGN_OR_RETURN(std::vector<Shown> columns, result_columns());
  const auto place_of = [&](std::string_view name) {
    return static_cast<std::size_t>(
        std::find_if(columns.begin(), columns.end(),
                     [&](const Shown& column) { return column.name == name; }) -
        columns.begin());
  };
  std::vector<std::size_t> summed;
  for (NamedItem& item : command.items) {
    const std::size_t place = place_of(item.name);
    if (place == columns.size()) {
      WEIR_ASSIGN_OR_RETURN(ExpressionPtr expression, bind(item.expression));
      columns.push_back({item.name, std::move(expression)});
    }
    WEIR_ASSIGN_OR_RETURN(columns[place].expression, as_number(columns[place].expression));
    summed.push_back(place);
  }
  for (std::size_t i = 0; i < columns.size() && command.items.empty(); ++i) {
    const bool is_key = i < stage_->stats_columns().size() && stage_->stats_columns()[i].is_key;
    const Expression& expression = *columns[i].expression;
    if (!is_key && (is_numeric(expression.type) || is_parsed_text(expression))) {
      WEIR_ASSIGN_OR_RETURN(columns[i].expression, as_number(columns[i].expression));
      summed.push_back(i);
    }
  }
  if (summed.empty()) {
    return fail(ErrorCode::kUsage, "none of the columns shown is a number", command.span);
  }
  if (command.totals.has_row_total) {
    ExpressionPtr total;
    for (const std::size_t i : summed) {
      WEIR_ASSIGN_OR_RETURN(
          ExpressionPtr value,
          make_call(*find_function("coalesce", Language::kInsights),
                    {columns[i].expression, make_literal(column::Value::of_int(0))},
                    binder_.environment(), command.span));
      if (total != nullptr) {
        WEIR_ASSIGN_OR_RETURN(value, make_call(*find_function("+", Language::kInsights),
                                               {std::move(total), std::move(value)},
                                               binder_.environment(), command.span));
      }
      total = std::move(value);
    }
    const std::size_t place = place_of(command.totals.name);
    if (place == columns.size()) {
      columns.push_back({command.totals.name, nullptr});
    }
    columns[place].expression = std::move(total);
    summed.push_back(place);
  }
  auto project = std::make_shared<Plan>();
  project->kind = Plan::Kind::kProject;
  std::vector<StatsColumn> names;
  for (Shown& column : columns) {
    WEIR_RETURN_IF_ERROR(charge(*column.expression, command.span));
    names.push_back({column.name, "", false, false});
    project->schema.push_back({std::move(column.name), column.expression->type});
    project->expressions.push_back(std::move(column.expression));
  }
  project->inputs = {stage_->to_plan(range_)};
  PlanPtr plan = std::move(project);
  if (command.totals.has_column_totals) {
    auto totals = std::make_shared<Plan>();
    totals->kind = Plan::Kind::kTotals;
    totals->schema = plan->schema;
    totals->targets = std::move(summed);
    totals->inputs = {std::move(plan)};
    plan = std::move(totals);
  }
  start_stage(std::move(plan), std::move(names), "addtotals");
  return {};
}

}  // namespace weir::query::insights

#include "query/insights/planner.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace weir::query::insights {
namespace {

// Expressions hold their aliases put in, so a short query can mean a very large one.
constexpr std::size_t kMaxExpressionNodes = 100'000;

Plan step_of(Plan::Kind kind) {
  Plan step;
  step.kind = kind;
  return step;
}

}  // namespace

Planner::Planner(std::string_view text, std::size_t offset, std::shared_ptr<column::Table> table,
                 const column::TimeRange& range, Catalog& catalog, Binder& binder, bool is_nested)
    : text_(text),
      offset_(offset),
      range_(range),
      catalog_(catalog),
      binder_(binder),
      is_nested_(is_nested),
      stage_(std::make_unique<Stage>(std::move(table), binder, spelling_)),
      nodes_left_(kMaxExpressionNodes) {}

Result<void> Planner::add(Command command) {
  is_past_source_ = command.kind != Command::Kind::kSource;
  if (command.kind != Command::Kind::kDiff) {
    pattern_stage_ = nullptr;
  }
  switch (command.kind) {
    case Command::Kind::kFields:
      has_fields_ = true;
      return add_fields(command, shown_);
    case Command::Kind::kDisplay:
      displayed_.emplace();
      return add_fields(command, *displayed_);
    case Command::Kind::kFilter:
      return add_filter(command);
    case Command::Kind::kStats:
      return add_stats(command);
    case Command::Kind::kSort:
      return add_sort(command);
    case Command::Kind::kLimit:
      return add_limit(command);
    case Command::Kind::kParse:
      return add_parse(command);
    case Command::Kind::kDedup:
      return add_dedup(command);
    case Command::Kind::kPattern:
      return add_pattern(command);
    case Command::Kind::kDiff:
      return add_diff(command);
    case Command::Kind::kUnnest:
      return add_unnest(command);
    case Command::Kind::kLookup:
      return add_lookup(command);
    case Command::Kind::kJoin:
      return add_join(command);
    case Command::Kind::kTotals:
      return add_totals(command);
    case Command::Kind::kSource:
      return add_source(command);
  }
  return {};
}

Result<void> Planner::add_source(const Command& command) {
  source_names_.insert(source_names_.end(), command.source_names.begin(),
                       command.source_names.end());
  if (is_nested_) {
    WEIR_ASSIGN_OR_RETURN(auto table, catalog_.find_source(source_names_, command.span));
    if (table != nullptr) {
      stage_ = std::make_unique<Stage>(std::move(table), binder_, spelling_);
      return {};
    }
  }
  binder_.warn("source_ignored",
               "SOURCE is not looked at here: the records are those of the files given, their "
               "time range that of --since and --until",
               command.span);
  return {};
}

void Planner::start_stage(PlanPtr plan, std::vector<StatsColumn> columns, std::string made_by) {
  stage_ = std::make_unique<Stage>(std::move(plan), std::move(columns), std::move(made_by), binder_,
                                   spelling_);
  shown_.clear();
  displayed_.reset();
  has_fields_ = false;
}

Result<void> Planner::add_fields(Command& command, std::vector<Shown>& shown) {
  for (NamedItem& item : command.items) {
    WEIR_ASSIGN_OR_RETURN(ExpressionPtr expression, bind(item.expression));
    if (item.has_alias) {
      stage_->add_alias(item.name, expression);
    }
    // A name that was there gets its new meaning at its old place.
    const auto known = std::find_if(shown.begin(), shown.end(),
                                    [&](const Shown& column) { return column.name == item.name; });
    if (known != shown.end()) {
      known->expression = std::move(expression);
    } else {
      shown.push_back({std::move(item.name), std::move(expression)});
    }
  }
  return {};
}

Result<void> Planner::add_filter(Command& command) {
  if (!is_cloudwatch()) {
    read_time_filters(command.predicate);
  }
  WEIR_RETURN_IF_ERROR(lower_subqueries(command.predicate));
  WEIR_RETURN_IF_ERROR(prepare_syntax(command.predicate));
  Plan step = step_of(Plan::Kind::kFilter);
  WEIR_ASSIGN_OR_RETURN(step.predicate, binder_.bind_predicate(command.predicate, *stage_));
  WEIR_RETURN_IF_ERROR(charge(*step.predicate, command.predicate.span));
  stage_->add_step(std::move(step));
  return {};
}

Result<void> Planner::add_sort(Command& command) {
  Plan step = step_of(Plan::Kind::kSort);
  stage_->set_sorting(true);
  for (SortItem& item : command.sort) {
    SortKey key;
    WEIR_ASSIGN_OR_RETURN(key.expression, bind(item.expression));
    key.is_descending = item.is_descending;
    key.is_insights_order = true;
    step.sort_keys.push_back(std::move(key));
  }
  stage_->set_sorting(false);
  stage_->add_step(std::move(step));
  return {};
}

// Newest first, as CloudWatch orders records that no sort has ordered.
Result<void> Planner::add_default_sort() {
  if (!stage_->is_over_records() || stage_->has_step(Plan::Kind::kSort)) {
    return {};
  }
  WEIR_ASSIGN_OR_RETURN(auto timestamp, stage_->find("", "@timestamp", {offset_, offset_}));
  if (!timestamp || (*timestamp)->kind == Expression::Kind::kLiteral) {
    return {};
  }
  Plan step = step_of(Plan::Kind::kSort);
  SortKey key;
  key.expression = std::move(*timestamp);
  key.is_descending = true;
  key.is_insights_order = true;
  step.sort_keys.push_back(std::move(key));
  stage_->add_step(std::move(step));
  return {};
}

Result<void> Planner::add_limit(const Command& command) {
  if (is_cloudwatch()) {
    WEIR_RETURN_IF_ERROR(add_default_sort());
  }
  Plan step = step_of(Plan::Kind::kLimit);
  step.limit = command.limit;
  stage_->add_step(std::move(step));
  return {};
}

Result<void> Planner::add_parse(Command& command) {
  for (NamedItem& item : command.items) {
    WEIR_ASSIGN_OR_RETURN(ExpressionPtr expression, bind(item.expression));
    const auto known = std::find_if(shown_.begin(), shown_.end(),
                                    [&](const Shown& column) { return column.name == item.name; });
    if (known != shown_.end()) {
      known->expression = expression;
    } else {
      shown_.push_back({item.name, expression});
    }
    stage_->add_alias(std::move(item.name), std::move(expression));
  }
  return {};
}

Result<void> Planner::add_dedup(Command& command) {
  WEIR_RETURN_IF_ERROR(add_default_sort());
  Plan step = step_of(Plan::Kind::kDistinctOn);
  step.keeps_null_keys = true;  // AWS, CWL_QuerySyntax-Dedup, 2026: nulls are no duplicates
  for (NamedItem& item : command.items) {
    WEIR_ASSIGN_OR_RETURN(ExpressionPtr expression, bind(item.expression));
    step.expressions.push_back(std::move(expression));
  }
  stage_->add_step(std::move(step));
  return {};
}

// Where neither fields nor stats say what to show: @timestamp and @message, before what parse took
// out of them.
Result<void> Planner::add_default_columns() {
  std::size_t place = 0;
  std::vector<std::string> sides{""};
  if (stage_->is_over_join()) {
    sides = {stage_->sides().left_name + ".", stage_->sides().right_name + "."};
  }
  for (const std::string& side : sides) {
    for (const std::string_view field : {"@timestamp", "@message"}) {
      const std::string name = side + std::string(field);
      const auto found = stage_->find("", name, {offset_, offset_});
      if (found && *found) {
        shown_.insert(shown_.begin() + static_cast<std::ptrdiff_t>(place++), {name, **found});
      }
    }
  }
  return {};
}

Result<std::vector<Planner::Shown>> Planner::result_columns() {
  if (displayed_) {
    return *displayed_;
  }
  // `fields` behind stats adds to its columns, but a subquery gives those alone.
  const bool is_chosen = is_nested_ && has_fields_;
  if (!stage_->is_over_records() && !stage_->is_over_join() && !is_chosen) {
    // What is computed after stats comes beside its columns.
    std::vector<Shown> columns;
    for (std::size_t i = 0; i < stage_->schema().size(); ++i) {
      const column::Field& field = stage_->schema()[i];
      columns.push_back({field.name, make_column(i, field.type)});
    }
    for (const Shown& column : shown_) {
      const auto known = std::find_if(columns.begin(), columns.end(), [&](const Shown& shown) {
        return shown.name == column.name;
      });
      if (known != columns.end()) {
        known->expression = column.expression;
      } else {
        columns.push_back(column);
      }
    }
    return columns;
  }
  if (!has_fields_) {
    WEIR_RETURN_IF_ERROR(add_default_columns());
    has_fields_ = true;
  }
  return shown_;
}

Result<PlanPtr> Planner::finish() {
  if (!is_past_source_ && !is_nested_) {
    return fail(ErrorCode::kUsage, "the query is empty", TextSpan{offset_, offset_ + text_.size()});
  }
  if (is_cloudwatch()) {
    WEIR_RETURN_IF_ERROR(add_default_sort());
  }
  WEIR_ASSIGN_OR_RETURN(std::vector<Shown> columns, result_columns());
  const bool shows_pointer = std::any_of(columns.begin(), columns.end(),
                                         [](const Shown& column) { return column.name == "@ptr"; });
  if (appends_pointer_ && stage_->is_over_records() && !shows_pointer) {
    WEIR_ASSIGN_OR_RETURN(auto pointer, stage_->find("", "@ptr", {offset_, offset_}));
    if (pointer && (*pointer)->kind == Expression::Kind::kColumn) {
      columns.push_back({"@ptr", std::move(*pointer)});
    }
  }
  spelling_.report(binder_);
  auto project = std::make_shared<Plan>();
  project->kind = Plan::Kind::kProject;
  for (const Shown& column : columns) {
    project->schema.push_back({column.name, column.expression->type});
    project->expressions.push_back(column.expression);
  }
  PlanPtr input = stage_->to_plan(range_);
  bool is_same = input->schema == project->schema;
  for (std::size_t i = 0; i < project->expressions.size() && is_same; ++i) {
    const Expression& expression = *project->expressions[i];
    is_same = expression.kind == Expression::Kind::kColumn && expression.column == i;
  }
  if (is_same) {
    return input;
  }
  project->inputs = {std::move(input)};
  return PlanPtr(std::move(project));
}

}  // namespace weir::query::insights

#include "query/insights/stage.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/nearest_name.h"
#include "query/derived.h"
#include "query/insights/lexer.h"

namespace weir::query::insights {
namespace {

std::string folded_spelling(std::string_view name) {
  std::string out = lower_case(name);
  std::erase_if(out, [](char c) { return c == '-' || c == '_'; });
  return out;
}

// Defined for every record by Logs Insights; null where a file has no such thing.
constexpr std::string_view kSystemFields[] = {
    "@timestamp", "@message", "@ingestionTime", "@logStream", "@log", "@ptr", "@entity"};

std::string listed(const column::Schema& schema) {
  constexpr std::size_t kMost = 8;
  std::string out;
  for (std::size_t i = 0; i < schema.size() && i < kMost; ++i) {
    out += (i > 0 ? ", " : "") + schema[i].name;
  }
  return schema.size() > kMost ? out + ", ..." : out;
}

}  // namespace

Stage::Stage(std::shared_ptr<column::Table> table, Binder& binder, SpellingNotes& spelling)
    : records_(std::make_unique<TableScope>(std::move(table), "", binder)),
      binder_(binder),
      spelling_(spelling) {}

Stage::Stage(PlanPtr input, std::vector<StatsColumn> columns, std::string made_by, Binder& binder,
             SpellingNotes& spelling)
    : input_(std::move(input)),
      schema_(input_->schema),
      stats_columns_(std::move(columns)),
      made_by_(std::move(made_by)),
      binder_(binder),
      spelling_(spelling) {
  for (std::size_t i = 0; i < schema_.size(); ++i) {
    slots_.push_back({i, schema_[i]});
  }
}

Stage::Stage(JoinSides sides, Binder& binder, SpellingNotes& spelling)
    : made_by_("join"), sides_(std::move(sides)), binder_(binder), spelling_(spelling) {}

std::size_t Stage::add_slot(std::string name, column::Type type) {
  has_added_slots_ = true;
  slots_.push_back({std::nullopt, {std::move(name), type}});
  return slots_.size() - 1;
}

ExpressionPtr Stage::of_scan(const ExpressionPtr& expression) {
  const column::Schema& scanned = records_->schema();
  for (std::size_t i = from_scan_.size(); i < scanned.size(); ++i) {
    from_scan_.push_back(make_column(slots_.size(), scanned[i].type));
    slots_.push_back({i, scanned[i]});
  }
  return has_added_slots_ ? substitute(expression, from_scan_) : expression;
}

ExpressionPtr Stage::of_side(bool is_right, const ExpressionPtr& expression) {
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    if (slots_[i].source) {
      const SideColumn& column = side_columns_[*slots_[i].source];
      if (column.is_right == is_right && same(*column.expression, *expression)) {
        return make_column(i, expression->type, expression->span);
      }
    }
  }
  slots_.push_back(
      {side_columns_.size(), {fmt::format("#{}", side_columns_.size()), expression->type}});
  side_columns_.push_back({is_right, expression});
  return make_column(slots_.size() - 1, expression->type, expression->span);
}

void Stage::add_alias(std::string name, ExpressionPtr expression) {
  const auto known = std::find_if(aliases_.begin(), aliases_.end(),
                                  [&](const Alias& alias) { return alias.name == name; });
  if (known != aliases_.end()) {
    known->expression = std::move(expression);
  } else {
    aliases_.push_back({std::move(name), std::move(expression)});
  }
}

bool Stage::has_step(Plan::Kind kind) const {
  return std::any_of(steps_.begin(), steps_.end(),
                     [&](const Plan& step) { return step.kind == kind; });
}

Result<std::optional<ExpressionPtr>> Stage::find(std::string_view, std::string_view name,
                                                 TextSpan span) {
  const auto with_span = [&](const ExpressionPtr& expression) {
    auto copy = std::make_shared<Expression>(*expression);
    copy->span = span;
    return std::optional<ExpressionPtr>(std::move(copy));
  };
  for (const Alias& alias : aliases_) {
    if (alias.name == name) {
      return with_span(alias.expression);
    }
  }
  if (is_over_records()) {
    WEIR_ASSIGN_OR_RETURN(auto found, find_in_records(name, span));
    if (found) {
      return found;
    }
  } else if (is_over_join()) {
    WEIR_ASSIGN_OR_RETURN(auto found, find_in_join(name, span));
    if (found) {
      return found;
    }
  } else if (const auto index = index_in_stats(name, true)) {
    return std::optional<ExpressionPtr>(make_column(*index, schema_[*index].type, span));
  }
  if (binder_.environment().dialect == Dialect::kHelpful) {
    const std::string folded = folded_spelling(name);
    for (const Alias& alias : aliases_) {
      if (folded_spelling(alias.name) == folded) {
        return with_span(alias.expression);
      }
    }
  }
  WEIR_ASSIGN_OR_RETURN(auto member, find_member(name, span));
  if (member || is_over_records() || is_over_join()) {
    return member;
  }
  return find_in_stats(name, span);
}

Stage::Found Stage::json_member(const ExpressionPtr& document, std::string_view path,
                                TextSpan span) const {
  if (document->type != column::Type::kString) {
    return std::optional<ExpressionPtr>();
  }
  if (path[0] == '.') {
    path.remove_prefix(1);
  }
  WEIR_ASSIGN_OR_RETURN(
      ExpressionPtr value,
      make_call(*find_function("json_get", Language::kInsights),
                {document, make_literal(column::Value::of_string(std::string(path)), span)},
                binder_.environment(), span));
  return std::optional(std::move(value));
}

Stage::Found Stage::find_member(std::string_view name, TextSpan span) {
  constexpr std::string_view kAfterField = ".[";
  for (std::size_t end = name.find_last_of(kAfterField); end != std::string_view::npos && end > 0;
       end = name.find_last_of(kAfterField, end - 1)) {
    const std::string_view field = name.substr(0, end);
    for (const Alias& alias : aliases_) {
      if (alias.name == field) {
        return json_member(alias.expression, name.substr(end), span);
      }
    }
    if (const auto index = index_in_stats(field, true)) {
      return json_member(make_column(*index, schema_[*index].type, span), name.substr(end), span);
    }
    if (is_over_records()) {
      WEIR_ASSIGN_OR_RETURN(const auto known, records_->table()->find(field));
      if (known) {
        WEIR_ASSIGN_OR_RETURN(const auto found, records_->find("", field, span));
        return json_member(of_scan(*found), name.substr(end), span);
      }
    }
  }
  // What is no column of a table of documents is a member of them, of those that have it.
  if (is_over_records() && !name.starts_with('@')) {
    if (const auto document = records_->table()->document_column()) {
      WEIR_ASSIGN_OR_RETURN(const auto found, records_->find("", *document, span));
      return json_member(of_scan(*found), name, span);
    }
  }
  return std::optional<ExpressionPtr>();
}

Stage::Found Stage::find_in_join(std::string_view name, TextSpan span) {
  for (const bool is_right : {false, true}) {
    const std::string& side = is_right ? sides_.right_name : sides_.left_name;
    if (name.size() > side.size() + 1 && name.starts_with(side) && name[side.size()] == '.') {
      Stage& stage = is_right ? *sides_.right : *sides_.left;
      WEIR_ASSIGN_OR_RETURN(const auto found, stage.find("", name.substr(side.size() + 1), span));
      return found ? std::optional(of_side(is_right, *found)) : std::nullopt;
    }
  }
  // Without a side's name: the left side's, else the right side's.
  for (const bool is_right : {false, true}) {
    Stage& stage = is_right ? *sides_.right : *sides_.left;
    const auto found = stage.find("", name, span);
    if (found && *found) {
      return std::optional(of_side(is_right, **found));
    }
  }
  return std::optional<ExpressionPtr>();
}

Result<std::optional<ExpressionPtr>> Stage::find_in_records(std::string_view name, TextSpan span) {
  WEIR_ASSIGN_OR_RETURN(const auto field, records_->table()->find(name));
  if (binder_.environment().dialect == Dialect::kCloudWatch) {
    WEIR_RETURN_IF_ERROR(check_cloudwatch_name(name, field, span));
  }
  if (!field && name.starts_with('@')) {
    WEIR_ASSIGN_OR_RETURN(auto system, find_system_field(name, span));
    if (system) {
      return system;
    }
  }
  if (field) {
    spelling_.add(name, field->name, span);
  }
  WEIR_ASSIGN_OR_RETURN(auto found, records_->find("", name, span));
  return found ? std::optional(of_scan(*found)) : std::move(found);
}

Result<std::optional<ExpressionPtr>> Stage::find_system_field(std::string_view name,
                                                              TextSpan span) {
  const std::string folded = folded_spelling(name);
  const auto* const known =
      std::find_if(std::begin(kSystemFields), std::end(kSystemFields),
                   [&](std::string_view field) { return folded_spelling(field) == folded; });
  if (known == std::end(kSystemFields)) {
    return std::optional<ExpressionPtr>();
  }
  if (*known == "@timestamp") {
    WEIR_ASSIGN_OR_RETURN(auto found, records_->find("", "start", span));
    return found ? std::optional(of_scan(*found)) : std::move(found);
  }
  auto literal = std::make_shared<Expression>();
  literal->type = column::Type::kString;
  literal->span = span;
  return std::optional<ExpressionPtr>(std::move(literal));
}

Result<void> Stage::check_cloudwatch_name(std::string_view name,
                                          const std::optional<column::Field>& field,
                                          TextSpan span) const {
  if (!field) {
    if (find_derived(name) != nullptr) {
      return fail(ErrorCode::kNotFound,
                  fmt::format("CloudWatch has no field '{}': Weir computes it, outside "
                              "--dialect cloudwatch",
                              name),
                  span);
    }
    return {};
  }
  const auto spelling = cloudwatch_spelling(field->name);
  const bool is_open_column = !spelling && field->name != name;
  if (is_open_column || (spelling && *spelling != name)) {
    const std::string hint = is_open_column ? fmt::format("it is spelled {}", field->name)
                             : !spelling->empty()
                                 ? fmt::format("it is spelled {} there", *spelling)
                                 : std::string("it is not discovered in flow logs: parse @message");
    return fail(ErrorCode::kNotFound, fmt::format("CloudWatch knows no field '{}'; {}", name, hint),
                span);
  }
  return {};
}

std::optional<std::size_t> Stage::index_in_stats(std::string_view name, bool is_exact) const {
  const std::string folded = folded_spelling(name);
  for (std::size_t i = 0; i < schema_.size(); ++i) {
    if (is_exact ? schema_[i].name == name : folded_spelling(schema_[i].name) == folded) {
      return i;
    }
  }
  return std::nullopt;
}

Result<std::optional<ExpressionPtr>> Stage::find_in_stats(std::string_view name, TextSpan span) {
  const auto column_at = [&](std::size_t i) {
    return std::optional<ExpressionPtr>(make_column(i, schema_[i].type, span));
  };
  const bool is_helpful = binder_.environment().dialect == Dialect::kHelpful;
  if (const auto index = index_in_stats(name, false); index && is_helpful) {
    return column_at(*index);
  }
  // What the author may have meant: `sort @timestamp` the bins, `sort count` the only count.
  const bool is_timestamp = lower_case(name) == "@timestamp";
  const std::string function = lower_case(name);
  std::vector<std::size_t> meant;
  for (std::size_t i = 0; i < stats_columns_.size(); ++i) {
    const StatsColumn& column = stats_columns_[i];
    if (is_timestamp ? column.is_bin : !function.empty() && column.aggregate == function) {
      meant.push_back(i);
    }
  }
  if (meant.size() == 1 && is_helpful) {
    const std::string& column = schema_[meant[0]].name;
    binder_.warn(is_sorting_ ? "sort_key_resolved" : "name_resolved",
                 fmt::format("{}{} resolved to {}: CloudWatch has no column of that name after "
                             "{}; name it with as",
                             is_sorting_ ? "sort key " : "", name, column, made_by_),
                 span);
    return column_at(meant[0]);
  }
  const std::string hint =
      meant.empty()
          ? fmt::format("there are {}", listed(schema_))
          : fmt::format("name the column with as, and use that name ({})", listed(schema_));
  return fail(ErrorCode::kNotFound,
              fmt::format("there is no field '{}' after {};{} {}", name, made_by_,
                          meant.empty() ? did_you_mean(name, known_names()) : "", hint),
              span);
}

std::vector<std::string> Stage::known_names() {
  std::vector<std::string> names;
  for (const Alias& alias : aliases_) {
    if (!alias.name.starts_with('#')) {
      names.push_back(alias.name);
    }
  }
  for (const column::Field& field : schema_) {
    names.push_back(field.name);
  }
  if (is_over_join()) {
    for (const bool is_right : {false, true}) {
      for (const std::string& name : (is_right ? sides_.right : sides_.left)->known_names()) {
        names.push_back(
            fmt::format("{}.{}", is_right ? sides_.right_name : sides_.left_name, name));
      }
    }
  }
  if (is_over_records()) {
    for (std::string& name : records_->known_names()) {
      names.push_back(std::move(name));
    }
    for (const std::string_view name : kSystemFields) {
      names.emplace_back(name);
    }
  }
  return names;
}

bool Stage::knows(std::string_view name) {
  const std::string folded = folded_spelling(name);
  const bool is_alias = std::any_of(aliases_.begin(), aliases_.end(), [&](const Alias& alias) {
    return folded_spelling(alias.name) == folded;
  });
  if (!is_alias && is_over_join()) {
    const std::size_t dot = name.find('.');
    const std::string_view side = name.substr(0, dot);
    const std::string_view rest = dot == std::string_view::npos ? name : name.substr(dot + 1);
    return (side != sides_.right_name &&
            sides_.left->knows(side == sides_.left_name ? rest : name)) ||
           (side != sides_.left_name &&
            sides_.right->knows(side == sides_.right_name ? rest : name));
  }
  if (is_alias || !is_over_records()) {
    return is_alias || index_in_stats(name, false).has_value();
  }
  const auto field = records_->table()->find(name);
  return (field && field->has_value()) || find_derived(name) != nullptr;
}

PlanPtr Stage::join_plan(const column::TimeRange& range) const {
  auto join = std::make_shared<Plan>();
  join->kind = Plan::Kind::kJoin;
  join->join_kind = sides_.kind;
  std::vector<std::size_t> places(side_columns_.size());  // in the join's row
  std::size_t num_before = 0;
  for (const bool is_right : {false, true}) {
    auto side = std::make_shared<Plan>();
    side->kind = Plan::Kind::kProject;
    side->inputs = {(is_right ? *sides_.right : *sides_.left).to_plan(range)};
    for (std::size_t i = 0; i < side_columns_.size(); ++i) {
      if (side_columns_[i].is_right == is_right) {
        places[i] = num_before + side->expressions.size();
        side->schema.push_back({fmt::format("#{}", i), side_columns_[i].expression->type});
        side->expressions.push_back(side_columns_[i].expression);
      }
    }
    for (const ExpressionPtr& key : is_right ? sides_.right_keys : sides_.left_keys) {
      (is_right ? join->right_keys : join->left_keys)
          .push_back(make_column(side->expressions.size(), key->type));
      side->schema.push_back({fmt::format("#key{}", side->expressions.size()), key->type});
      side->expressions.push_back(key);
    }
    num_before += side->expressions.size();
    join->schema.insert(join->schema.end(), side->schema.begin(), side->schema.end());
    join->inputs.push_back(std::move(side));
  }
  auto project = std::make_shared<Plan>();
  project->kind = Plan::Kind::kProject;
  for (std::size_t i = 0; i < side_columns_.size(); ++i) {
    project->schema.push_back({fmt::format("#{}", i), side_columns_[i].expression->type});
    project->expressions.push_back(make_column(places[i], side_columns_[i].expression->type));
  }
  project->inputs = {std::move(join)};
  return project;
}

PlanPtr Stage::source_plan(const column::TimeRange& range) const {
  if (is_over_join()) {
    return join_plan(range);
  }
  if (!is_over_records()) {
    return input_;
  }
  auto scan = std::make_shared<Plan>();
  scan->kind = Plan::Kind::kScan;
  scan->table = records_->table();
  scan->schema = records_->schema();
  scan->scan_columns = records_->scan_columns();
  scan->range = range;
  return scan;
}

PlanPtr Stage::to_plan(const column::TimeRange& range) const {
  PlanPtr plan = source_plan(range);
  if (has_added_slots_) {
    auto project = std::make_shared<Plan>();
    project->kind = Plan::Kind::kProject;
    for (const Slot& slot : slots_) {
      project->schema.push_back(slot.field);
      auto nothing = std::make_shared<Expression>();
      nothing->type = slot.field.type;
      project->expressions.push_back(slot.source ? make_column(*slot.source, slot.field.type)
                                                 : ExpressionPtr(std::move(nothing)));
    }
    project->inputs = {std::move(plan)};
    plan = std::move(project);
  }
  for (const Plan& step : steps_) {
    auto node = std::make_shared<Plan>(step);
    node->schema = plan->schema;
    if (node->inputs.empty()) {
      node->inputs.resize(1);
    }
    node->inputs[0] = std::move(plan);
    plan = std::move(node);
  }
  return plan;
}

}  // namespace weir::query::insights

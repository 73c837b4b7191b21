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

Stage::Stage(PlanPtr input, std::vector<StatsColumn> columns, Binder& binder,
             SpellingNotes& spelling)
    : input_(std::move(input)),
      schema_(input_->schema),
      stats_columns_(std::move(columns)),
      binder_(binder),
      spelling_(spelling) {}

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
  if (is_over_records()) {
    return std::optional<ExpressionPtr>();
  }
  return find_in_stats(name, span);
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
  return records_->find("", name, span);
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
    return records_->find("", "start", span);
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
                             "stats; name it with as",
                             is_sorting_ ? "sort key " : "", name, column),
                 span);
    return column_at(meant[0]);
  }
  const std::string hint =
      meant.empty()
          ? fmt::format("there are {}", listed(schema_))
          : fmt::format("name the column with as, and use that name ({})", listed(schema_));
  return fail(ErrorCode::kNotFound,
              fmt::format("there is no field '{}' after stats;{} {}", name,
                          meant.empty() ? did_you_mean(name, known_names()) : "", hint),
              span);
}

std::vector<std::string> Stage::known_names() {
  std::vector<std::string> names;
  for (const Alias& alias : aliases_) {
    names.push_back(alias.name);
  }
  for (const column::Field& field : schema_) {
    names.push_back(field.name);
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
  if (is_alias || !is_over_records()) {
    return is_alias || index_in_stats(name, false).has_value();
  }
  const auto field = records_->table()->find(name);
  return (field && field->has_value()) || find_derived(name) != nullptr;
}

PlanPtr Stage::to_plan(const column::TimeRange& range) const {
  PlanPtr plan = input_;
  if (is_over_records()) {
    auto scan = std::make_shared<Plan>();
    scan->kind = Plan::Kind::kScan;
    scan->table = records_->table();
    scan->schema = records_->schema();
    scan->scan_columns = records_->scan_columns();
    scan->range = range;
    plan = std::move(scan);
  }
  for (const Plan& step : steps_) {
    auto node = std::make_shared<Plan>(step);
    node->schema = plan->schema;
    node->inputs = {std::move(plan)};
    plan = std::move(node);
  }
  return plan;
}

}  // namespace weir::query::insights

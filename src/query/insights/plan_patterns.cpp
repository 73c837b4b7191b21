// The part of Planner that sees to `pattern` and `diff`.

#include <fmt/format.h>

#include <utility>

#include "base/time_text.h"
#include "query/functions/signature.h"
#include "query/insights/planner.h"

namespace weir::query::insights {
namespace {

std::vector<StatsColumn> named_as_they_are(const column::Schema& schema) {
  std::vector<StatsColumn> columns;
  for (const column::Field& field : schema) {
    columns.push_back({field.name, "", false, false});
  }
  return columns;
}

}  // namespace

// Texts with their varying words taken out, and how often each comes.
PlanPtr Planner::pattern_plan(const column::TimeRange& range) const {
  auto aggregate = std::make_shared<Plan>();
  aggregate->kind = Plan::Kind::kAggregate;
  aggregate->expressions = {pattern_key_};
  aggregate->aggregates.emplace_back();
  aggregate->schema = {{"@pattern", column::Type::kString}, {"@sampleCount", column::Type::kInt64}};
  aggregate->inputs = {pattern_stage_->to_plan(range)};
  return aggregate;
}

Result<void> Planner::add_pattern(Command& command) {
  WEIR_ASSIGN_OR_RETURN(ExpressionPtr text, bind(command.items[0].expression));
  WEIR_ASSIGN_OR_RETURN(pattern_key_, make_call(*find_function("pattern_of", Language::kInsights),
                                                {text}, binder_.environment(), command.span));
  pattern_stage_ = std::move(stage_);
  auto patterns = std::make_shared<Plan>();
  patterns->kind = Plan::Kind::kPatterns;
  patterns->schema = {{"@pattern", column::Type::kString},
                      {"@ratio", column::Type::kDouble},
                      {"@sampleCount", column::Type::kInt64},
                      {"@severityLabel", column::Type::kString}};
  patterns->inputs = {pattern_plan(range_)};
  auto columns = named_as_they_are(patterns->schema);
  start_stage(std::move(patterns), std::move(columns), "pattern");
  return {};
}

// Compares with the time before: as long as the range, right before it or a day, week, month ago.
Result<void> Planner::add_diff(const Command& command) {
  if (pattern_stage_ == nullptr) {
    return fail(ErrorCode::kUsage, "diff stands right behind pattern: pattern @message | diff",
                command.span);
  }
  if (!range_.since) {
    return fail(ErrorCode::kUsage,
                "diff compares a time range with the one before it, and there is none: give "
                "--since and --until",
                command.span);
  }
  const TimeMs until = range_.until.value_or(binder_.environment().now_ms);
  column::TimeRange before;
  if (command.period) {
    before.since = add_period(*range_.since, *command.period, -1);
    before.until = add_period(until, *command.period, -1);
  } else {
    before.since = *range_.since - (until - *range_.since);
    before.until = range_.since;
  }
  auto patterns = std::make_shared<Plan>();
  patterns->kind = Plan::Kind::kPatterns;
  patterns->schema = {{"@pattern", column::Type::kString},
                      {"@severityLabel", column::Type::kString},
                      {"@sampleCount", column::Type::kInt64},
                      {"@previousSampleCount", column::Type::kInt64},
                      {"@difference", column::Type::kInt64},
                      {"@differencePercent", column::Type::kDouble},
                      {"@differenceDescription", column::Type::kString}};
  patterns->inputs = {pattern_plan({range_.since, until}), pattern_plan(before)};
  pattern_stage_ = nullptr;
  auto columns = named_as_they_are(patterns->schema);
  start_stage(std::move(patterns), std::move(columns), "diff");
  return {};
}

}  // namespace weir::query::insights

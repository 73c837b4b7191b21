#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "query/bind.h"
#include "query/insights/command.h"
#include "query/insights/stage.h"
#include "query/plan.h"

namespace weir::query::insights {

// Turns commands, one after the other, into a plan.
class Planner {
 public:
  // `text` is the query, `offset` where it begins in the whole text.
  Planner(std::string_view text, std::size_t offset, std::shared_ptr<column::Table> table,
          const column::TimeRange& range, Binder& binder);

  [[nodiscard]] Result<void> add(Command command);
  [[nodiscard]] Result<PlanPtr> finish();
  // Whether a name means something after the commands so far.
  [[nodiscard]] bool knows(std::string_view name) { return stage_->knows(name); }

 private:
  struct Shown {  // a column of the result
    std::string name;
    ExpressionPtr expression;
  };

  [[nodiscard]] bool is_cloudwatch() const {
    return binder_.environment().dialect == Dialect::kCloudWatch;
  }
  [[nodiscard]] Result<void> add_fields(Command& command, std::vector<Shown>& shown);
  [[nodiscard]] Result<void> add_filter(Command& command);
  [[nodiscard]] Result<void> add_stats(Command& command);
  [[nodiscard]] Result<void> add_sort(Command& command);
  [[nodiscard]] Result<void> add_limit(const Command& command);
  [[nodiscard]] Result<void> add_parse(Command& command);
  [[nodiscard]] Result<void> add_dedup(Command& command);
  [[nodiscard]] Result<void> add_default_sort();
  [[nodiscard]] Result<void> add_default_columns();

  [[nodiscard]] Result<void> bind_keys(Command& command, Plan& aggregate,
                                       std::vector<StatsColumn>& columns);
  [[nodiscard]] Result<std::vector<Shown>> bind_aggregates(Command& command, Plan& aggregate,
                                                           std::vector<StatsColumn>& columns);

  // What every expression goes through before it is bound, and after.
  [[nodiscard]] Result<void> prepare_syntax(Syntax& syntax);
  [[nodiscard]] Result<ExpressionPtr> bind(Syntax& syntax);
  [[nodiscard]] Result<void> charge(const Expression& expression, TextSpan span);
  [[nodiscard]] Result<void> charge_pattern(const Syntax& syntax);
  // After `stats`: `count(*)` and `bin(5m)` are names of its columns.
  void resolve_written_columns(Syntax& syntax, bool is_in_stats);
  void read_time_filters(Syntax& predicate);
  [[nodiscard]] Result<void> check_bins(Syntax& syntax);

  std::string_view text_;
  std::size_t offset_;
  column::TimeRange range_;
  Binder& binder_;
  SpellingNotes spelling_;
  std::unique_ptr<Stage> stage_;
  std::vector<Shown> shown_;
  std::optional<std::vector<Shown>> displayed_;
  bool has_fields_ = false;
  bool is_past_source_ = false;
  int num_stats_ = 0;
  std::size_t num_patterns_ = 0;
  std::size_t nodes_left_;
};

}  // namespace weir::query::insights

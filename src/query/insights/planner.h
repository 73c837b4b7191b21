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
#include "query/insights/parser.h"
#include "query/insights/stage.h"
#include "query/plan.h"
#include "query/query.h"

namespace weir::query::insights {

// Turns commands, one after the other, into a plan.
class Planner final : public ParserHost {
 public:
  // `text` is the query, `offset` where it begins in the whole text. A nested planner plans a
  // subquery or the right side of a join. All outlive it.
  Planner(std::string_view text, std::size_t offset, std::shared_ptr<column::Table> table,
          const column::TimeRange& range, Catalog& catalog, Binder& binder, bool is_nested = false);

  [[nodiscard]] Result<void> add(Command command);
  [[nodiscard]] Result<PlanPtr> finish();
  // The result ends with @ptr where its rows are records of a table that has it.
  void append_pointer() { appends_pointer_ = true; }
  // Whether a name means something after the commands so far.
  [[nodiscard]] bool knows(std::string_view name) override { return stage_->knows(name); }
  [[nodiscard]] Result<Subquery> plan_subquery(std::size_t begin) override;

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
  [[nodiscard]] Result<void> add_source(const Command& command);
  [[nodiscard]] Result<void> add_pattern(Command& command);
  [[nodiscard]] Result<void> add_diff(const Command& command);
  [[nodiscard]] Result<void> add_unnest(Command& command);
  [[nodiscard]] Result<void> add_lookup(Command& command);
  [[nodiscard]] Result<void> add_join(Command& command);
  [[nodiscard]] Result<void> add_totals(Command& command);
  [[nodiscard]] Result<void> add_default_sort();
  [[nodiscard]] Result<void> add_default_columns();

  [[nodiscard]] Result<void> bind_keys(Command& command, Plan& aggregate,
                                       std::vector<StatsColumn>& columns);
  [[nodiscard]] Result<std::vector<Shown>> bind_aggregates(Command& command, Plan& aggregate,
                                                           std::vector<StatsColumn>& columns);

  // The columns that the result has after the commands so far.
  [[nodiscard]] Result<std::vector<Shown>> result_columns();
  // Goes on from `plan`, whose columns alone have names then.
  void start_stage(PlanPtr plan, std::vector<StatsColumn> columns, std::string made_by);
  [[nodiscard]] PlanPtr pattern_plan(const column::TimeRange& range) const;
  // Replaces subqueries by columns that tell whether they have the value.
  [[nodiscard]] Result<void> lower_subqueries(Syntax& syntax);
  [[nodiscard]] Result<ExpressionPtr> bind_join_key(const Syntax& name, JoinSides& sides,
                                                    bool& is_right);
  [[nodiscard]] Result<ExpressionPtr> as_number(ExpressionPtr expression) const;

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
  Catalog& catalog_;
  Binder& binder_;
  bool is_nested_;
  SpellingNotes spelling_;
  std::unique_ptr<Stage> stage_;
  std::vector<Shown> shown_;
  std::optional<std::vector<Shown>> displayed_;
  bool has_fields_ = false;
  bool is_past_source_ = false;
  bool appends_pointer_ = false;
  std::vector<std::string> source_names_;
  std::vector<std::unique_ptr<Planner>> subqueries_;
  // Of the pattern command that came last.
  std::unique_ptr<Stage> pattern_stage_;
  ExpressionPtr pattern_key_;
  int num_stats_ = 0;
  std::size_t num_patterns_ = 0;
  std::size_t nodes_left_;
};

}  // namespace weir::query::insights

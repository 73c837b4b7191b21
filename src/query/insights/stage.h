#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "query/bind.h"
#include "query/insights/portability.h"
#include "query/plan.h"

namespace weir::query::insights {

// What a column of `stats` came from.
struct StatsColumn {
  std::string written;    // the expression as the query has it
  std::string aggregate;  // count, sum, ...; empty for a key or an expression
  bool is_bin = false;    // a key that rounds times
  bool is_key = false;
};

class Stage;

// The two sides of a join, whose columns are found by the name of a side before them: `api.status`.
struct JoinSides {
  std::unique_ptr<Stage> left;
  std::unique_ptr<Stage> right;
  std::string left_name;
  std::string right_name;
  JoinKind kind = JoinKind::kInner;
  std::vector<ExpressionPtr> left_keys;  // over the left stage's row
  std::vector<ExpressionPtr> right_keys;
};

// The part of a query from the records, or from a command that makes other rows of them (stats,
// pattern, join), up to the next such command: its names and its steps. All expressions are over
// the stage's row, aliases put in; filters, sorts, limits and dedups do not change the columns, so
// the steps can wait until the columns that the scan must read are known. A column that a step
// fills (add_slot) is there from the beginning, null.
class Stage final : public Scope {
 public:
  // Over records.
  Stage(std::shared_ptr<column::Table> table, Binder& binder, SpellingNotes& spelling);
  // Over the output of `made_by`, as in "after stats".
  Stage(PlanPtr input, std::vector<StatsColumn> columns, std::string made_by, Binder& binder,
        SpellingNotes& spelling);
  Stage(JoinSides sides, Binder& binder, SpellingNotes& spelling);

  [[nodiscard]] Result<std::optional<ExpressionPtr>> find(std::string_view qualifier,
                                                          std::string_view name,
                                                          TextSpan span) override;
  [[nodiscard]] std::vector<std::string> known_names() override;
  // Whether find would give something, without its effects.
  [[nodiscard]] bool knows(std::string_view name);

  void add_alias(std::string name, ExpressionPtr expression);
  // Takes a node without schema and first input, that leaves the columns as they are but for those
  // it fills.
  void add_step(Plan step) { steps_.push_back(std::move(step)); }
  // Adds a column for a step to fill; its place.
  [[nodiscard]] std::size_t add_slot(std::string name, column::Type type);
  // The column of the stage's row that holds `expression` of one side of a join.
  [[nodiscard]] ExpressionPtr of_side(bool is_right, const ExpressionPtr& expression);
  [[nodiscard]] bool has_step(Plan::Kind kind) const;
  [[nodiscard]] bool is_over_records() const { return records_ != nullptr; }
  [[nodiscard]] bool is_over_join() const { return sides_.left != nullptr; }
  [[nodiscard]] const JoinSides& sides() const { return sides_; }
  // The columns of `stats`; nothing over records.
  [[nodiscard]] const column::Schema& schema() const { return schema_; }
  [[nodiscard]] const std::vector<StatsColumn>& stats_columns() const { return stats_columns_; }
  // Whether names are being looked up for a sort key: the code of the warnings says so.
  void set_sorting(bool is_sorting) { is_sorting_ = is_sorting; }

  // The plan of all steps so far; `range` is that of the scan.
  [[nodiscard]] PlanPtr to_plan(const column::TimeRange& range) const;

 private:
  using Found = Result<std::optional<ExpressionPtr>>;
  [[nodiscard]] Found find_in_records(std::string_view name, TextSpan span);
  [[nodiscard]] Found find_in_stats(std::string_view name, TextSpan span);
  [[nodiscard]] Found find_in_join(std::string_view name, TextSpan span);
  [[nodiscard]] Found find_system_field(std::string_view name, TextSpan span);
  // A member of a field that holds JSON: `json.a.b[0]`.
  [[nodiscard]] Found find_member(std::string_view name, TextSpan span);
  [[nodiscard]] Found json_member(const ExpressionPtr& document, std::string_view path,
                                  TextSpan span) const;
  [[nodiscard]] Result<void> check_cloudwatch_name(std::string_view name,
                                                   const std::optional<column::Field>& field,
                                                   TextSpan span) const;
  [[nodiscard]] std::optional<std::size_t> index_in_stats(std::string_view name,
                                                          bool is_exact) const;
  // What the records' scope found, over the stage's row.
  [[nodiscard]] ExpressionPtr of_scan(const ExpressionPtr& expression);
  [[nodiscard]] PlanPtr source_plan(const column::TimeRange& range) const;
  [[nodiscard]] PlanPtr join_plan(const column::TimeRange& range) const;

  struct Alias {
    std::string name;
    ExpressionPtr expression;
  };
  // A column of the stage's row: one of the source's, or one that a step fills.
  struct Slot {
    std::optional<std::size_t> source;
    column::Field field;
  };
  struct SideColumn {
    bool is_right = false;
    ExpressionPtr expression;
  };
  std::unique_ptr<TableScope> records_;  // null over stats and joins
  PlanPtr input_;
  column::Schema schema_;
  std::vector<StatsColumn> stats_columns_;
  std::string made_by_;
  JoinSides sides_;
  std::vector<SideColumn> side_columns_;  // the source's columns over a join
  std::vector<Slot> slots_;
  std::vector<ExpressionPtr> from_scan_;  // slots of the scan's columns
  bool has_added_slots_ = false;
  std::vector<Alias> aliases_;
  std::vector<Plan> steps_;
  Binder& binder_;
  SpellingNotes& spelling_;
  bool is_sorting_ = false;
};

}  // namespace weir::query::insights

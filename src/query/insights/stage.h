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
};

// The part of a query from the records, or from one `stats`, up to the next `stats`: its names and
// its steps. All expressions are over the stage's input, aliases put in; filters, sorts, limits and
// dedups do not change the columns, so the steps can wait until the columns that the scan must read
// are known.
class Stage final : public Scope {
 public:
  // Over records.
  Stage(std::shared_ptr<column::Table> table, Binder& binder, SpellingNotes& spelling);
  // Over the output of `stats`.
  Stage(PlanPtr input, std::vector<StatsColumn> columns, Binder& binder, SpellingNotes& spelling);

  [[nodiscard]] Result<std::optional<ExpressionPtr>> find(std::string_view qualifier,
                                                          std::string_view name,
                                                          TextSpan span) override;
  [[nodiscard]] std::vector<std::string> known_names() override;
  // Whether find would give something, without its effects.
  [[nodiscard]] bool knows(std::string_view name);

  void add_alias(std::string name, ExpressionPtr expression);
  // Takes a filter, sort, limit or dedup: a node without input and schema.
  void add_step(Plan step) { steps_.push_back(std::move(step)); }
  [[nodiscard]] bool has_step(Plan::Kind kind) const;
  [[nodiscard]] bool is_over_records() const { return records_ != nullptr; }
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
  [[nodiscard]] Found find_system_field(std::string_view name, TextSpan span);
  [[nodiscard]] Result<void> check_cloudwatch_name(std::string_view name,
                                                   const std::optional<column::Field>& field,
                                                   TextSpan span) const;
  [[nodiscard]] std::optional<std::size_t> index_in_stats(std::string_view name,
                                                          bool is_exact) const;

  struct Alias {
    std::string name;
    ExpressionPtr expression;
  };
  std::unique_ptr<TableScope> records_;  // null over stats
  PlanPtr input_;
  column::Schema schema_;
  std::vector<StatsColumn> stats_columns_;
  std::vector<Alias> aliases_;
  std::vector<Plan> steps_;
  Binder& binder_;
  SpellingNotes& spelling_;
  bool is_sorting_ = false;
};

}  // namespace weir::query::insights

#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "query/sql/planner.h"
#include "query/sql/source_scope.h"
#include "query/sql/statement.h"

namespace weir::query::sql {

// One column of a SELECT list. Expressions are over the columns of FROM, with aggregates standing
// as columns from kFirstAggregate on until they are moved behind the aggregation.
struct Output {
  std::string name;
  bool has_alias = false;
  ExpressionPtr expression;
  std::size_t cost = 1;
};

inline constexpr std::size_t kFirstAggregate = std::size_t{1} << 40;

// What a name means in one clause of a SELECT: a column of FROM, or an alias of the SELECT list.
class ClauseScope final : public Scope {
 public:
  enum class Preference : std::uint8_t {
    kColumns,  // WHERE, GROUP BY, arguments of aggregates: aliases come second
    kAliases,  // ORDER BY
    kKeys,     // HAVING: a column of GROUP BY, then aliases, then other columns
  };
  ClauseScope(SourceScope& sources, const std::vector<Output>& outputs, Expansion& expansion,
              Preference preference, const std::vector<ExpressionPtr>* keys = nullptr)
      : sources_(sources),
        outputs_(outputs),
        expansion_(expansion),
        preference_(preference),
        keys_(keys) {}

  [[nodiscard]] Result<std::optional<ExpressionPtr>> find(std::string_view qualifier,
                                                          std::string_view name,
                                                          TextSpan span) override;
  [[nodiscard]] std::vector<std::string> known_names() override;

 private:
  SourceScope& sources_;
  const std::vector<Output>& outputs_;
  Expansion& expansion_;
  Preference preference_;
  const std::vector<ExpressionPtr>* keys_;
};

// Plans one SELECT together with the ORDER BY and LIMIT behind it.
class SelectPlanner {
 public:
  SelectPlanner(Planner& planner, const Select& select, const Query& query)
      : planner_(planner), select_(select), query_(query), sources_(planner.expansion()) {}

  [[nodiscard]] Result<Relation> plan();

 private:
  struct SortColumn {
    std::size_t column = 0;  // of the projection
    const OrderKey* order = nullptr;
  };

  // select_planner.cpp
  [[nodiscard]] Result<void> bind_outputs();
  [[nodiscard]] Result<void> bind_where();
  [[nodiscard]] Result<void> bind_group_by();
  [[nodiscard]] Result<void> bind_having();
  [[nodiscard]] Result<void> bind_order_by();
  [[nodiscard]] Result<ExpressionPtr> bind(const Syntax& syntax,
                                           ClauseScope::Preference preference);
  [[nodiscard]] Result<ExpressionPtr> bind_condition(const Syntax& syntax,
                                                     ClauseScope::Preference preference);
  [[nodiscard]] Result<ExpressionPtr> place_aggregate(const Syntax& call);
  [[nodiscard]] Result<void> refuse_aggregates(const ExpressionPtr& expression,
                                               std::string_view clause) const;
  [[nodiscard]] Result<std::optional<std::size_t>> find_ordinal(const Syntax& syntax,
                                                                std::string_view clause) const;
  [[nodiscard]] Result<ExpressionPtr> move_behind_groups(const ExpressionPtr& expression) const;
  [[nodiscard]] Result<PlanPtr> aggregate(PlanPtr input);
  void warn_of_shadowed_alias(const Syntax& key, const Expression& bound);
  void leave_out_silent_records();
  [[nodiscard]] bool looks_at_nulls() const;

  // from_planner.cpp
  [[nodiscard]] Result<void> bind_sources();
  [[nodiscard]] Result<void> touch_names();
  [[nodiscard]] Result<void> touch_names_of(const Syntax& syntax, bool aliases_first);
  [[nodiscard]] Result<PlanPtr> plan_from();
  [[nodiscard]] Result<ExpressionPtr> bind_join_condition(std::size_t source);
  [[nodiscard]] Result<PlanPtr> join(PlanPtr left, std::size_t source);
  [[nodiscard]] PlanPtr plan_source(const BoundSource& source) const;
  void push_where_to_sources();

  Planner& planner_;
  const Select& select_;
  const Query& query_;
  SourceScope sources_;
  std::vector<Output> outputs_;
  std::vector<ExpressionPtr> where_;  // terms that must all hold
  std::vector<ExpressionPtr> keys_;
  std::vector<column::Field> key_fields_;
  std::vector<Aggregate> aggregates_;
  ExpressionPtr having_;
  std::vector<Output> hidden_;  // sorted by, not shown
  std::vector<SortColumn> sort_columns_;
};

// Calls `visit` on every expression of a SELECT and its ORDER BY.
template <class Visit>
void for_each_expression(const Select& select, const Query& query, Visit visit) {
  for (const SelectItem& item : select.items) {
    visit(item.expression);
  }
  for (const Join& join : select.joins) {
    if (join.condition) {
      visit(*join.condition);
    }
  }
  if (select.where) {
    visit(*select.where);
  }
  for (const Syntax& key : select.group_by) {
    visit(key);
  }
  if (select.having) {
    visit(*select.having);
  }
  for (const OrderKey& key : query.order_by) {
    visit(key.expression);
  }
}

}  // namespace weir::query::sql

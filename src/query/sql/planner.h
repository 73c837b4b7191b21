#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "query/bind.h"
#include "query/query.h"
#include "query/sql/source_scope.h"
#include "query/sql/statement.h"

namespace weir::query::sql {

// What a query gives: rows, and what each column costs where it is referred to.
struct Relation {
  PlanPtr plan;
  std::vector<std::size_t> costs;
};

// Binds a statement to a plan. One statement; not thread-safe.
class Planner {
 public:
  // `text` is the statement, `offset` where it begins in the whole text; all outlive the planner.
  Planner(std::string_view text, std::size_t offset, const PrepareOptions& options,
          Catalog& catalog, Binder& binder)
      : text_(text), offset_(offset), options_(options), catalog_(catalog), binder_(binder) {}

  [[nodiscard]] Result<Relation> plan(const Query& query);

  // A table, a WITH query or a subquery as a source of FROM.
  [[nodiscard]] Result<BoundSource> bind_source(const Source& source);
  // The scan of a table source with the columns found in it so far.
  [[nodiscard]] PlanPtr make_scan(const BoundSource& source) const;
  // An error about a name with what may help: hyphens, quotes.
  [[nodiscard]] Error explain(Error error, Scope& scope) const;

  [[nodiscard]] Binder& binder() { return binder_; }
  [[nodiscard]] Expansion& expansion() { return expansion_; }

 private:
  struct NamedRelation {
    std::string name;
    Relation relation;
    std::size_t num_operators = 0;
  };

  [[nodiscard]] Result<Relation> plan_terms(const Query& query);
  [[nodiscard]] Result<Relation> plan_term(const Term& term);
  [[nodiscard]] Result<PlanPtr> order(PlanPtr plan, const Query& query);
  [[nodiscard]] Result<void> count_operators(std::size_t count, TextSpan span);

  std::string_view text_;
  std::size_t offset_;
  const PrepareOptions& options_;
  Catalog& catalog_;
  Binder& binder_;
  Expansion expansion_;
  std::vector<NamedRelation> named_;  // WITH queries in sight, innermost last
  std::size_t num_operators_ = 0;     // of the plan so far, WITH queries counted at each use
};

// Pieces of plans.
[[nodiscard]] PlanPtr make_filter_plan(ExpressionPtr predicate, PlanPtr input);
[[nodiscard]] PlanPtr make_project_plan(column::Schema schema,
                                        std::vector<ExpressionPtr> expressions, PlanPtr input);
[[nodiscard]] PlanPtr make_distinct_plan(PlanPtr input);
[[nodiscard]] PlanPtr make_limit_plan(std::optional<std::uint64_t> limit, std::uint64_t offset,
                                      PlanPtr input);
// Adds what ORDER BY `expression` takes to `keys`.
[[nodiscard]] Result<void> add_sort_key(const OrderKey& order, ExpressionPtr expression,
                                        const QueryEnvironment& environment,
                                        std::vector<SortKey>& keys);
// Makes the names of a result differ: x, x_2, x_3.
void make_names_unique(column::Schema& schema);
[[nodiscard]] Result<void> rename_columns(const std::vector<std::string>& names, TextSpan span,
                                          PlanPtr& plan);

}  // namespace weir::query::sql

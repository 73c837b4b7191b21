#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "query/bind.h"
#include "query/plan.h"

namespace weir::query::sql {

// Bounds how large a statement's expressions get when subqueries, WITH queries and aliases are
// written out: each name that is resolved costs the size of what it stands for.
class Expansion {
 public:
  [[nodiscard]] Result<void> charge(std::size_t nodes, TextSpan span);
  [[nodiscard]] std::size_t spent() const { return spent_; }

 private:
  std::size_t spent_ = 0;
};

// One table or subquery of a FROM clause.
struct BoundSource {
  std::string alias;
  std::unique_ptr<Scope> scope;
  TableScope* table = nullptr;         // the scope, where it is a table's
  PlanPtr plan;                        // else: the subquery
  std::vector<std::size_t> costs;      // of the subquery's columns
  std::size_t offset = 0;              // of its columns among those of the whole FROM clause
  std::vector<ExpressionPtr> filters;  // over its own columns
  bool include_silent = true;          // of a table: NODATA and SKIPDATA records too

  [[nodiscard]] const column::Schema& schema() const {
    return table != nullptr ? table->schema() : plan->schema;
  }
};

// Names of a whole FROM clause: of one source, or of several with columns one after the other. A
// table's columns join its schema as they are first found, so with several sources every name must
// have been asked for once before offsets are assigned (`assign_offsets`).
class SourceScope final : public Scope {
 public:
  SourceScope(Expansion& expansion) : expansion_(expansion) {}

  [[nodiscard]] Result<void> add(BoundSource source, TextSpan span);
  void assign_offsets();
  // From here on only the first `count` sources are seen: what ON may refer to.
  void show_first(std::size_t count) { num_visible_ = count; }
  // USING (name): the name alone means the left one.
  void add_using(std::string name) { using_names_.push_back(std::move(name)); }

  [[nodiscard]] Result<std::optional<ExpressionPtr>> find(std::string_view qualifier,
                                                          std::string_view name,
                                                          TextSpan span) override;
  // The same in one source, its columns counted from the FROM clause's first.
  [[nodiscard]] Result<std::optional<ExpressionPtr>> find_in(std::size_t source,
                                                             std::string_view name, TextSpan span);
  // Asks every source for a name, to have its columns there.
  [[nodiscard]] Result<void> touch(std::string_view qualifier, std::string_view name,
                                   TextSpan span);
  [[nodiscard]] std::vector<std::string> known_names() override;

  // Columns that * or alias.* stands for: name and expression.
  struct StarColumn {
    std::string name;
    ExpressionPtr expression;
  };
  [[nodiscard]] Result<std::vector<StarColumn>> expand_star(std::string_view qualifier,
                                                            TextSpan span);

  [[nodiscard]] std::vector<BoundSource>& sources() { return sources_; }
  // Name of a column counted over all sources.
  [[nodiscard]] std::string column_name(std::size_t column) const;

 private:
  [[nodiscard]] Result<void> check_qualifier(std::string_view qualifier, TextSpan span) const;
  [[nodiscard]] bool is_using(std::string_view name) const;

  Expansion& expansion_;
  std::vector<BoundSource> sources_;
  std::vector<std::string> using_names_;
  std::size_t num_visible_ = 0;
};

// Case, '-' and '_' do not count in names.
[[nodiscard]] bool is_same_name(std::string_view a, std::string_view b);
// `expression` with every column number moved by `distance`.
[[nodiscard]] ExpressionPtr shift_columns(const ExpressionPtr& expression, std::ptrdiff_t distance);
[[nodiscard]] std::size_t size_of(const Expression& expression);

}  // namespace weir::query::sql

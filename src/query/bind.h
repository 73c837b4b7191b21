#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "column/batch.h"
#include "column/scan.h"
#include "query/aggregate.h"
#include "query/expression.h"
#include "query/function.h"
#include "query/syntax.h"
#include "query/warning.h"

namespace weir::query {

// Gives names a meaning while one stage of a query is bound.
class Scope {
 public:
  virtual ~Scope() = default;
  // The expression that a name stands for (a column, an alias, a derived column), or nullopt. May
  // add the column to the stage's input on demand.
  [[nodiscard]] virtual Result<std::optional<ExpressionPtr>> find(std::string_view qualifier,
                                                                  std::string_view name,
                                                                  TextSpan span) = 0;
  // Names to suggest from when find gave nothing.
  [[nodiscard]] virtual std::vector<std::string> known_names() = 0;
};

// Turns syntax into typed expressions. One binder a query; collects the query's warnings.
//
// Coercions, in both languages: a string literal compared to an address, a time or a number is read
// as one (an error with its span if it cannot be); a string column compared to a number, or used in
// arithmetic or sum/avg, is read as a number, null where it is none; an integer compared to a time
// is epoch seconds (milliseconds from 10^11 on); time - time is seconds as a number; time +- period
// is a time; time +- number adds seconds. `like`, regex and string functions see an address's text.
class Binder {
 public:
  Binder(const QueryEnvironment& environment, Language language)
      : environment_(environment), language_(language) {}

  // Refuses aggregate calls with their span.
  [[nodiscard]] Result<ExpressionPtr> bind(const Syntax& syntax, Scope& scope);
  // Binds to bool: for WHERE, HAVING, filter. Warns about predicates that are constant
  // (code constant_predicate).
  [[nodiscard]] Result<ExpressionPtr> bind_predicate(const Syntax& syntax, Scope& scope);

  // True where `syntax` is, or contains, a call of an aggregate function.
  [[nodiscard]] bool is_aggregate_call(const Syntax& syntax) const;
  [[nodiscard]] bool contains_aggregate(const Syntax& syntax) const;
  // The error of the first call of something that there is not.
  [[nodiscard]] std::optional<Error> find_unknown_call(const Syntax& syntax) const;
  // Binds one aggregate call; arguments may be any expression over `scope`.
  [[nodiscard]] Result<Aggregate> bind_aggregate(const Syntax& call, Scope& scope);
  // Binds an expression in which each aggregate call is replaced by what `replace` returns for it
  // (a column of the aggregation's output); names outside the calls are bound by `scope`.
  using ReplaceAggregate = std::function<Result<ExpressionPtr>(const Syntax& call)>;
  [[nodiscard]] Result<ExpressionPtr> bind_over_aggregates(const Syntax& syntax, Scope& scope,
                                                           const ReplaceAggregate& replace);

  void warn(std::string code, std::string message, std::optional<TextSpan> span = std::nullopt);
  [[nodiscard]] const std::vector<Warning>& warnings() const { return warnings_; }
  [[nodiscard]] const QueryEnvironment& environment() const { return environment_; }
  [[nodiscard]] Language language() const { return language_; }

 private:
  [[nodiscard]] Result<ExpressionPtr> bind_inner(const Syntax& syntax, Scope& scope,
                                                 const ReplaceAggregate* replace);
  [[nodiscard]] Error no_function(const std::string& name, TextSpan span) const;
  [[nodiscard]] Result<void> check_constant(const Expression& predicate);

  const QueryEnvironment& environment_;
  Language language_;
  std::vector<Warning> warnings_;
  int depth_ = 0;
};

// A scope over one table: columns are found by any spelling and added to the scan as they are first
// used; derived columns (derived.h) become expressions over them.
class TableScope : public Scope {
 public:
  TableScope(std::shared_ptr<column::Table> table, std::string alias, Binder& binder);
  [[nodiscard]] Result<std::optional<ExpressionPtr>> find(std::string_view qualifier,
                                                          std::string_view name,
                                                          TextSpan span) override;
  [[nodiscard]] std::vector<std::string> known_names() override;
  // The columns found so far: the schema of the scan to build. Indices never change.
  [[nodiscard]] const column::Schema& schema() const { return schema_; }
  [[nodiscard]] const std::vector<std::string>& scan_columns() const { return scan_columns_; }
  [[nodiscard]] const std::shared_ptr<column::Table>& table() const { return table_; }

 private:
  std::shared_ptr<column::Table> table_;
  std::string alias_;
  Binder& binder_;
  column::Schema schema_;
  std::vector<std::string> scan_columns_;
  std::string_view derived_arguments_;  // of the derived column being bound
};

// A scope over the output of a plan node: exact names first, then spellings that differ in case,
// '-' and '_' alone.
class SchemaScope : public Scope {
 public:
  explicit SchemaScope(const column::Schema& schema, std::string alias = {});
  [[nodiscard]] Result<std::optional<ExpressionPtr>> find(std::string_view qualifier,
                                                          std::string_view name,
                                                          TextSpan span) override;
  [[nodiscard]] std::vector<std::string> known_names() override;

 private:
  const column::Schema& schema_;
  std::string alias_;
};

}  // namespace weir::query

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "column/batch.h"
#include "column/scan.h"
#include "query/aggregate.h"
#include "query/expression.h"

namespace weir::query {

struct SortKey {
  ExpressionPtr expression;
  bool is_descending = false;
  // Logs Insights order for strings and nulls (digit chunks, numbers after text); else SQL's:
  // byte order, nulls last in ascending and descending order alike.
  bool is_insights_order = false;
};

enum class JoinKind : std::uint8_t { kInner, kLeft };

// A node of the logical plan. Plain data; front ends build it, `optimise` rewrites it, `execute`
// runs it. Expressions of a node refer to the columns of its input (join: left's, then right's).
struct Plan {
  enum class Kind : std::uint8_t {
    kScan,
    kFilter,
    kProject,
    kAggregate,
    kSort,
    kLimit,
    kDistinctOn,
    kJoin,
    kUnionAll,
    kValues
  };
  Kind kind = Kind::kScan;
  column::Schema schema;  // of the rows it gives
  std::vector<std::shared_ptr<const Plan>> inputs;

  // kScan: schema[i] is table column scan_columns[i] (canonical name), under schema[i].name.
  std::shared_ptr<column::Table> table;
  std::vector<std::string> scan_columns;
  std::vector<column::Predicate> conjuncts;  // filled by optimise
  column::TimeRange range;
  bool include_silent = true;

  ExpressionPtr predicate;                 // kFilter; kJoin: what must hold beside the equalities
  std::vector<ExpressionPtr> expressions;  // kProject; kAggregate: keys; kDistinctOn: keys
  std::vector<Aggregate> aggregates;       // kAggregate: columns after the keys
  std::vector<SortKey> sort_keys;          // kSort
  bool keeps_null_keys = false;            // kDistinctOn: rows with a null key are no duplicates
  std::optional<std::uint64_t> limit;      // kLimit, and kSort as a top-N (set by optimise)
  bool is_any_order = false;               // kAggregate: groups may come in any order
  // kAggregate: only the groups greatest by one of the aggregates are wanted (set by optimise).
  struct Top {
    std::size_t aggregate = 0;
    std::uint64_t count = 0;
  };
  std::optional<Top> top;
  std::uint64_t offset = 0;  // kLimit
  JoinKind join_kind = JoinKind::kInner;
  std::vector<ExpressionPtr> left_keys;          // kJoin, over the left input's columns
  std::vector<ExpressionPtr> right_keys;         // over the right input's columns
  std::vector<std::vector<column::Value>> rows;  // kValues
};
using PlanPtr = std::shared_ptr<const Plan>;

// Rewrites for speed: unused columns are not scanned, predicates move to the scan where they become
// conjuncts and time ranges, sort + limit becomes top-N. Never changes the answer.
[[nodiscard]] PlanPtr optimise(PlanPtr plan);

// One line a node, children indented: what `weir query --explain` prints and plan tests compare.
[[nodiscard]] std::string to_text(const Plan& plan);

}  // namespace weir::query

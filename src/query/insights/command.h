#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "query/plan.h"
#include "query/syntax.h"

namespace weir::query::insights {

// An expression and the name of the column that it becomes: its alias, else its text as written.
struct NamedItem {
  Syntax expression;
  std::string name;
  std::string written;
  bool has_alias = false;
};

struct SortItem {
  Syntax expression;
  bool is_descending = false;
};

// One command of a query, as parsed.
struct Command {
  enum class Kind : std::uint8_t {
    kSource,   // source_names
    kFields,   // items
    kDisplay,  // items
    kFilter,   // predicate
    kStats,    // items by keys
    kSort,     // sort
    kLimit,    // limit
    kParse,    // items: a call of parse_glob or parse_regex a name
    kDedup,    // items
    kPattern,  // items: one
    kDiff,     // period: how far before; none: as long as the range is
    kUnnest,   // items: one, its name the new field
    kLookup,   // name: the table; lookup_keys, outputs
    kJoin,     // join
    kTotals,   // items: what to sum, else all; totals
  };
  Kind kind = Kind::kFields;
  TextSpan span;
  std::vector<NamedItem> items;
  std::vector<NamedItem> keys;
  std::vector<SortItem> sort;
  Syntax predicate;
  std::uint64_t limit = 0;
  std::vector<std::string> source_names;
  std::optional<Period> period;
  std::string name;
  struct LookupKey {
    std::string column;  // of the lookup table
    Syntax field;
  };
  std::vector<LookupKey> lookup_keys;
  struct Output {
    std::string column;  // of the lookup table
    std::string name;
    TextSpan span;
  };
  std::vector<Output> outputs;
  bool keeps_present = false;  // kLookup: fields that have a value keep it
  struct Join {
    JoinKind kind = JoinKind::kInner;
    std::string left_name;
    std::string right_name;
    std::vector<std::pair<Syntax, Syntax>> keys;  // names with the alias of a side before them
    std::size_t subquery = 0;                     // what ParserHost::plan_subquery gave
    TextSpan right_span;
  };
  Join join;
  struct Totals {
    std::string name = "Total";
    bool has_row_total = true;
    bool has_column_totals = false;
  };
  Totals totals;
};

}  // namespace weir::query::insights

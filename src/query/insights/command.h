#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
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
    kSource,   // ignored, with a note
    kFields,   // items
    kDisplay,  // items
    kFilter,   // predicate
    kStats,    // items by keys
    kSort,     // sort
    kLimit,    // limit
    kParse,    // items: a call of parse_glob or parse_regex a name
    kDedup,    // items
  };
  Kind kind = Kind::kFields;
  TextSpan span;
  std::vector<NamedItem> items;
  std::vector<NamedItem> keys;
  std::vector<SortItem> sort;
  Syntax predicate;
  std::uint64_t limit = 0;
};

}  // namespace weir::query::insights

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "query/plan.h"
#include "query/syntax.h"

// What the parser makes of a statement: names as written, nothing bound.
namespace weir::query::sql {

struct Query;

struct SelectItem {
  Syntax expression;
  std::string name;        // the alias; else the text as written
  bool has_alias = false;  // only then can other clauses name it
};

// What stands in FROM: a table by name, or a query in parentheses.
struct Source {
  std::string table;
  std::unique_ptr<Query> query;
  std::string alias;
  std::vector<std::string> column_names;  // AS t (a, b)
  TextSpan span;
};

struct Join {
  JoinKind kind = JoinKind::kInner;
  bool is_comma = false;  // FROM a, b: WHERE says how they meet
  Source source;
  std::optional<Syntax> condition;
  std::vector<Syntax> using_columns;  // names
  TextSpan span;
};

struct Select {
  bool is_distinct = false;
  std::vector<SelectItem> items;  // kStar: all columns, or those of one source
  std::optional<Source> from;
  std::vector<Join> joins;
  std::optional<Syntax> where;
  std::vector<Syntax> group_by;
  bool is_grouped_by_all = false;  // GROUP BY ALL
  std::optional<Syntax> having;
  TextSpan span;
};

struct OrderKey {
  Syntax expression;
  bool is_descending = false;
  bool is_nulls_first = false;
};

struct CommonTable {
  std::string name;
  std::vector<std::string> column_names;
  std::unique_ptr<Query> query;
  TextSpan span;
};

// One operand of UNION: a SELECT, or a query in parentheses.
struct Term {
  std::unique_ptr<Select> select;
  std::unique_ptr<Query> query;
  bool is_distinct = false;  // joined to the terms before it by UNION, not UNION ALL
  TextSpan span;
};

struct Query {
  std::vector<CommonTable> with;
  std::vector<Term> terms;
  std::vector<OrderKey> order_by;
  std::optional<std::uint64_t> limit;
  std::uint64_t offset = 0;
};

}  // namespace weir::query::sql

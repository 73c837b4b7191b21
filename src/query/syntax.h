#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time_text.h"
#include "column/value.h"

namespace weir::query {

// An untyped expression as a front end read it. Both front ends build these; the Binder turns them
// into typed expressions. Operators are calls of the functions named below.
struct Syntax {
  enum class Kind : std::uint8_t {
    kName,     // text: the name as written, quotes removed; qualifier: `a` of a.srcaddr (SQL)
    kLiteral,  // literal
    kPeriod,   // 5m, INTERVAL 1 HOUR: period
    kCall,     // text: function name, lower case; children: arguments
    kStar,     // the * of count(*); also select * and a.* (qualifier)
    kCast,     // text: type name; children[0]
    kCase,  // children: when, then, when, then, ..., else (always there; null literal if unwritten)
  };
  Kind kind = Kind::kLiteral;
  std::string text;
  std::string qualifier;
  column::Value literal;
  Period period;
  std::vector<Syntax> children;
  bool is_distinct = false;  // count(distinct x)
  TextSpan span;
};

// Names under which the front ends write operators as kCall:
//   and or not, = != < <= > >=, + - * / % ^ (binary), neg (unary minus), || (SQL),
//   in (x, a, b, ...), between (x, low, high), is_null (x), like (x, pattern: SQL % and _),
//   contains (x, text: Insights like "text"), matches (x, regex literal), << (address in prefix)

}  // namespace weir::query

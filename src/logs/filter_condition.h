#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "format/tree.h"
#include "logs/filter_value.h"

namespace weir::logs {

// A condition over fields: comparisons joined by && and ||.
struct FilterCondition {
  enum class Kind {
    kAll,        // of children
    kAny,        // of children
    kCompare,    // field, comparison, value
    kIsTrue,     // field
    kIsFalse,    // field
    kIsNull,     // field
    kNotExists,  // field
  };
  Kind kind = Kind::kAll;
  std::vector<FilterCondition> children;
  std::string field;  // $.a.b[0] without the $, or a column's name
  FilterValue::Operator comparison = FilterValue::Operator::kEqual;
  std::optional<FilterValue> value;
};

// Reads what stands between { and } of a filter pattern, or the condition on one column between
// [ and ]. Hardened against untrusted input: depth is bounded.
class FilterConditionParser {
 public:
  explicit FilterConditionParser(std::string_view text) : text_(text) {}

  // The whole text: ($.a = 1 && $.b IS TRUE) || $.c = "x*"
  [[nodiscard]] Result<FilterCondition> parse_json();
  // The whole text: a name, or conditions on it: status = 4* || status = 5*. `name` is set.
  [[nodiscard]] Result<FilterCondition> parse_column(std::string& name);

 private:
  [[nodiscard]] Result<FilterCondition> parse_any(int depth);
  [[nodiscard]] Result<FilterCondition> parse_all(int depth);
  [[nodiscard]] Result<FilterCondition> parse_one(int depth);
  [[nodiscard]] Result<FilterCondition> parse_comparison(std::string field);
  [[nodiscard]] Result<std::string> read_selector();
  [[nodiscard]] std::optional<FilterValue::Operator> read_operator();
  [[nodiscard]] Result<FilterValue> read_value();
  void skip_blanks();
  [[nodiscard]] bool take(std::string_view symbol);
  [[nodiscard]] bool take_word(std::string_view word);
  [[nodiscard]] tl::unexpected<Error> unexpected(std::string_view expected) const;

  std::string_view text_;
  std::size_t at_ = 0;
  bool is_json_ = true;
};

// The member of a JSON document that a selector without its $ means: .a.b[0], ['a b']. Null where
// there is none.
[[nodiscard]] const format::Tree* select_member(const format::Tree& document,
                                                std::string_view selector);
[[nodiscard]] bool holds_for(const FilterCondition& condition, const format::Tree& document);
// `field` gives the text of a column.
[[nodiscard]] bool holds_for(const FilterCondition& condition, std::string_view field);

// A value of a document as a text: numbers as they print, lists and objects as JSON.
[[nodiscard]] std::string text_of_member(const format::Tree& member);

}  // namespace weir::logs

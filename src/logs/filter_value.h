#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace re2 {
class RE2;
}

namespace weir::logs {

// What a filter pattern compares a field with: a number, a text in which * stands for anything, or
// a %regular expression%.
class FilterValue {
 public:
  // `text` as written, without quotes; what is in quotes is never a number.
  [[nodiscard]] static Result<FilterValue> parse(std::string_view text, bool is_quoted);

  enum class Operator { kEqual, kNotEqual, kLess, kLessEqual, kGreater, kGreaterEqual };
  // Whether `field` is so compared to the value. Only = and != are for texts; a field that is no
  // number is in no order with one.
  [[nodiscard]] bool holds(Operator comparison, std::string_view field) const;
  [[nodiscard]] bool is_number() const { return number_.has_value(); }

 private:
  std::string text_;
  std::optional<double> number_;
  std::shared_ptr<const re2::RE2> regex_;
};

// Whether `text` is `pattern`, in which * stands for any text. Linear but for the stars' number.
[[nodiscard]] bool matches_stars(std::string_view pattern, std::string_view text);

// A regular expression of a filter pattern; an error for what is none, or is too large.
[[nodiscard]] Result<std::shared_ptr<const re2::RE2>> compile_filter_regex(std::string_view text);

}  // namespace weir::logs

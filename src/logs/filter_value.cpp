#include "logs/filter_value.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include "base/number.h"

namespace weir::logs {

bool matches_stars(std::string_view pattern, std::string_view text) {
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;  // the last one met, and where it began
  std::size_t begin = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      begin = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++begin;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

Result<std::shared_ptr<const re2::RE2>> compile_filter_regex(std::string_view text) {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(1 << 20);
  auto regex =
      std::make_shared<const re2::RE2>(re2::StringPiece(text.data(), text.size()), options);
  if (!regex->ok()) {
    return fail(ErrorCode::kInput,
                fmt::format("'%{}%' is no regular expression: {}", text, regex->error()));
  }
  return regex;
}

Result<FilterValue> FilterValue::parse(std::string_view text, bool is_quoted) {
  FilterValue value;
  if (!is_quoted && text.size() > 2 && text.starts_with('%') && text.ends_with('%')) {
    WEIR_ASSIGN_OR_RETURN(value.regex_, compile_filter_regex(text.substr(1, text.size() - 2)));
    return value;
  }
  value.text_ = text;
  if (!is_quoted) {
    value.number_ = parse_double(text);
  }
  return value;
}

bool FilterValue::holds(Operator comparison, std::string_view field) const {
  const auto number = number_ ? parse_double(field) : std::nullopt;
  switch (comparison) {
    case Operator::kEqual:
    case Operator::kNotEqual: {
      const bool is_equal =
          regex_ != nullptr
              ? RE2::PartialMatch(re2::StringPiece(field.data(), field.size()), *regex_)
          : number ? *number == *number_
                   : matches_stars(text_, field);
      return is_equal == (comparison == Operator::kEqual);
    }
    case Operator::kLess:
      return number && *number < *number_;
    case Operator::kLessEqual:
      return number && *number <= *number_;
    case Operator::kGreater:
      return number && *number > *number_;
    case Operator::kGreaterEqual:
      return number && *number >= *number_;
  }
  return false;
}

}  // namespace weir::logs

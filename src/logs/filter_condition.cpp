#include "logs/filter_condition.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/number.h"

namespace weir::logs {
namespace {

constexpr int kMaxFilterDepth = 32;

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

bool is_word_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-';
}

}  // namespace

void FilterConditionParser::skip_blanks() {
  while (at_ < text_.size() && is_space(text_[at_])) {
    ++at_;
  }
}

bool FilterConditionParser::take(std::string_view symbol) {
  skip_blanks();
  if (!text_.substr(at_).starts_with(symbol)) {
    return false;
  }
  at_ += symbol.size();
  return true;
}

bool FilterConditionParser::take_word(std::string_view word) {
  skip_blanks();
  const std::string_view rest = text_.substr(at_, word.size());
  const bool is_there =
      std::equal(rest.begin(), rest.end(), word.begin(), word.end(),
                 [](char a, char b) { return (a >= 'a' && a <= 'z' ? a - 32 : a) == b; }) &&
      (at_ + word.size() >= text_.size() || !is_word_letter(text_[at_ + word.size()]));
  at_ += is_there ? word.size() : 0;
  return is_there;
}

tl::unexpected<Error> FilterConditionParser::unexpected(std::string_view expected) const {
  const std::string_view rest = text_.substr(at_, 20);
  return fail(ErrorCode::kInput,
              fmt::format("{} was expected at character {}{}", expected, at_ + 1,
                          rest.empty() ? "" : fmt::format(", before '{}'", rest)));
}

Result<FilterCondition> FilterConditionParser::parse_json() {
  is_json_ = true;
  WEIR_ASSIGN_OR_RETURN(FilterCondition condition, parse_any(0));
  skip_blanks();
  return at_ < text_.size() ? Result<FilterCondition>(unexpected("&&, || or the end"))
                            : std::move(condition);
}

Result<FilterCondition> FilterConditionParser::parse_any(int depth) {
  if (depth > kMaxFilterDepth) {
    return fail(ErrorCode::kLimit,
                fmt::format("a filter pattern nests at most {} deep", kMaxFilterDepth));
  }
  FilterCondition any;
  any.kind = FilterCondition::Kind::kAny;
  do {
    WEIR_ASSIGN_OR_RETURN(FilterCondition one, parse_all(depth));
    any.children.push_back(std::move(one));
  } while (take("||"));
  return any.children.size() == 1 ? std::move(any.children[0]) : std::move(any);
}

Result<FilterCondition> FilterConditionParser::parse_all(int depth) {
  FilterCondition all;
  all.kind = FilterCondition::Kind::kAll;
  do {
    WEIR_ASSIGN_OR_RETURN(FilterCondition one, parse_one(depth));
    all.children.push_back(std::move(one));
  } while (take("&&"));
  return all.children.size() == 1 ? std::move(all.children[0]) : std::move(all);
}

Result<FilterCondition> FilterConditionParser::parse_one(int depth) {
  if (take("(")) {
    WEIR_ASSIGN_OR_RETURN(FilterCondition inner, parse_any(depth + 1));
    if (!take(")")) {
      return unexpected("')'");
    }
    return inner;
  }
  WEIR_ASSIGN_OR_RETURN(std::string field, read_selector());
  return parse_comparison(std::move(field));
}

Result<std::string> FilterConditionParser::read_selector() {
  skip_blanks();
  const std::size_t begin = at_;
  if (!is_json_) {
    while (at_ < text_.size() && is_word_letter(text_[at_])) {
      ++at_;
    }
    return at_ > begin ? Result<std::string>(std::string(text_.substr(begin, at_ - begin)))
                       : unexpected("the name of a column");
  }
  if (!take("$")) {
    return unexpected("a selector such as $.eventName");
  }
  std::string selector;
  while (at_ < text_.size() && (text_[at_] == '.' || text_[at_] == '[')) {
    if (text_[at_] == '.') {
      const std::size_t name = ++at_;
      while (at_ < text_.size() && is_word_letter(text_[at_])) {
        ++at_;
      }
      if (at_ == name) {
        return unexpected("a name");
      }
      selector += text_.substr(name - 1, at_ - name + 1);
      continue;
    }
    const char quote = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
    const bool is_quoted = quote == '\'' || quote == '"';
    const std::string closing = is_quoted ? std::string(1, quote) + "]" : "]";
    const std::size_t end = text_.find(closing, at_ + (is_quoted ? 2 : 1));
    if (end == std::string_view::npos) {
      return unexpected("']'");
    }
    const std::string_view inside =
        text_.substr(at_ + (is_quoted ? 2 : 1), end - at_ - (is_quoted ? 2 : 1));
    if (!is_quoted && !parse_int64(inside)) {
      return unexpected("a place such as [0], or a name in quotes");
    }
    selector += text_.substr(at_, end + closing.size() - at_);
    at_ = end + closing.size();
  }
  if (selector.empty()) {
    return unexpected("a name behind $, as in $.eventName");
  }
  return selector;
}

std::optional<FilterValue::Operator> FilterConditionParser::read_operator() {
  using Operator = FilterValue::Operator;
  static constexpr std::pair<std::string_view, Operator> kOperators[] = {
      {"!=", Operator::kNotEqual}, {"<=", Operator::kLessEqual}, {">=", Operator::kGreaterEqual},
      {"=", Operator::kEqual},     {"<", Operator::kLess},       {">", Operator::kGreater}};
  for (const auto& [symbol, comparison] : kOperators) {
    if (take(symbol)) {
      return comparison;
    }
  }
  return std::nullopt;
}

Result<FilterValue> FilterConditionParser::read_value() {
  skip_blanks();
  const std::size_t begin = at_;
  if (at_ < text_.size() && text_[at_] == '"') {
    std::string text;
    for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size() &&
          (text_[at_ + 1] == '"' || text_[at_ + 1] == '\\')) {
        ++at_;
      }
      text += text_[at_];
    }
    if (at_ >= text_.size()) {
      at_ = begin;
      return unexpected("a closing quote");
    }
    ++at_;
    return FilterValue::parse(text, true);
  }
  if (at_ < text_.size() && text_[at_] == '%') {
    const std::size_t end = text_.find('%', at_ + 1);
    if (end == std::string_view::npos) {
      return unexpected("a % that closes the regular expression");
    }
    at_ = end + 1;
    return FilterValue::parse(text_.substr(begin, at_ - begin), false);
  }
  while (at_ < text_.size() && !is_space(text_[at_]) && text_[at_] != ')' &&
         !text_.substr(at_).starts_with("&&") && !text_.substr(at_).starts_with("||")) {
    ++at_;
  }
  return at_ > begin ? FilterValue::parse(text_.substr(begin, at_ - begin), false)
                     : Result<FilterValue>(unexpected("a value"));
}

Result<FilterCondition> FilterConditionParser::parse_comparison(std::string field) {
  FilterCondition condition;
  condition.field = std::move(field);
  if (is_json_ && take_word("IS")) {
    condition.kind = take_word("TRUE")    ? FilterCondition::Kind::kIsTrue
                     : take_word("FALSE") ? FilterCondition::Kind::kIsFalse
                     : take_word("NULL")  ? FilterCondition::Kind::kIsNull
                                          : FilterCondition::Kind::kAll;
    return condition.kind == FilterCondition::Kind::kAll
               ? Result<FilterCondition>(unexpected("TRUE, FALSE or NULL"))
               : std::move(condition);
  }
  if (is_json_ && take_word("NOT")) {
    condition.kind = FilterCondition::Kind::kNotExists;
    return take_word("EXISTS") ? std::move(condition)
                               : Result<FilterCondition>(unexpected("EXISTS"));
  }
  condition.kind = FilterCondition::Kind::kCompare;
  const auto comparison = read_operator();
  if (!comparison) {
    return unexpected(is_json_ ? "=, !=, <, <=, >, >=, IS or NOT EXISTS" : "=, !=, <, <=, > or >=");
  }
  condition.comparison = *comparison;
  WEIR_ASSIGN_OR_RETURN(condition.value, read_value());
  const bool is_equality = *comparison == FilterValue::Operator::kEqual ||
                           *comparison == FilterValue::Operator::kNotEqual;
  if (!is_equality && !condition.value->is_number()) {
    return unexpected("a number behind <, <=, > and >=");
  }
  return condition;
}

Result<FilterCondition> FilterConditionParser::parse_column(std::string& name) {
  is_json_ = false;
  skip_blanks();
  const std::size_t begin = at_;
  WEIR_ASSIGN_OR_RETURN(name, read_selector());
  skip_blanks();
  if (at_ == text_.size()) {
    return FilterCondition{};  // of nothing: holds always
  }
  at_ = begin;
  WEIR_ASSIGN_OR_RETURN(FilterCondition condition, parse_any(0));
  skip_blanks();
  return at_ < text_.size() ? Result<FilterCondition>(unexpected("',', && or ||"))
                            : std::move(condition);
}

const format::Tree* select_member(const format::Tree& document, std::string_view selector) {
  const format::Tree* at = &document;
  while (!selector.empty() && at != nullptr) {
    if (selector[0] == '.') {
      const std::size_t end = std::min(selector.find_first_of(".[", 1), selector.size());
      at = at->is_map() ? at->find(selector.substr(1, end - 1)) : nullptr;
      selector.remove_prefix(end);
      continue;
    }
    const char quote = selector[0] == '[' && selector.size() > 1 ? selector[1] : '\0';
    if (quote == '\'' || quote == '"') {
      const std::size_t end = selector.find(std::string(1, quote) + "]", 2);
      if (end == std::string_view::npos) {
        return nullptr;
      }
      at = at->is_map() ? at->find(selector.substr(2, end - 2)) : nullptr;
      selector.remove_prefix(end + 2);
      continue;
    }
    const std::size_t end = selector.find(']');
    if (selector[0] != '[' || end == std::string_view::npos) {
      return nullptr;
    }
    const auto place = parse_int64(selector.substr(1, end - 1));
    const auto& items = at->items();
    at = at->is_list() && place && *place >= 0 && static_cast<std::size_t>(*place) < items.size()
             ? &items[static_cast<std::size_t>(*place)]
             : nullptr;
    selector.remove_prefix(end + 1);
  }
  return at;
}

std::string text_of_member(const format::Tree& member) {
  if (member.is_text()) {
    return member.text();
  }
  if (member.is_double()) {
    return format_double(member.number());
  }
  return format::write_json(member);
}

bool holds_for(const FilterCondition& condition, const format::Tree& document) {
  using Kind = FilterCondition::Kind;
  const auto holds = [&](const FilterCondition& child) { return holds_for(child, document); };
  if (condition.kind == Kind::kAll) {
    return std::all_of(condition.children.begin(), condition.children.end(), holds);
  }
  if (condition.kind == Kind::kAny) {
    return std::any_of(condition.children.begin(), condition.children.end(), holds);
  }
  const format::Tree* member = select_member(document, condition.field);
  switch (condition.kind) {
    case Kind::kIsTrue:
      return member != nullptr && member->is_bool() && member->boolean();
    case Kind::kIsFalse:
      return member != nullptr && member->is_bool() && !member->boolean();
    case Kind::kIsNull:
      return member != nullptr && member->is_null();
    case Kind::kNotExists:
      return member == nullptr;
    default:
      break;
  }
  const bool is_scalar =
      member != nullptr && !member->is_null() && !member->is_map() && !member->is_list();
  return is_scalar && condition.value->holds(condition.comparison, text_of_member(*member));
}

bool holds_for(const FilterCondition& condition, std::string_view field) {
  using Kind = FilterCondition::Kind;
  const auto holds = [&](const FilterCondition& child) { return holds_for(child, field); };
  if (condition.kind == Kind::kAll) {
    return std::all_of(condition.children.begin(), condition.children.end(), holds);
  }
  if (condition.kind == Kind::kAny) {
    return std::any_of(condition.children.begin(), condition.children.end(), holds);
  }
  return condition.value->holds(condition.comparison, field);
}

}  // namespace weir::logs

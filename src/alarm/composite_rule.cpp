#include "alarm/composite_rule.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "base/number.h"

namespace weir::alarm {
namespace {

constexpr int kMaxDepth = 100;

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

std::string upper(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return out;
}

}  // namespace

class CompositeRule::Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Result<CompositeRule> parse() {
    WEIR_RETURN_IF_ERROR(parse_or(0));
    skip_space();
    if (at_ < text_.size()) {
      return error("expected AND, OR or the end");
    }
    return std::move(rule_);
  }

 private:
  [[nodiscard]] tl::unexpected<Error> error(std::string_view what) const {
    const std::size_t end = std::min(text_.size(), at_ + 1);
    return fail(ErrorCode::kInput, fmt::format("AlarmRule, at character {}: {}", at_ + 1, what),
                TextSpan{std::min(at_, text_.size()), end});
  }

  void skip_space() {
    while (at_ < text_.size() && is_space(text_[at_])) {
      ++at_;
    }
  }
  bool take(char c) {
    skip_space();
    if (at_ < text_.size() && text_[at_] == c) {
      ++at_;
      return true;
    }
    return false;
  }
  // A word that stands there, in upper case; not taken.
  std::string peek_word() {
    skip_space();
    std::size_t end = at_;
    while (end < text_.size() &&
           (std::isalnum(static_cast<unsigned char>(text_[end])) != 0 || text_[end] == '_')) {
      ++end;
    }
    return upper(text_.substr(at_, end - at_));
  }
  bool take_word(std::string_view word) {
    if (peek_word() != word) {
      return false;
    }
    at_ += word.size();
    return true;
  }

  // Appends; its place is that of the last node.
  Result<void> add(Node node) {
    if (++num_elements_ > kMaxElements) {
      return error(fmt::format("more than {} elements", kMaxElements));
    }
    rule_.nodes_.push_back(std::move(node));
    return {};
  }
  [[nodiscard]] std::size_t last() const { return rule_.nodes_.size() - 1; }

  Result<void> parse_series(int depth, std::string_view word, Kind kind,
                            Result<void> (Parser::*part)(int)) {
    WEIR_RETURN_IF_ERROR((this->*part)(depth));
    Node node;
    node.kind = kind;
    node.parts.push_back(last());
    while (take_word(word)) {
      WEIR_RETURN_IF_ERROR((this->*part)(depth));
      node.parts.push_back(last());
    }
    return node.parts.size() > 1 ? add(std::move(node)) : Result<void>();
  }
  Result<void> parse_or(int depth) {
    if (depth > kMaxDepth) {
      return error(fmt::format("parentheses deeper than {}", kMaxDepth));
    }
    return parse_series(depth, "OR", Kind::kOr, &Parser::parse_and);
  }
  Result<void> parse_and(int depth) {
    return parse_series(depth, "AND", Kind::kAnd, &Parser::parse_not);
  }
  Result<void> parse_not(int depth) {
    if (depth > kMaxDepth) {
      return error(fmt::format("NOT deeper than {}", kMaxDepth));
    }
    if (!take_word("NOT")) {
      return parse_primary(depth);
    }
    WEIR_RETURN_IF_ERROR(parse_not(depth + 1));
    Node node;
    node.kind = Kind::kNot;
    node.parts.push_back(last());
    return add(std::move(node));
  }

  Result<void> parse_primary(int depth) {
    if (take('(')) {
      WEIR_RETURN_IF_ERROR(parse_or(depth + 1));
      return take(')') ? Result<void>() : error("expected )");
    }
    const std::string word = peek_word();
    Node node;
    if (word == "TRUE" || word == "FALSE") {
      at_ += word.size();
      node.kind = word == "TRUE" ? Kind::kTrue : Kind::kFalse;
      return add(std::move(node));
    }
    if (word == "AT_LEAST") {
      at_ += word.size();
      return parse_at_least();
    }
    const auto value = parse_state_value(word);
    if (!value) {
      return error(
          "expected ALARM(..), OK(..), INSUFFICIENT_DATA(..), AT_LEAST(..), TRUE, FALSE, "
          "NOT or (");
    }
    at_ += word.size();
    if (!take('(')) {
      return error("expected ( and an alarm's name");
    }
    node.kind = Kind::kIsInState;
    node.value = *value;
    WEIR_RETURN_IF_ERROR(parse_child(node));
    if (!take(')')) {
      return error("expected )");
    }
    return add(std::move(node));
  }

  Result<void> parse_at_least() {
    Node node;
    node.kind = Kind::kAtLeast;
    if (!take('(')) {
      return error("expected ( and a number");
    }
    skip_space();
    const std::size_t begin = at_;
    while (at_ < text_.size() &&
           (std::isdigit(static_cast<unsigned char>(text_[at_])) != 0 || text_[at_] == '.')) {
      ++at_;
    }
    const auto least = parse_double(text_.substr(begin, at_ - begin));
    if (!least) {
      at_ = begin;
      return error("expected how many, or how many percent");
    }
    node.least = *least;
    node.is_percent = take('%');
    if (!take(',')) {
      return error("expected , and a state");
    }
    node.is_negated = take_word("NOT");
    const std::string word = peek_word();
    const auto value = parse_state_value(word);
    if (!value) {
      return error("expected ALARM, OK or INSUFFICIENT_DATA");
    }
    node.value = *value;
    at_ += word.size();
    if (!take(',') || !take('(')) {
      return error("expected , and the alarms in parentheses");
    }
    do {
      WEIR_RETURN_IF_ERROR(parse_child(node));
    } while (take(','));
    if (!take(')') || !take(')')) {
      return error("expected )");
    }
    const auto count = static_cast<double>(node.parts.size());
    if (node.least <= 0 || node.least > (node.is_percent ? 100 : count)) {
      return error("the number of AT_LEAST is not between 1 and the number of alarms");
    }
    return add(std::move(node));
  }

  Result<void> parse_child(Node& node) {
    skip_space();
    if (at_ >= text_.size()) {
      return error("expected an alarm's name");
    }
    std::string name;
    const char quote = text_[at_];
    if (quote == '"' || quote == '\'') {
      const std::size_t begin = at_++;
      while (at_ < text_.size() && text_[at_] != quote) {
        if (text_[at_] == '\\' && at_ + 1 < text_.size()) {
          ++at_;
        }
        name += text_[at_++];
      }
      if (at_ == text_.size()) {
        at_ = begin;
        return error("the quote is not closed");
      }
      ++at_;
    } else {
      while (at_ < text_.size() && !is_space(text_[at_]) && text_[at_] != ')' &&
             text_[at_] != '(' && text_[at_] != ',') {
        name += text_[at_++];
      }
    }
    name = std::string(name_in_arn(name));
    if (name.empty()) {
      return error("expected an alarm's name");
    }
    auto& children = rule_.children_;
    auto place = std::find(children.begin(), children.end(), name);
    if (place == children.end()) {
      if (children.size() == kMaxChildren) {
        return error(fmt::format("more than {} alarms", kMaxChildren));
      }
      children.push_back(std::move(name));
      place = children.end() - 1;
    }
    if (++num_elements_ > kMaxElements) {
      return error(fmt::format("more than {} elements", kMaxElements));
    }
    node.parts.push_back(static_cast<std::size_t>(place - children.begin()));
    return {};
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t num_elements_ = 0;
  CompositeRule rule_;
};

Result<CompositeRule> CompositeRule::parse(std::string_view text) { return Parser(text).parse(); }

bool CompositeRule::evaluate(const std::function<StateValue(const std::string&)>& state) const {
  return !nodes_.empty() && evaluate(nodes_.size() - 1, state);
}

bool CompositeRule::evaluate(std::size_t place,
                             const std::function<StateValue(const std::string&)>& state) const {
  const Node& node = nodes_[place];
  const auto is_true = [&](std::size_t part) { return evaluate(part, state); };
  switch (node.kind) {
    case Kind::kTrue:
      return true;
    case Kind::kFalse:
      return false;
    case Kind::kIsInState:
      return state(children_[node.parts[0]]) == node.value;
    case Kind::kNot:
      return !is_true(node.parts[0]);
    case Kind::kAnd:
      return std::all_of(node.parts.begin(), node.parts.end(), is_true);
    case Kind::kOr:
      return std::any_of(node.parts.begin(), node.parts.end(), is_true);
    case Kind::kAtLeast: {
      const auto count = static_cast<double>(
          std::count_if(node.parts.begin(), node.parts.end(), [&](std::size_t child) {
            return (state(children_[child]) == node.value) != node.is_negated;
          }));
      const auto all = static_cast<double>(node.parts.size());
      return node.is_percent ? count * 100 >= node.least * all : count >= node.least;
    }
  }
  return false;
}

}  // namespace weir::alarm

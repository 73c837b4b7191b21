#include "metric/search.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <optional>

namespace weir::metric {
namespace {

constexpr int kMaxDepth = 50;

enum class Sort { kOther, kLower, kUpper, kDigit };

Sort sort_of(char c) {
  const auto u = static_cast<unsigned char>(c);
  if (std::isdigit(u) != 0) {
    return Sort::kDigit;
  }
  if (std::isupper(u) != 0) {
    return Sort::kUpper;
  }
  return std::islower(u) != 0 || u >= 0x80 ? Sort::kLower : Sort::kOther;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

}  // namespace

std::vector<std::string> search_tokens(std::string_view text) {
  std::vector<std::string> tokens;
  std::size_t begin = 0;
  const auto end_token = [&](std::size_t end) {
    if (end > begin) {
      tokens.push_back(lower(text.substr(begin, end - begin)));
    }
    begin = end;
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const Sort now = sort_of(text[i]);
    if (now == Sort::kOther) {
      end_token(i);
      begin = i + 1;
      continue;
    }
    if (i == begin) {
      continue;
    }
    const Sort before = sort_of(text[i - 1]);
    const bool is_camel = now == Sort::kUpper && before == Sort::kLower;
    const bool is_digit_edge = (now == Sort::kDigit) != (before == Sort::kDigit);
    // CPUUtilization: the last capital of a row begins the next word.
    const bool ends_capitals = now == Sort::kLower && before == Sort::kUpper && i - begin > 1;
    if (is_camel || is_digit_edge) {
      end_token(i);
    } else if (ends_capitals) {
      end_token(i - 1);
    }
  }
  end_token(text.size());
  return tokens;
}

struct MetricSearch::Impl {
  enum class Kind { kTerm, kAnd, kOr, kNot };
  struct Node {
    Kind kind = Kind::kTerm;
    std::vector<Node> parts;
    std::string designator;  // of a term; empty: any text
    std::string text;
    bool is_exact = false;
    std::vector<std::string> tokens;
  };
  bool has_schema = false;
  std::string name_space;
  std::vector<std::string> dimensions;  // sorted
  std::optional<Node> condition;

  static bool fits(const Node& term, std::string_view text) {
    if (term.is_exact) {
      return term.text == text;
    }
    const auto tokens = search_tokens(text);
    return std::all_of(term.tokens.begin(), term.tokens.end(), [&](const std::string& token) {
      return std::find(tokens.begin(), tokens.end(), token) != tokens.end();
    });
  }
  static bool fits_term(const Node& term, const ListedMetric& metric) {
    if (term.designator == "MetricName") {
      return fits(term, metric.name);
    }
    if (term.designator == "Namespace") {
      return fits(term, metric.name_space);
    }
    if (term.designator == ":aws.AccountId") {
      return metric.scope.substr(0, metric.scope.find('/')) == term.text;
    }
    if (!term.designator.empty()) {
      return std::any_of(metric.dimensions.begin(), metric.dimensions.end(), [&](const auto& d) {
        return d.name == term.designator && fits(term, d.value);
      });
    }
    if (fits(term, metric.name) || fits(term, metric.name_space)) {
      return true;
    }
    return std::any_of(metric.dimensions.begin(), metric.dimensions.end(),
                       [&](const auto& d) { return fits(term, d.name) || fits(term, d.value); });
  }
  static bool is_true(const Node& node, const ListedMetric& metric) {
    const auto holds = [&](const Node& part) { return is_true(part, metric); };
    switch (node.kind) {
      case Kind::kTerm:
        return fits_term(node, metric);
      case Kind::kAnd:
        return std::all_of(node.parts.begin(), node.parts.end(), holds);
      case Kind::kOr:
        return std::any_of(node.parts.begin(), node.parts.end(), holds);
      case Kind::kNot:
        return !holds(node.parts[0]);
    }
    return false;
  }
};

class MetricSearch::Parser {
 public:
  using Node = Impl::Node;
  using Kind = Impl::Kind;

  explicit Parser(std::string_view text) : text_(text) {}

  Result<std::unique_ptr<Impl>> parse() {
    if (text_.size() > kMaxBytes) {
      return error(fmt::format("a search may have {} characters", kMaxBytes));
    }
    auto impl = std::make_unique<Impl>();
    skip_space();
    if (at_ < text_.size() && text_[at_] == '{') {
      WEIR_RETURN_IF_ERROR(parse_schema(*impl));
    }
    skip_space();
    if (at_ < text_.size()) {
      WEIR_ASSIGN_OR_RETURN(impl->condition, parse_or(0));
      skip_space();
      if (at_ < text_.size()) {
        return error("expected a term, AND, OR or the end");
      }
    }
    if (!impl->condition && !impl->has_schema) {
      return error("expected {Namespace,Dimension} or a term");
    }
    return impl;
  }

 private:
  [[nodiscard]] tl::unexpected<Error> error(std::string_view what) const {
    return fail(ErrorCode::kInput, fmt::format("SEARCH, at character {}: {}", at_ + 1, what),
                TextSpan{std::min(at_, text_.size()), std::min(at_ + 1, text_.size())});
  }
  void skip_space() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0) {
      ++at_;
    }
  }
  [[nodiscard]] bool is_at(char c) {
    skip_space();
    return at_ < text_.size() && text_[at_] == c;
  }
  // A quoted text, or one up to any of `ends` or a space.
  Result<std::string> parse_text(std::string_view ends, bool& is_quoted, bool allows_space) {
    skip_space();
    std::string out;
    is_quoted = at_ < text_.size() && text_[at_] == '"';
    if (is_quoted) {
      const std::size_t begin = at_++;
      while (at_ < text_.size() && text_[at_] != '"') {
        at_ += text_[at_] == '\\' && at_ + 1 < text_.size() ? 1 : 0;
        out += text_[at_++];
      }
      if (at_ == text_.size()) {
        at_ = begin;
        return error("the quote is not closed");
      }
      ++at_;
      return out;
    }
    while (at_ < text_.size() && ends.find(text_[at_]) == std::string_view::npos &&
           (allows_space || std::isspace(static_cast<unsigned char>(text_[at_])) == 0)) {
      out += text_[at_++];
    }
    while (!out.empty() && out.back() == ' ') {
      out.pop_back();
    }
    return out;
  }

  Result<void> parse_schema(Impl& impl) {
    ++at_;
    impl.has_schema = true;
    bool is_quoted = false;
    WEIR_ASSIGN_OR_RETURN(impl.name_space, parse_text(",}", is_quoted, true));
    while (is_at(',')) {
      ++at_;
      WEIR_ASSIGN_OR_RETURN(std::string name, parse_text(",}", is_quoted, true));
      impl.dimensions.push_back(std::move(name));
    }
    if (!is_at('}')) {
      return error("expected , or }");
    }
    ++at_;
    std::sort(impl.dimensions.begin(), impl.dimensions.end());
    return {};
  }

  bool take_word(std::string_view word) {
    skip_space();
    const std::string_view rest = text_.substr(at_);
    if (!rest.starts_with(word) ||
        (rest.size() > word.size() && rest[word.size()] != ' ' && rest[word.size()] != '(')) {
      return false;
    }
    at_ += word.size();
    return true;
  }
  Result<Node> parse_or(int depth) {
    if (depth > kMaxDepth) {
      return error("nested too deep");
    }
    WEIR_ASSIGN_OR_RETURN(Node first, parse_and(depth));
    if (!take_word("OR")) {
      return first;
    }
    Node node;
    node.kind = Kind::kOr;
    node.parts.push_back(std::move(first));
    do {
      WEIR_ASSIGN_OR_RETURN(Node next, parse_and(depth));
      node.parts.push_back(std::move(next));
    } while (take_word("OR"));
    return node;
  }
  Result<Node> parse_and(int depth) {
    Node node;
    node.kind = Kind::kAnd;
    while (true) {
      WEIR_ASSIGN_OR_RETURN(Node next, parse_not(depth));
      node.parts.push_back(std::move(next));
      const std::size_t before = at_;
      const bool has_and = take_word("AND");
      skip_space();
      if (at_ == text_.size() && has_and) {
        return error("expected a term");
      }
      if (at_ == text_.size() || text_[at_] == ')') {
        break;
      }
      if (!has_and && take_word("OR")) {
        at_ = before;
        break;
      }
    }
    return node;
  }
  Result<Node> parse_not(int depth) {
    if (depth > kMaxDepth) {
      return error("nested too deep");
    }
    if (!take_word("NOT")) {
      return parse_term(depth);
    }
    WEIR_ASSIGN_OR_RETURN(Node inner, parse_not(depth + 1));
    Node node;
    node.kind = Kind::kNot;
    node.parts.push_back(std::move(inner));
    return node;
  }
  Result<Node> parse_term(int depth) {
    if (is_at('(')) {
      ++at_;
      WEIR_ASSIGN_OR_RETURN(Node node, parse_or(depth + 1));
      if (!is_at(')')) {
        return error("expected )");
      }
      ++at_;
      return node;
    }
    Node node;
    bool is_quoted = false;
    WEIR_ASSIGN_OR_RETURN(node.text, parse_text("()=", is_quoted, false));
    if (node.text.empty() && !is_quoted) {
      return error("expected a term");
    }
    if (at_ < text_.size() && text_[at_] == '=') {
      ++at_;
      node.designator = std::move(node.text);
      if (is_at('(')) {
        return parse_alternatives(node, depth);
      }
      WEIR_ASSIGN_OR_RETURN(node.text, parse_text("()=", is_quoted, false));
    }
    node.is_exact = is_quoted;
    node.tokens = search_tokens(node.text);
    return node;
  }
  // Dim=("a" OR "b"): the designator is each one's.
  Result<Node> parse_alternatives(const Node& designated, int depth) {
    ++at_;
    WEIR_ASSIGN_OR_RETURN(Node node, parse_or(depth + 1));
    if (!is_at(')')) {
      return error("expected )");
    }
    ++at_;
    designate(node, designated.designator);
    return node;
  }
  static void designate(Node& node, const std::string& designator) {
    node.designator = designator;
    for (Node& part : node.parts) {
      designate(part, designator);
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

MetricSearch::MetricSearch(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
MetricSearch::~MetricSearch() = default;
MetricSearch::MetricSearch(MetricSearch&&) noexcept = default;
MetricSearch& MetricSearch::operator=(MetricSearch&&) noexcept = default;

Result<MetricSearch> MetricSearch::parse(std::string_view text) {
  WEIR_ASSIGN_OR_RETURN(auto impl, Parser(text).parse());
  return MetricSearch(std::move(impl));
}

bool MetricSearch::matches(const ListedMetric& metric) const {
  if (impl_->has_schema) {
    if (metric.name_space != impl_->name_space ||
        metric.dimensions.size() != impl_->dimensions.size()) {
      return false;
    }
    for (std::size_t i = 0; i < metric.dimensions.size(); ++i) {  // both are sorted
      if (metric.dimensions[i].name != impl_->dimensions[i]) {
        return false;
      }
    }
  }
  return !impl_->condition || Impl::is_true(*impl_->condition, metric);
}

std::string_view MetricSearch::wanted_namespace() const { return impl_->name_space; }

}  // namespace weir::metric

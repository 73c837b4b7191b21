#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/number.h"
#include "query/sql/parser.h"

namespace weir::query::sql {
namespace {

constexpr std::size_t kMaxTreeDepth = 150;
constexpr std::size_t kMaxTreeNodes = 500'000;
constexpr std::size_t kMaxConnectives = 2'000;  // AND, OR, BETWEEN: the engine recurses over them

// Binding strength, loosest first.
enum Strength : int {
  kOrStrength = 1,
  kAndStrength,
  kNotStrength,
  kPredicateStrength,  // = < IS IN LIKE BETWEEN
  kOtherStrength,      // || <<
  kSumStrength,
  kProductStrength,
  kPowerStrength,
};

struct BinaryOperator {
  std::string_view symbol;
  std::string_view function;
  int strength;
};
constexpr BinaryOperator kBinaryOperators[] = {
    {"=", "=", kPredicateStrength},    {"==", "=", kPredicateStrength},
    {"!=", "!=", kPredicateStrength},  {"<>", "!=", kPredicateStrength},
    {"<", "<", kPredicateStrength},    {"<=", "<=", kPredicateStrength},
    {">", ">", kPredicateStrength},    {">=", ">=", kPredicateStrength},
    {"||", "||", kOtherStrength},      {"<<", "<<", kOtherStrength},
    {"<<=", "<<", kOtherStrength},     {"~", "matches", kOtherStrength},
    {"=~", "matches", kOtherStrength}, {"+", "+", kSumStrength},
    {"-", "-", kSumStrength},          {"*", "*", kProductStrength},
    {"/", "/", kProductStrength},      {"%", "%", kProductStrength},
    {"^", "^", kPowerStrength}};

const BinaryOperator* find_binary(const Token& token) {
  if (token.kind != Token::Kind::kSymbol) {
    return nullptr;
  }
  const auto* const found =
      std::find_if(std::begin(kBinaryOperators), std::end(kBinaryOperators),
                   [&](const BinaryOperator& known) { return known.symbol == token.text; });
  return found == std::end(kBinaryOperators) ? nullptr : found;
}

TextSpan around(TextSpan a, TextSpan b) {
  return {std::min(a.begin, b.begin), std::max(a.end, b.end)};
}

}  // namespace

Result<void> Parser::check_depth(std::size_t depth, TextSpan span) const {
  if (depth > kMaxTreeDepth) {
    return fail(ErrorCode::kLimit, fmt::format("expressions nest at most {} deep", kMaxTreeDepth),
                span);
  }
  return {};
}

Parser::Node Parser::literal(column::Value value, TextSpan span) {
  Node node;
  node.syntax.kind = Syntax::Kind::kLiteral;
  node.syntax.literal = std::move(value);
  node.syntax.span = span;
  return node;
}

Result<Parser::Node> Parser::finish(Syntax syntax, std::vector<Node> children) {
  Node node;
  node.syntax = std::move(syntax);
  for (Node& child : children) {
    node.depth = std::max(node.depth, child.depth + 1);
    node.size += child.size;
    node.syntax.children.push_back(std::move(child.syntax));
  }
  WEIR_RETURN_IF_ERROR(check_depth(node.depth, node.syntax.span));
  if (++num_nodes_ > kMaxTreeNodes) {
    return fail(ErrorCode::kLimit, "the statement is too large", node.syntax.span);
  }
  return node;
}

Result<Parser::Node> Parser::make_call(std::string name, std::vector<Node> arguments,
                                       TextSpan span) {
  Syntax call;
  call.kind = Syntax::Kind::kCall;
  call.text = std::move(name);
  call.span = span;
  return finish(std::move(call), std::move(arguments));
}

Result<Parser::Node> Parser::copy_of(const Node& node) {
  num_nodes_ += node.size;
  if (num_nodes_ > kMaxTreeNodes) {
    return fail(ErrorCode::kLimit, "the statement is too large", node.syntax.span);
  }
  return node;
}

Result<Syntax> Parser::parse_whole_expression() {
  WEIR_ASSIGN_OR_RETURN(Node node, parse_expression(kOrStrength));
  return std::move(node.syntax);
}

Result<Parser::Node> Parser::parse_expression(int least) {
  struct Nesting {
    explicit Nesting(std::size_t& value) : value_(value) { ++value_; }
    ~Nesting() { --value_; }
    std::size_t& value_;
  } nesting(nesting_);
  WEIR_RETURN_IF_ERROR(check_depth(nesting_, peek().span));
  WEIR_ASSIGN_OR_RETURN(Node left, parse_prefix());
  while (true) {
    const Token& token = peek();
    if (token.is_word("or") && least <= kOrStrength) {
      WEIR_ASSIGN_OR_RETURN(left, parse_connective(std::move(left), false));
      continue;
    }
    if ((token.is_word("and") || token.is_symbol("&&")) && least <= kAndStrength) {
      WEIR_ASSIGN_OR_RETURN(left, parse_connective(std::move(left), true));
      continue;
    }
    if (const BinaryOperator* binary = find_binary(token)) {
      if (binary->strength < least) {
        return left;
      }
      take();
      WEIR_ASSIGN_OR_RETURN(Node right, parse_expression(binary->strength + 1));
      const TextSpan span = around(left.syntax.span, right.syntax.span);
      std::vector<Node> sides;
      sides.push_back(std::move(left));
      sides.push_back(std::move(right));
      WEIR_ASSIGN_OR_RETURN(left, make_call(std::string(binary->function), std::move(sides), span));
      continue;
    }
    if (least > kPredicateStrength) {
      return left;
    }
    WEIR_ASSIGN_OR_RETURN(const bool is_predicate, parse_predicate(left));
    if (!is_predicate) {
      return left;
    }
  }
}

// All operands of one row of ANDs, or of ORs, as a balanced tree: a thousand of them nest ten deep.
Result<Parser::Node> Parser::parse_connective(Node first, bool is_and) {
  std::vector<Node> level;
  level.push_back(std::move(first));
  while (is_and ? accept_word("and") || accept_symbol("&&") : accept_word("or")) {
    if (++num_connectives_ > kMaxConnectives) {
      return fail(ErrorCode::kLimit,
                  fmt::format("a statement has at most {} conditions; a long list goes into IN "
                              "(...)",
                              kMaxConnectives),
                  peek().span);
    }
    WEIR_ASSIGN_OR_RETURN(Node operand, parse_expression(is_and ? kNotStrength : kAndStrength));
    level.push_back(std::move(operand));
  }
  while (level.size() > 1) {
    std::vector<Node> next;
    for (std::size_t i = 0; i < level.size(); i += 2) {
      if (i + 1 == level.size()) {
        next.push_back(std::move(level[i]));
        break;
      }
      const TextSpan span = around(level[i].syntax.span, level[i + 1].syntax.span);
      std::vector<Node> pair;
      pair.push_back(std::move(level[i]));
      pair.push_back(std::move(level[i + 1]));
      WEIR_ASSIGN_OR_RETURN(Node both, make_call(is_and ? "and" : "or", std::move(pair), span));
      next.push_back(std::move(both));
    }
    level = std::move(next);
  }
  return std::move(level.front());
}

Result<Parser::Node> Parser::parse_prefix() {
  const TextSpan begin = peek().span;
  if (accept_word("not") || accept_symbol("!")) {
    WEIR_ASSIGN_OR_RETURN(Node operand, parse_expression(kNotStrength));
    const TextSpan span = around(begin, operand.syntax.span);
    std::vector<Node> one;
    one.push_back(std::move(operand));
    return make_call("not", std::move(one), span);
  }
  if (peek().is_symbol("-") || peek().is_symbol("+")) {
    const bool is_minus = take().is_symbol("-");
    // -9223372036854775808 is a number, though 9223372036854775808 is none.
    if (is_minus && peek().kind == Token::Kind::kNumber) {
      if (const auto integer = parse_int64("-" + std::string(peek().text))) {
        take();
        return literal(column::Value::of_int(*integer), span_since(begin));
      }
    }
    WEIR_ASSIGN_OR_RETURN(Node operand, parse_expression(kPowerStrength + 1));
    if (!is_minus) {
      return operand;
    }
    const TextSpan span = around(begin, operand.syntax.span);
    std::vector<Node> one;
    one.push_back(std::move(operand));
    return make_call("neg", std::move(one), span);
  }
  return parse_postfix();
}

// What follows an operand as words: IS, [NOT] IN, LIKE, BETWEEN, ...
Result<bool> Parser::parse_predicate(Node& left) {
  const std::size_t ahead = peek().is_word("not") ? 1 : 0;
  const Token& word = peek(ahead);
  const bool is_like = word.is_word("like") || word.is_word("ilike");
  const bool is_regex = word.is_word("regexp") || word.is_word("rlike");
  const bool is_not_match = ahead == 0 && word.is_symbol("!~");
  const bool is_same = ahead == 0 && word.is_symbol("<=>");
  const TextSpan begin = left.syntax.span;
  std::vector<Node> parts;
  if (is_same) {
    take();
    WEIR_ASSIGN_OR_RETURN(Node right, parse_expression(kOtherStrength));
    parts.push_back(std::move(left));
    parts.push_back(std::move(right));
    WEIR_ASSIGN_OR_RETURN(left, make_same(std::move(parts), span_since(begin)));
    return true;
  }
  if (ahead == 0 && word.is_word("is")) {
    WEIR_ASSIGN_OR_RETURN(left, parse_is(std::move(left)));
    return true;
  }
  if (word.is_word("in")) {
    place_ += ahead + 1;
    WEIR_ASSIGN_OR_RETURN(left, parse_in(std::move(left)));
  } else if (word.is_word("between")) {
    place_ += ahead + 1;
    ++num_connectives_;
    WEIR_ASSIGN_OR_RETURN(Node low, parse_expression(kOtherStrength));
    WEIR_RETURN_IF_ERROR(expect_word("and", "BETWEEN low AND high"));
    WEIR_ASSIGN_OR_RETURN(Node high, parse_expression(kOtherStrength));
    parts.push_back(std::move(left));
    parts.push_back(std::move(low));
    parts.push_back(std::move(high));
    WEIR_ASSIGN_OR_RETURN(left, make_call("between", std::move(parts), span_since(begin)));
  } else if (is_like || is_regex || is_not_match) {
    const std::string function = word.is_word("like") ? "like" : is_like ? "ilike" : "matches";
    place_ += ahead + 1;
    WEIR_ASSIGN_OR_RETURN(Node pattern, parse_expression(kOtherStrength));
    parts.push_back(std::move(left));
    parts.push_back(std::move(pattern));
    if (is_like && accept_word("escape")) {
      WEIR_ASSIGN_OR_RETURN(Node escape, parse_expression(kOtherStrength));
      parts.push_back(std::move(escape));
    }
    WEIR_ASSIGN_OR_RETURN(left, make_call(function, std::move(parts), span_since(begin)));
  } else {
    if (word.is_word("similar") || word.is_word("glob")) {
      return fail(ErrorCode::kUnsupported,
                  "SIMILAR TO and GLOB are not available; write LIKE 'a%', or REGEXP 'pattern'",
                  word.span);
    }
    return false;
  }
  if (ahead == 1 || is_not_match) {
    std::vector<Node> one;
    one.push_back(std::move(left));
    WEIR_ASSIGN_OR_RETURN(left, make_call("not", std::move(one), span_since(begin)));
  }
  return true;
}

// a and b are equal, or both null: never null itself.
Result<Parser::Node> Parser::make_same(std::vector<Node> sides, TextSpan span) {
  std::vector<Node> nulls;
  for (const Node& side : sides) {
    std::vector<Node> one;
    WEIR_ASSIGN_OR_RETURN(one.emplace_back(), copy_of(side));
    WEIR_ASSIGN_OR_RETURN(nulls.emplace_back(), make_call("is_null", std::move(one), span));
  }
  std::vector<Node> either;
  WEIR_ASSIGN_OR_RETURN(either.emplace_back(), make_call("=", std::move(sides), span));
  WEIR_ASSIGN_OR_RETURN(either.emplace_back(), make_call("and", std::move(nulls), span));
  return make_call("coalesce", std::move(either), span);
}

// IS [NOT] NULL, TRUE, FALSE, UNKNOWN, DISTINCT FROM.
Result<Parser::Node> Parser::parse_is(Node left) {
  const TextSpan begin = left.syntax.span;
  take();
  bool is_not = accept_word("not");
  std::vector<Node> parts;
  parts.push_back(std::move(left));
  Node result;
  if (accept_word("null") || accept_word("unknown")) {
    WEIR_ASSIGN_OR_RETURN(result, make_call("is_null", std::move(parts), span_since(begin)));
  } else if (peek().is_word("true") || peek().is_word("false")) {
    const bool is_true = take().is_word("true");
    is_not = is_not == is_true;
    parts.push_back(literal(column::Value::of_bool(!is_true), span_since(begin)));
    WEIR_ASSIGN_OR_RETURN(result, make_call("coalesce", std::move(parts), span_since(begin)));
  } else if (accept_word("distinct")) {
    WEIR_RETURN_IF_ERROR(expect_word("from", "IS DISTINCT FROM"));
    WEIR_ASSIGN_OR_RETURN(Node right, parse_expression(kOtherStrength));
    parts.push_back(std::move(right));
    is_not = !is_not;
    WEIR_ASSIGN_OR_RETURN(result, make_same(std::move(parts), span_since(begin)));
  } else {
    return unexpected_token("NULL, TRUE, FALSE or DISTINCT FROM (after IS)");
  }
  if (!is_not) {
    return result;
  }
  std::vector<Node> one;
  one.push_back(std::move(result));
  return make_call("not", std::move(one), span_since(begin));
}

Result<Parser::Node> Parser::parse_in(Node left) {
  const TextSpan begin = left.syntax.span;
  const bool is_bracket = accept_symbol("[");
  if (!is_bracket) {
    WEIR_RETURN_IF_ERROR(expect_symbol("(", "IN (value, ...)"));
  }
  if (is_query_start(0)) {
    return fail(ErrorCode::kUnsupported,
                "IN takes a list of values; for a query write JOIN (SELECT DISTINCT ...) AS b ON "
                "a.x = b.x",
                peek().span);
  }
  std::vector<Node> parts;
  parts.push_back(std::move(left));
  do {
    WEIR_ASSIGN_OR_RETURN(parts.emplace_back(), parse_expression(kOrStrength));
  } while (accept_symbol(","));
  WEIR_RETURN_IF_ERROR(expect_symbol(is_bracket ? "]" : ")", "the end of the list"));
  return make_call("in", std::move(parts), span_since(begin));
}

// x::type
Result<Parser::Node> Parser::parse_postfix() {
  WEIR_ASSIGN_OR_RETURN(Node node, parse_operand());
  while (accept_symbol("::")) {
    Syntax cast;
    cast.kind = Syntax::Kind::kCast;
    const TextSpan begin = node.syntax.span;
    WEIR_ASSIGN_OR_RETURN(cast.text, parse_type());
    cast.span = span_since(begin);
    std::vector<Node> one;
    one.push_back(std::move(node));
    WEIR_ASSIGN_OR_RETURN(node, finish(std::move(cast), std::move(one)));
  }
  return node;
}

Result<Parser::Node> Parser::parse_number() {
  const Token& token = take();
  if (const auto integer = parse_int64(token.text)) {
    return literal(column::Value::of_int(*integer), token.span);
  }
  std::string text(token.text);
  if (text.ends_with('.')) {
    text += '0';
  }
  if (text.starts_with('.')) {
    text.insert(0, 1, '0');
  }
  if (const auto number = parse_double(text)) {
    return literal(column::Value::of_double(*number), token.span);
  }
  return fail(ErrorCode::kUsage, fmt::format("{} is no number", token.text), token.span);
}

Result<Parser::Node> Parser::parse_operand() {
  const Token& token = peek();
  switch (token.kind) {
    case Token::Kind::kNumber:
      return parse_number();
    case Token::Kind::kString:
      take();
      return literal(column::Value::of_string(token.unquoted()), token.span);
    case Token::Kind::kPeriod: {
      const auto period = parse_period(token.text);
      if (!period) {
        return fail(ErrorCode::kUsage,
                    fmt::format("{} is neither a number nor a period such as 5m; an address stands "
                                "in single quotes, a name that begins with a digit in double ones",
                                token.text),
                    token.span);
      }
      take();
      Node node;
      node.syntax.kind = Syntax::Kind::kPeriod;
      node.syntax.period = *period;
      node.syntax.span = token.span;
      return node;
    }
    case Token::Kind::kQuotedName:
    case Token::Kind::kWord:
      return parse_name_or_call();
    case Token::Kind::kSymbol:
    case Token::Kind::kEnd:
      break;
  }
  if (token.is_symbol("(")) {
    if (is_query_start(1)) {
      return fail(ErrorCode::kUnsupported,
                  "a query cannot stand inside an expression; put it into FROM or WITH and join it",
                  token.span);
    }
    const TextSpan begin = take().span;
    WEIR_ASSIGN_OR_RETURN(Node inner, parse_expression(kOrStrength));
    if (peek().is_symbol(",")) {
      return fail(ErrorCode::kUnsupported,
                  "rows in parentheses cannot be compared; compare the columns one by one, joined "
                  "by AND",
                  TextSpan{begin.begin, peek().span.end});
    }
    WEIR_RETURN_IF_ERROR(expect_symbol(")", "the end of the parentheses"));
    return inner;
  }
  if (token.is_symbol("?") || token.is_symbol(":")) {
    return fail(ErrorCode::kUnsupported, "there are no parameters; write the value itself",
                token.span);
  }
  return unexpected_token("a column, a value or a function");
}

Result<Parser::Node> Parser::parse_name_or_call() {
  const Token& first = peek();
  if (first.kind == Token::Kind::kWord) {
    WEIR_ASSIGN_OR_RETURN(auto special, parse_special(first));
    if (special) {
      return std::move(*special);
    }
  }
  take();
  if (peek().is_symbol("(")) {
    return parse_call(to_lower(first.unquoted()), first.span);
  }
  Node node;
  node.syntax.kind = Syntax::Kind::kName;
  node.syntax.text = first.unquoted();
  while (peek().is_symbol(".")) {
    take();
    node.syntax.qualifier = std::move(node.syntax.text);
    if (accept_symbol("*")) {
      node.syntax.kind = Syntax::Kind::kStar;
      node.syntax.text.clear();
      break;
    }
    const Token& part = peek();
    if (part.kind != Token::Kind::kWord && part.kind != Token::Kind::kQuotedName) {
      return unexpected_token("a column (after the point)");
    }
    node.syntax.text = take().unquoted();
  }
  node.syntax.span = span_since(first.span);
  return node;
}

// CASE WHEN c THEN x ... [ELSE y] END and CASE v WHEN a THEN x ... END.
Result<Parser::Node> Parser::parse_case() {
  const TextSpan begin = take().span;
  std::optional<Node> subject;
  if (!peek().is_word("when")) {
    WEIR_ASSIGN_OR_RETURN(subject, parse_expression(kOrStrength));
  }
  std::vector<Node> branches;
  while (accept_word("when")) {
    WEIR_ASSIGN_OR_RETURN(Node when, parse_expression(kOrStrength));
    if (subject) {
      const TextSpan span = when.syntax.span;
      std::vector<Node> sides;
      WEIR_ASSIGN_OR_RETURN(sides.emplace_back(), copy_of(*subject));
      sides.push_back(std::move(when));
      WEIR_ASSIGN_OR_RETURN(when, make_call("=", std::move(sides), span));
    }
    WEIR_RETURN_IF_ERROR(expect_word("then", "CASE WHEN condition THEN value"));
    WEIR_ASSIGN_OR_RETURN(Node then, parse_expression(kOrStrength));
    branches.push_back(std::move(when));
    branches.push_back(std::move(then));
  }
  if (branches.empty()) {
    return unexpected_token("WHEN (CASE WHEN condition THEN value ... END)");
  }
  if (accept_word("else")) {
    WEIR_ASSIGN_OR_RETURN(branches.emplace_back(), parse_expression(kOrStrength));
  } else {
    branches.push_back(literal(column::Value::null(), peek().span));
  }
  WEIR_RETURN_IF_ERROR(expect_word("end", "CASE ... END"));
  Syntax result;
  result.kind = Syntax::Kind::kCase;
  result.span = span_since(begin);
  return finish(std::move(result), std::move(branches));
}

}  // namespace weir::query::sql

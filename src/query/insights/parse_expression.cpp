// The expression half of Parser. Binding strength, loosest first: or, and, not, comparison (with
// like, =~, in), + -, * / %, unary minus, ^.

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "query/insights/parser.h"

namespace weir::query::insights {
namespace {

constexpr int kMaxNesting = 60;     // of the parser's own recursion
constexpr int kMaxTreeDepth = 200;  // of what it builds; the binder allows 250
constexpr std::size_t kMaxListed = 20'000;

TextSpan joined(TextSpan a, TextSpan b) { return {a.begin, std::max(a.end, b.end)}; }

// Counts a level of recursion while it lives.
class NestingGuard {
 public:
  explicit NestingGuard(int& depth) : depth_(depth) { ++depth_; }
  ~NestingGuard() { --depth_; }
  NestingGuard(const NestingGuard&) = delete;
  NestingGuard& operator=(const NestingGuard&) = delete;

 private:
  int& depth_;
};

}  // namespace

Result<Syntax> Parser::parse_expression() {
  WEIR_ASSIGN_OR_RETURN(Operand operand, parse_connective(true));
  return std::move(operand.syntax);
}

Result<Parser::Operand> Parser::make(std::string function, std::vector<Operand> children,
                                     TextSpan span) const {
  Operand call;
  call.syntax.kind = Syntax::Kind::kCall;
  call.syntax.text = std::move(function);
  call.syntax.span = span;
  for (Operand& child : children) {
    call.depth = std::max(call.depth, child.depth + 1);
    call.syntax.children.push_back(std::move(child.syntax));
  }
  if (call.depth > kMaxTreeDepth) {
    return fail(ErrorCode::kLimit, fmt::format("expressions nest at most {} deep", kMaxTreeDepth),
                span);
  }
  return call;
}

// A long chain of `or` as a tree of little depth.
Result<Parser::Operand> Parser::make_balanced(std::string_view function,
                                              std::vector<Operand> operands) const {
  while (operands.size() > 1) {
    std::vector<Operand> pairs;
    for (std::size_t i = 0; i + 1 < operands.size(); i += 2) {
      const TextSpan span = joined(operands[i].syntax.span, operands[i + 1].syntax.span);
      std::vector<Operand> sides;
      sides.push_back(std::move(operands[i]));
      sides.push_back(std::move(operands[i + 1]));
      WEIR_ASSIGN_OR_RETURN(Operand pair, make(std::string(function), std::move(sides), span));
      pairs.push_back(std::move(pair));
    }
    if (operands.size() % 2 == 1) {
      pairs.push_back(std::move(operands.back()));
    }
    operands = std::move(pairs);
  }
  return std::move(operands.front());
}

Result<Parser::Operand> Parser::parse_connective(bool is_or) {
  const NestingGuard guard(nesting_);
  if (nesting_ > 3 * kMaxNesting) {
    return fail(ErrorCode::kLimit, fmt::format("brackets nest at most {} deep", kMaxNesting),
                token_.span);
  }
  const std::string_view word = is_or ? "or" : "and";
  std::vector<Operand> operands;
  for (;;) {
    WEIR_ASSIGN_OR_RETURN(Operand operand, is_or ? parse_connective(false) : parse_not());
    operands.push_back(std::move(operand));
    if (!token_.is_word(word)) {
      return make_balanced(word, std::move(operands));
    }
    WEIR_RETURN_IF_ERROR(advance());
  }
}

Result<Parser::Operand> Parser::parse_not() {
  const std::size_t begin = token_.span.begin;
  bool is_negated = false;
  bool is_any = false;
  while (token_.is_word("not")) {
    is_negated = !is_negated;
    is_any = true;
    WEIR_RETURN_IF_ERROR(advance());
  }
  WEIR_ASSIGN_OR_RETURN(Operand operand, parse_comparison());
  if (!is_any) {
    return operand;
  }
  const TextSpan span{begin, operand.syntax.span.end};
  std::vector<Operand> children;
  children.push_back(std::move(operand));
  WEIR_ASSIGN_OR_RETURN(Operand negated, make("not", std::move(children), span));
  if (!is_negated) {  // `not not x` is a condition, whatever x is
    children.clear();
    children.push_back(std::move(negated));
    return make("not", std::move(children), span);
  }
  return negated;
}

Result<Parser::Operand> Parser::parse_comparison() {
  WEIR_ASSIGN_OR_RETURN(Operand left, parse_sum());
  bool is_negated = false;
  if (token_.is_word("not")) {
    is_negated = true;
    WEIR_RETURN_IF_ERROR(advance());
    if (!token_.is_word("like") && !token_.is_word("in") && !token_.is_symbol("=~")) {
      return unexpected("in or like");
    }
  }
  static constexpr std::string_view kComparisons[] = {"=", "!=", "<", "<=", ">", ">="};
  const auto* const comparison =
      std::find_if(std::begin(kComparisons), std::end(kComparisons),
                   [&](std::string_view symbol) { return token_.is_symbol(symbol); });
  if (comparison != std::end(kComparisons)) {
    WEIR_RETURN_IF_ERROR(advance());
    std::vector<Operand> sides;
    sides.push_back(std::move(left));
    WEIR_ASSIGN_OR_RETURN(Operand right, parse_sum());
    sides.push_back(std::move(right));
    const TextSpan span = joined(sides[0].syntax.span, sides[1].syntax.span);
    return make(std::string(*comparison), std::move(sides), span);
  }
  if (!token_.is_word("like") && !token_.is_word("in") && !token_.is_symbol("=~")) {
    return left;
  }
  const bool is_in = token_.is_word("in");
  const bool is_like_word = token_.is_word("like");
  WEIR_RETURN_IF_ERROR(advance());
  Result<Operand> test =
      is_in ? parse_in(std::move(left)) : parse_like(std::move(left), is_like_word);
  if (!test || !is_negated) {
    return test;
  }
  const TextSpan span = test->syntax.span;
  std::vector<Operand> children;
  children.push_back(std::move(*test));
  return make("not", std::move(children), span);
}

Result<Parser::Operand> Parser::parse_like(Operand left, bool is_like_word) {
  if (token_.is_symbol("/")) {
    WEIR_ASSIGN_OR_RETURN(token_, lexer_.read_regex(token_.span.begin));
  } else if (token_.kind != Token::Kind::kString) {
    return unexpected("\"a text\" or a /regular expression/");
  }
  const bool is_text = token_.kind == Token::Kind::kString && is_like_word;
  if (is_text && (token_.text.starts_with('%') || token_.text.ends_with('%'))) {
    warnings_.push_back({"like_percent",
                         "like looks for the text itself, so % stands for a percent sign; leave it "
                         "out, or write a regular expression",
                         token_.span});
  }
  Operand pattern;
  pattern.syntax.literal = column::Value::of_string(token_.text);
  pattern.syntax.span = token_.span;
  const TextSpan span = joined(left.syntax.span, token_.span);
  WEIR_RETURN_IF_ERROR(advance());
  std::vector<Operand> children;
  children.push_back(std::move(left));
  children.push_back(std::move(pattern));
  return make(is_text ? "contains" : "matches", std::move(children), span);
}

Result<Parser::Operand> Parser::parse_in(Operand left) {
  const bool is_round = token_.is_symbol("(");
  const std::size_t list_begin = token_.span.begin;
  if (!is_round && !token_.is_symbol("[")) {
    return unexpected("a list, as in [80, 443],");
  }
  std::vector<Operand> children;
  children.push_back(std::move(left));
  if (is_round && begins_subquery()) {
    if (!may_have_subquery_) {
      return fail(ErrorCode::kUnsupported, "a subquery stands in filter alone", token_.span);
    }
    WEIR_ASSIGN_OR_RETURN(const std::size_t id, parse_subquery());
    Operand place;
    place.syntax.literal = column::Value::of_int(static_cast<std::int64_t>(id));
    place.syntax.span = {list_begin, previous_end_};
    const TextSpan span = joined(children.front().syntax.span, place.syntax.span);
    children.push_back(std::move(place));
    return make("in_subquery", std::move(children), span);
  }
  do {
    WEIR_RETURN_IF_ERROR(advance());
    WEIR_ASSIGN_OR_RETURN(Operand value, parse_sum());
    children.push_back(std::move(value));
    if (children.size() > kMaxListed) {
      return fail(ErrorCode::kLimit, fmt::format("a list has at most {} values", kMaxListed),
                  token_.span);
    }
  } while (token_.is_symbol(","));
  const TextSpan list{list_begin, token_.span.end};
  const TextSpan span = joined(children.front().syntax.span, list);
  if (is_round && token_.is_symbol(")")) {
    WEIR_RETURN_IF_ERROR(
        refuse_in_cloudwatch("in_brackets", "CloudWatch wants the list of in within [ ]", list));
  }
  WEIR_RETURN_IF_ERROR(expect_symbol(is_round ? ")" : "]"));
  return make("in", std::move(children), span);
}

// `in (fields x`, but not `in (fields, x)`: a command and what it may begin with.
bool Parser::begins_subquery() const {
  static constexpr std::string_view kBeginnings[] = {"source", "fields", "filter",  "where",
                                                     "stats",  "parse",  "display", "filterindex"};
  Lexer ahead = lexer_;
  const auto word = ahead.next();
  if (!word || std::none_of(std::begin(kBeginnings), std::end(kBeginnings),
                            [&](std::string_view name) { return word->is_word(name); })) {
    return false;
  }
  const auto next = ahead.next();
  return next && next->kind != Token::Kind::kEnd && !next->is_symbol(",") && !next->is_symbol(")");
}

Result<std::size_t> Parser::parse_subquery() {
  WEIR_ASSIGN_OR_RETURN(const ParserHost::Subquery subquery, host_.plan_subquery(token_.span.end));
  lexer_.go_to(subquery.end);
  WEIR_RETURN_IF_ERROR(advance());
  WEIR_RETURN_IF_ERROR(expect_symbol(")"));
  return subquery.id;
}

Result<Parser::Operand> Parser::parse_sum() {
  WEIR_ASSIGN_OR_RETURN(Operand left, parse_product());
  while (token_.is_symbol("+") || token_.is_symbol("-")) {
    std::string symbol = token_.text;
    WEIR_RETURN_IF_ERROR(advance());
    std::vector<Operand> sides;
    sides.push_back(std::move(left));
    WEIR_ASSIGN_OR_RETURN(Operand right, parse_product());
    sides.push_back(std::move(right));
    const TextSpan span = joined(sides[0].syntax.span, sides[1].syntax.span);
    WEIR_ASSIGN_OR_RETURN(left, make(std::move(symbol), std::move(sides), span));
  }
  return left;
}

Result<Parser::Operand> Parser::parse_product() {
  WEIR_ASSIGN_OR_RETURN(Operand left, parse_power());
  while (token_.is_symbol("*") || token_.is_symbol("/") || token_.is_symbol("%")) {
    std::string symbol = token_.text;
    WEIR_RETURN_IF_ERROR(advance());
    std::vector<Operand> sides;
    sides.push_back(std::move(left));
    WEIR_ASSIGN_OR_RETURN(Operand right, parse_power());
    sides.push_back(std::move(right));
    const TextSpan span = joined(sides[0].syntax.span, sides[1].syntax.span);
    WEIR_ASSIGN_OR_RETURN(left, make(std::move(symbol), std::move(sides), span));
  }
  return left;
}

// [-] primary [^ power], from the right: 2^3^2 is 2^9, -2^2 is -4.
Result<Parser::Operand> Parser::parse_power() {
  const NestingGuard guard(nesting_);
  if (nesting_ > 3 * kMaxNesting) {
    return fail(ErrorCode::kLimit, fmt::format("operators nest at most {} deep", kMaxNesting),
                token_.span);
  }
  const TextSpan sign = token_.span;
  if (token_.is_symbol("-") || token_.is_symbol("+")) {
    const bool is_minus = token_.is_symbol("-");
    WEIR_RETURN_IF_ERROR(advance());
    WEIR_ASSIGN_OR_RETURN(Operand operand, parse_power());
    if (!is_minus) {
      return operand;
    }
    const TextSpan span = joined(sign, operand.syntax.span);
    std::vector<Operand> children;
    children.push_back(std::move(operand));
    return make("neg", std::move(children), span);
  }
  WEIR_ASSIGN_OR_RETURN(Operand base, parse_primary());
  if (!token_.is_symbol("^")) {
    return base;
  }
  WEIR_RETURN_IF_ERROR(advance());
  std::vector<Operand> sides;
  sides.push_back(std::move(base));
  WEIR_ASSIGN_OR_RETURN(Operand exponent, parse_power());
  sides.push_back(std::move(exponent));
  const TextSpan span = joined(sides[0].syntax.span, sides[1].syntax.span);
  return make("^", std::move(sides), span);
}

Result<Parser::Operand> Parser::parse_primary() {
  Operand operand;
  operand.syntax.span = token_.span;
  switch (token_.kind) {
    case Token::Kind::kNumber:
      operand.syntax.literal = token_.number;
      break;
    case Token::Kind::kString:
      operand.syntax.literal = column::Value::of_string(token_.text);
      break;
    case Token::Kind::kPeriod:
      operand.syntax.kind = Syntax::Kind::kPeriod;
      operand.syntax.period = token_.period;
      break;
    case Token::Kind::kQuotedName:
      operand.syntax.kind = Syntax::Kind::kName;
      operand.syntax.text = token_.text;
      break;
    case Token::Kind::kName:
      return parse_name_or_call();
    default: {
      if (!token_.is_symbol("(")) {
        return unexpected("a field, a value or a function");
      }
      const std::size_t begin = token_.span.begin;
      WEIR_RETURN_IF_ERROR(advance());
      WEIR_ASSIGN_OR_RETURN(operand, parse_connective(true));
      operand.syntax.span = {begin, token_.span.end};  // with the brackets
      WEIR_RETURN_IF_ERROR(expect_symbol(")"));
      return operand;
    }
  }
  WEIR_RETURN_IF_ERROR(advance());
  return operand;
}

void Parser::join_hyphenated(bool is_always) {
  const std::size_t whole_end = lexer_.end_of_hyphenated(token_.span.end);
  if (whole_end == token_.span.end) {
    return;
  }
  const auto is_known = [&](std::string_view name) {
    return host_.knows(name) ||
           std::find(new_names_.begin(), new_names_.end(), name) != new_names_.end();
  };
  std::size_t end = whole_end;
  if (!is_always) {
    const std::string_view whole = lexer_.slice({token_.span.begin, whole_end});
    std::size_t length = whole.size();
    while (length > token_.text.size() && !is_known(whole.substr(0, length))) {
      length = whole.rfind('-', length - 1);
    }
    const bool is_name = length > token_.text.size();
    if (!is_name && is_known(token_.text)) {
      return;  // a subtraction
    }
    end = is_name ? token_.span.begin + length : whole_end;
  }
  token_.span.end = end;
  token_.text = lexer_.slice(token_.span);
  lexer_.go_to(end);
}

void Parser::join_subscripts() {
  const std::size_t end = lexer_.end_of_subscripts(token_.span.end);
  if (end != token_.span.end) {
    token_.span.end = end;
    token_.text = lexer_.slice(token_.span);
    lexer_.go_to(end);
  }
}

Result<Parser::Operand> Parser::parse_name_or_call() {
  if (is_keyword(token_)) {
    return unexpected("a field, a value or a function");
  }
  join_hyphenated(false);
  join_subscripts();
  Operand operand;
  operand.syntax.kind = Syntax::Kind::kName;
  operand.syntax.text = token_.text;
  operand.syntax.span = token_.span;
  const bool is_constant =
      token_.is_word("true") || token_.is_word("false") || token_.is_word("null");
  WEIR_RETURN_IF_ERROR(advance());
  if (token_.is_symbol("(")) {
    return parse_call(std::move(operand.syntax.text), operand.syntax.span.begin);
  }
  if (is_constant && !host_.knows(operand.syntax.text)) {
    const std::string word = lower_case(operand.syntax.text);
    operand.syntax.kind = Syntax::Kind::kLiteral;
    operand.syntax.text.clear();
    operand.syntax.literal =
        word == "null" ? column::Value::null() : column::Value::of_bool(word == "true");
  }
  return operand;
}

// bin(5 minutes), with the unit apart.
Result<void> Parser::read_spaced_period(Syntax& argument) {
  const bool is_count = argument.kind == Syntax::Kind::kLiteral &&
                        argument.literal.type == column::Type::kInt64 &&
                        token_.kind == Token::Kind::kName;
  const auto unit = is_count ? parse_period_unit(token_.text) : std::nullopt;
  if (!unit) {
    return {};
  }
  argument.kind = Syntax::Kind::kPeriod;
  argument.period = {argument.literal.integer, *unit};
  argument.span.end = token_.span.end;
  return advance();
}

Result<Parser::Operand> Parser::parse_call(std::string name, std::size_t begin) {
  std::vector<Operand> arguments;
  WEIR_RETURN_IF_ERROR(advance());
  if (!token_.is_symbol(")")) {
    for (;;) {
      if (token_.is_symbol("*")) {
        Operand star;
        star.syntax.kind = Syntax::Kind::kStar;
        star.syntax.span = token_.span;
        arguments.push_back(std::move(star));
        WEIR_RETURN_IF_ERROR(advance());
      } else {
        WEIR_ASSIGN_OR_RETURN(Operand argument, parse_connective(true));
        WEIR_RETURN_IF_ERROR(read_spaced_period(argument.syntax));
        arguments.push_back(std::move(argument));
      }
      if (!token_.is_symbol(",")) {
        break;
      }
      WEIR_RETURN_IF_ERROR(advance());
      if (arguments.size() >= kMaxListed) {
        return fail(ErrorCode::kLimit, "a call has too many arguments", token_.span);
      }
    }
  }
  const TextSpan span{begin, token_.span.end};
  WEIR_RETURN_IF_ERROR(expect_symbol(")"));
  name = lower_case(name);
  const bool is_bin = name == "bin" || name == "datefloor" || name == "dateceil";
  if (is_bin && arguments.size() == 1 && arguments[0].syntax.kind == Syntax::Kind::kPeriod) {
    Operand timestamp;
    timestamp.syntax.kind = Syntax::Kind::kName;
    timestamp.syntax.text = "@timestamp";
    timestamp.syntax.span = span;
    arguments.insert(arguments.begin(), std::move(timestamp));
  }
  if (name == "rate") {
    return make_rate(std::move(arguments), span);
  }
  WEIR_ASSIGN_OR_RETURN(Operand call, make(std::move(name), std::move(arguments), span));
  return is_bin && token_.is_word("offset") ? parse_bin_offset(std::move(call)) : std::move(call);
}

// rate(x, 1m): how much x has changed from the first record of the group to the last, by the number
// of seconds in the period. So CloudWatch answers, whose guide does not say.
Result<Parser::Operand> Parser::make_rate(std::vector<Operand> arguments, TextSpan span) const {
  const bool has_period =
      arguments.size() == 2 && arguments[1].syntax.kind == Syntax::Kind::kPeriod;
  const std::int64_t period_ms = has_period ? arguments[1].syntax.period.approximate_ms() : 0;
  if (period_ms <= 0) {
    return fail(ErrorCode::kUsage, "the arguments do not fit: rate(field, 1m)", span);
  }
  std::vector<Operand> ends;
  for (const char* end : {"latest", "earliest"}) {
    std::vector<Operand> field;
    field.push_back(arguments[0]);
    WEIR_ASSIGN_OR_RETURN(Operand call, make(end, std::move(field), span));
    ends.push_back(std::move(call));
  }
  std::vector<Operand> sides;
  WEIR_ASSIGN_OR_RETURN(Operand change, make("-", std::move(ends), span));
  sides.push_back(std::move(change));
  Operand seconds;
  seconds.syntax.literal = column::Value::of_double(static_cast<double>(period_ms) / 1000);
  seconds.syntax.span = span;
  sides.push_back(std::move(seconds));
  return make("/", std::move(sides), span);
}

// bin(1h) offset 10m: bins that begin ten minutes past the hour.
Result<Parser::Operand> Parser::parse_bin_offset(Operand bin) {
  WEIR_RETURN_IF_ERROR(advance());
  const bool is_minus = token_.is_symbol("-");
  if (is_minus) {
    WEIR_RETURN_IF_ERROR(advance());
  }
  if (token_.kind != Token::Kind::kPeriod || bin.syntax.children.size() != 2) {
    return unexpected("a period such as 10m");
  }
  const TextSpan span = joined(bin.syntax.span, token_.span);
  Operand shift;
  shift.syntax.literal = column::Value::of_interval(token_.period.approximate_ms());
  shift.syntax.span = token_.span;
  WEIR_RETURN_IF_ERROR(advance());
  std::vector<Operand> sides(2);
  sides[0].syntax = std::move(bin.syntax.children[0]);
  sides[0].depth = bin.depth;
  sides[1] = shift;
  WEIR_ASSIGN_OR_RETURN(Operand before, make(is_minus ? "+" : "-", std::move(sides), span));
  bin.syntax.children[0] = std::move(before.syntax);
  bin.depth = before.depth + 1;
  sides.clear();
  sides.push_back(std::move(bin));
  sides.push_back(std::move(shift));
  return make(is_minus ? "-" : "+", std::move(sides), span);
}

}  // namespace weir::query::insights

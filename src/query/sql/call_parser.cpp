// Calls, and what SQL writes in a syntax of its own: CAST, EXTRACT, INTERVAL, TRIM, ...

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/number.h"
#include "base/time_text.h"
#include "query/sql/parser.h"

namespace weir::query::sql {
namespace {

constexpr int kWhole = 1;  // least strength: a whole expression

// Names of other dialects, and the engine's name for the same.
struct Synonym {
  std::string_view name;
  std::string_view function;
};
constexpr Synonym kSynonyms[] = {{"any_value", "min"},
                                 {"approx_count_distinct", "count_distinct"},
                                 {"approx_distinct", "count_distinct"},
                                 {"approx_percentile", "quantile_cont"},
                                 {"approx_quantile", "quantile_cont"},
                                 {"arbitrary", "min"},
                                 {"cardinality", "count_distinct"},
                                 {"isnull", "is_null"},
                                 {"rlike", "matches"},
                                 {"timestamp_trunc", "date_trunc"},
                                 {"to_unixtime", "unix_timestamp"},
                                 {"from_iso8601_timestamp", "timestamp"},
                                 {"utc_timestamp", "now"},
                                 {"nvl", "coalesce"}};

// Times that stand without parentheses.
constexpr std::string_view kNowWords[] = {"current_timestamp", "localtimestamp", "localtime",
                                          "utc_timestamp"};

bool is_now_word(const Token& token) {
  return std::any_of(std::begin(kNowWords), std::end(kNowWords),
                     [&](std::string_view word) { return token.is_word(word); });
}

// "1 hour 30 minutes" as milliseconds; a unit of the calendar alone keeps its meaning.
std::optional<Period> read_interval(std::string_view text) {
  std::optional<Period> whole;
  while (true) {
    text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
    if (text.empty()) {
      return whole;
    }
    const bool is_negative = text.starts_with('-');
    text.remove_prefix(is_negative ? 1 : 0);
    const auto number_end = std::min(text.find_first_not_of("0123456789."), text.size());
    const auto count = parse_double(text.substr(0, number_end));
    text.remove_prefix(number_end);
    text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
    const auto unit_end = std::min(text.find_first_of(" \t0123456789-"), text.size());
    const auto unit = parse_period_unit(to_lower(text.substr(0, unit_end)));
    text.remove_prefix(unit_end);
    if (!count || !unit || *count > 1e12) {
      return std::nullopt;
    }
    Period part{static_cast<std::int64_t>(*count), *unit};
    if (static_cast<double>(part.count) != *count) {
      const Period one{1, *unit};
      const double ms = *count * static_cast<double>(one.approximate_ms());
      if (ms > 1e15) {
        return std::nullopt;
      }
      part = {static_cast<std::int64_t>(std::llround(ms)), Period::Unit::kMillisecond};
    }
    if (static_cast<double>(part.count) *
            static_cast<double>(Period{1, part.unit}.approximate_ms()) >
        1e15) {
      return std::nullopt;
    }
    part.count = is_negative ? -part.count : part.count;
    if (!whole) {
      whole = part;
    } else {
      whole = Period{whole->approximate_ms() + part.approximate_ms(), Period::Unit::kMillisecond};
    }
  }
}

}  // namespace

// What begins with a word that SQL gives a syntax of its own; nullopt where the word is a name.
Result<std::optional<Parser::Node>> Parser::parse_special(const Token& word) {
  const bool is_call = peek(1).is_symbol("(");
  const auto null = column::Value::null();
  if (word.is_word("case") && !peek(1).is_symbol(",") && peek(1).kind != Token::Kind::kEnd) {
    return parse_case();
  }
  if (word.is_word("null") || word.is_word("true") || word.is_word("false")) {
    const TextSpan span = take().span;
    const auto value = word.is_word("null") ? null : column::Value::of_bool(word.is_word("true"));
    return literal(value, span);
  }
  if (is_call && (word.is_word("cast") || word.is_word("try_cast"))) {
    return parse_cast();
  }
  if (is_call && word.is_word("extract")) {
    return parse_extract();
  }
  if (is_call && (word.is_word("substring") || word.is_word("substr"))) {
    return parse_substring();
  }
  if (is_call && word.is_word("position")) {
    return parse_position();
  }
  if (is_call && word.is_word("trim")) {
    return parse_trim();
  }
  if (is_call && word.is_word("exists")) {
    return fail(ErrorCode::kUnsupported,
                "EXISTS is not available; write JOIN (SELECT DISTINCT ...) AS b ON a.x = b.x",
                word.span);
  }
  const Token::Kind next = peek(1).kind;
  if (word.is_word("interval") &&
      (next == Token::Kind::kNumber || next == Token::Kind::kString ||
       next == Token::Kind::kPeriod || peek(1).is_symbol("-") || is_call)) {
    return parse_interval();
  }
  if ((word.is_word("timestamp") || word.is_word("datetime") || word.is_word("date") ||
       word.is_word("timestamptz")) &&
      next == Token::Kind::kString) {
    return parse_time_literal();
  }
  if (is_now_word(word) && !is_call) {
    const TextSpan span = take().span;
    return make_call("now", {}, span);
  }
  const bool is_today = word.is_word("current_date") || word.is_word("curdate");
  if (is_today || (word.is_word("today") && is_call)) {
    const TextSpan begin = take().span;
    if (accept_symbol("(")) {
      WEIR_RETURN_IF_ERROR(expect_symbol(")", "the end of the call"));
    } else if (!word.is_word("current_date")) {
      return unexpected_token("(");
    }
    const TextSpan span = span_since(begin);
    std::vector<Node> parts;
    parts.push_back(literal(column::Value::of_string("day"), span));
    WEIR_ASSIGN_OR_RETURN(parts.emplace_back(), make_call("now", {}, span));
    return make_call("date_trunc", std::move(parts), span);
  }
  if (word.is_word("select") || word.is_word("from") || word.is_word("where")) {
    return unexpected_token("a column, a value or a function");
  }
  return std::optional<Node>();
}

Result<Parser::Node> Parser::parse_call(std::string name, TextSpan begin) {
  take();
  Syntax call;
  call.kind = Syntax::Kind::kCall;
  std::vector<Node> arguments;
  if (accept_word("distinct")) {
    call.is_distinct = true;
  } else if (peek().is_word("all") && !peek(1).is_symbol(")") && !peek(1).is_symbol(",")) {
    take();
  }
  if (!peek().is_symbol(")")) {
    do {
      if (peek().is_symbol("*")) {
        Node star;
        star.syntax.kind = Syntax::Kind::kStar;
        star.syntax.span = take().span;
        arguments.push_back(std::move(star));
      } else if (is_query_start(0)) {
        return fail(ErrorCode::kUnsupported,
                    "a query cannot stand inside an expression; put it into FROM or WITH and join "
                    "it",
                    peek().span);
      } else {
        WEIR_ASSIGN_OR_RETURN(arguments.emplace_back(), parse_expression(kWhole));
      }
    } while (accept_symbol(","));
  }
  if (peek().is_word("order") || peek().is_word("separator")) {
    return fail(ErrorCode::kUnsupported,
                fmt::format("{} inside a call is not available", peek().text), peek().span);
  }
  WEIR_RETURN_IF_ERROR(expect_symbol(")", "the end of the call"));
  for (const Synonym& synonym : kSynonyms) {
    if (name == synonym.name) {
      name = synonym.function;
      break;
    }
  }
  const TextSpan span = span_since(begin);
  const bool is_one = arguments.size() == 1 && !call.is_distinct;
  if (is_one && name == "date") {  // DATE(x): the day of a time
    arguments.insert(arguments.begin(), literal(column::Value::of_string("day"), span));
    name = "date_trunc";
  }
  if (is_one && (name == "count_if" || name == "countif")) {
    std::vector<Node> branches = std::move(arguments);
    branches.push_back(literal(column::Value::of_int(1), span));
    branches.push_back(literal(column::Value::null(), span));
    Syntax choice;
    choice.kind = Syntax::Kind::kCase;
    choice.span = span;
    arguments.clear();
    WEIR_ASSIGN_OR_RETURN(arguments.emplace_back(), finish(choice, std::move(branches)));
    name = "count";
  }
  if (is_one && name == "timestamp") {
    call.kind = Syntax::Kind::kCast;
  }
  call.text = std::move(name);
  call.span = span;
  WEIR_ASSIGN_OR_RETURN(Node node, finish(std::move(call), std::move(arguments)));
  return parse_call_suffix(std::move(node));
}

// FILTER (WHERE ...), WITHIN GROUP (ORDER BY ...), OVER (...).
Result<Parser::Node> Parser::parse_call_suffix(Node node) {
  const TextSpan begin = node.syntax.span;
  if (peek().is_word("within") && peek(1).is_word("group")) {
    place_ += 2;
    if (node.syntax.text != "percentile_cont" || node.syntax.children.size() != 1) {
      return fail(ErrorCode::kUnsupported,
                  "WITHIN GROUP goes with percentile_cont(0.95) alone (ranks between two values "
                  "are interpolated)",
                  begin);
    }
    WEIR_RETURN_IF_ERROR(expect_symbol("(", "WITHIN GROUP (ORDER BY x)"));
    WEIR_RETURN_IF_ERROR(expect_word("order", "WITHIN GROUP (ORDER BY x)"));
    WEIR_RETURN_IF_ERROR(expect_word("by", "WITHIN GROUP (ORDER BY x)"));
    WEIR_ASSIGN_OR_RETURN(Node value, parse_expression(kWhole));
    Syntax& share = node.syntax.children.front();
    if (accept_word("desc")) {
      const bool is_known =
          share.kind == Syntax::Kind::kLiteral && (share.literal.type == column::Type::kDouble ||
                                                   share.literal.type == column::Type::kInt64);
      if (!is_known) {
        return fail(ErrorCode::kUsage, "the share must be a number from 0 to 1", share.span);
      }
      const double up = share.literal.type == column::Type::kDouble
                            ? share.literal.number
                            : static_cast<double>(share.literal.integer);
      share.literal = column::Value::of_double(1 - up);
    } else {
      accept_word("asc");
    }
    WEIR_RETURN_IF_ERROR(expect_symbol(")", "the end of WITHIN GROUP"));
    node.depth = std::max(node.depth, value.depth + 1);
    node.size += value.size;
    node.syntax.children.insert(node.syntax.children.begin(), std::move(value.syntax));
    node.syntax.span = span_since(begin);
    WEIR_RETURN_IF_ERROR(check_depth(node.depth, node.syntax.span));
  }
  if (peek().is_word("filter") && peek(1).is_symbol("(")) {
    place_ += 2;
    WEIR_RETURN_IF_ERROR(expect_word("where", "FILTER (WHERE condition)"));
    WEIR_ASSIGN_OR_RETURN(Node condition, parse_expression(kWhole));
    WEIR_RETURN_IF_ERROR(expect_symbol(")", "the end of FILTER"));
    auto& children = node.syntax.children;
    const bool is_star = children.size() == 1 && children[0].kind == Syntax::Kind::kStar;
    if (children.empty() || is_star) {
      children.assign(1, literal(column::Value::of_int(1), begin).syntax);
    }
    Node value;
    value.syntax = std::move(children.front());
    value.depth = node.depth;
    std::vector<Node> branches;
    branches.push_back(std::move(condition));
    branches.push_back(std::move(value));
    branches.push_back(literal(column::Value::null(), begin));
    Syntax choice;
    choice.kind = Syntax::Kind::kCase;
    choice.span = span_since(begin);
    WEIR_ASSIGN_OR_RETURN(Node chosen, finish(std::move(choice), std::move(branches)));
    node.depth = std::max(node.depth, chosen.depth + 1);
    node.size += chosen.size;
    children.front() = std::move(chosen.syntax);
    node.syntax.span = span_since(begin);
    WEIR_RETURN_IF_ERROR(check_depth(node.depth, node.syntax.span));
  }
  if (peek().is_word("over") && (peek(1).is_symbol("(") || peek(1).kind == Token::Kind::kWord)) {
    return fail(ErrorCode::kUnsupported,
                "window functions are not available; group in a subquery and join it, as in FROM "
                "flows a JOIN (SELECT srcaddr, SUM(bytes) AS total FROM flows GROUP BY srcaddr) b "
                "ON a.srcaddr = b.srcaddr",
                TextSpan{begin.begin, peek().span.end});
  }
  return node;
}

// varchar, varchar(20), decimal(10, 2), unsigned integer, double precision.
Result<std::string> Parser::parse_type() {
  const Token& token = peek();
  if (token.kind != Token::Kind::kWord && token.kind != Token::Kind::kQuotedName) {
    return unexpected_token("a type, such as bigint, double, varchar, timestamp");
  }
  std::string type = to_lower(take().unquoted());
  if (type == "double") {
    accept_word("precision");
  } else if (type == "signed" || type == "unsigned") {
    if (!accept_word("integer")) {
      accept_word("int");
    }
  } else if (type == "timestamp" && (peek().is_word("with") || peek().is_word("without"))) {
    take();
    WEIR_RETURN_IF_ERROR(expect_word("time", "TIMESTAMP WITH TIME ZONE"));
    WEIR_RETURN_IF_ERROR(expect_word("zone", "TIMESTAMP WITH TIME ZONE"));
  }
  if (accept_symbol("(")) {
    do {
      WEIR_RETURN_IF_ERROR(parse_count("the size of a type"));
    } while (accept_symbol(","));
    WEIR_RETURN_IF_ERROR(expect_symbol(")", "the end of the type"));
  }
  return type;
}

Result<Parser::Node> Parser::parse_cast() {
  Syntax cast;
  cast.kind = Syntax::Kind::kCast;
  const TextSpan begin = take().span;
  take();
  std::vector<Node> one;
  WEIR_ASSIGN_OR_RETURN(one.emplace_back(), parse_expression(kWhole));
  WEIR_RETURN_IF_ERROR(expect_word("as", "CAST(x AS type)"));
  WEIR_ASSIGN_OR_RETURN(cast.text, parse_type());
  WEIR_RETURN_IF_ERROR(expect_symbol(")", "the end of CAST"));
  cast.span = span_since(begin);
  // A date is the start of its day.
  const bool is_date = cast.text == "date";
  WEIR_ASSIGN_OR_RETURN(Node node, finish(std::move(cast), std::move(one)));
  if (!is_date) {
    return node;
  }
  std::vector<Node> parts;
  const TextSpan span = node.syntax.span;
  parts.push_back(literal(column::Value::of_string("day"), span));
  parts.push_back(std::move(node));
  return make_call("date_trunc", std::move(parts), span);
}

Result<Parser::Node> Parser::parse_extract() {
  const TextSpan begin = take().span;
  take();
  const Token& unit = peek();
  if (unit.kind != Token::Kind::kWord && unit.kind != Token::Kind::kString) {
    return unexpected_token("a unit (EXTRACT(HOUR FROM start))");
  }
  std::vector<Node> parts;
  parts.push_back(literal(column::Value::of_string(to_lower(unit.unquoted())), take().span));
  if (!accept_word("from")) {
    WEIR_RETURN_IF_ERROR(expect_symbol(",", "EXTRACT(HOUR FROM start)"));
  }
  WEIR_ASSIGN_OR_RETURN(parts.emplace_back(), parse_expression(kWhole));
  WEIR_RETURN_IF_ERROR(expect_symbol(")", "the end of EXTRACT"));
  return make_call("extract", std::move(parts), span_since(begin));
}

// SUBSTRING(x, a, b) or SUBSTRING(x FROM a FOR b).
Result<Parser::Node> Parser::parse_substring() {
  const TextSpan begin = take().span;
  take();
  std::vector<Node> parts;
  WEIR_ASSIGN_OR_RETURN(parts.emplace_back(), parse_expression(kWhole));
  const bool is_from = accept_word("from");
  if (!is_from) {
    WEIR_RETURN_IF_ERROR(expect_symbol(",", "SUBSTRING(text, begin, length)"));
  }
  WEIR_ASSIGN_OR_RETURN(parts.emplace_back(), parse_expression(kWhole));
  if (is_from ? accept_word("for") : accept_symbol(",")) {
    WEIR_ASSIGN_OR_RETURN(parts.emplace_back(), parse_expression(kWhole));
  }
  WEIR_RETURN_IF_ERROR(expect_symbol(")", "the end of SUBSTRING"));
  return make_call("substr", std::move(parts), span_since(begin));
}

// POSITION(part IN text), or POSITION(text, part).
Result<Parser::Node> Parser::parse_position() {
  const TextSpan begin = take().span;
  take();
  constexpr int kAboveIn = 5;
  std::vector<Node> parts;
  WEIR_ASSIGN_OR_RETURN(parts.emplace_back(), parse_expression(kAboveIn));
  const bool is_in = accept_word("in");
  if (!is_in) {
    WEIR_RETURN_IF_ERROR(expect_symbol(",", "POSITION(part IN text)"));
  }
  WEIR_ASSIGN_OR_RETURN(parts.emplace_back(), parse_expression(kWhole));
  WEIR_RETURN_IF_ERROR(expect_symbol(")", "the end of POSITION"));
  if (is_in) {
    std::swap(parts[0], parts[1]);
  }
  return make_call("position", std::move(parts), span_since(begin));
}

// TRIM([BOTH | LEADING | TRAILING] [characters] [FROM] text), or TRIM(text, characters).
Result<Parser::Node> Parser::parse_trim() {
  const TextSpan begin = take().span;
  take();
  std::string function = "trim";
  if (!peek(1).is_symbol(")") && !peek(1).is_symbol(",")) {
    if (accept_word("leading")) {
      function = "ltrim";
    } else if (accept_word("trailing")) {
      function = "rtrim";
    } else {
      accept_word("both");
    }
  }
  std::vector<Node> parts;
  if (!accept_word("from")) {
    WEIR_ASSIGN_OR_RETURN(parts.emplace_back(), parse_expression(kWhole));
    if (accept_word("from")) {
      WEIR_ASSIGN_OR_RETURN(Node text, parse_expression(kWhole));
      parts.insert(parts.begin(), std::move(text));
    } else if (accept_symbol(",")) {
      WEIR_ASSIGN_OR_RETURN(parts.emplace_back(), parse_expression(kWhole));
    }
  } else {
    WEIR_ASSIGN_OR_RETURN(parts.emplace_back(), parse_expression(kWhole));
  }
  WEIR_RETURN_IF_ERROR(expect_symbol(")", "the end of TRIM"));
  return make_call(function, std::move(parts), span_since(begin));
}

// INTERVAL 1 HOUR, INTERVAL '1' HOUR, INTERVAL '1 hour 30 minutes', INTERVAL (x) HOUR.
Result<Parser::Node> Parser::parse_interval() {
  const TextSpan begin = take().span;
  Node node;
  node.syntax.kind = Syntax::Kind::kPeriod;
  const auto read_unit = [&]() -> Result<std::string> {
    if (peek().kind != Token::Kind::kWord || !parse_period_unit(to_lower(peek().text))) {
      return unexpected_token(
          "a unit: SECOND, MINUTE, HOUR, DAY, WEEK, MONTH, QUARTER, YEAR (INTERVAL 1 HOUR)");
    }
    return to_lower(take().text);
  };
  if (peek().is_symbol("(")) {
    WEIR_ASSIGN_OR_RETURN(Node count, parse_operand());
    WEIR_ASSIGN_OR_RETURN(const std::string unit, read_unit());
    node.syntax.period = Period{1, *parse_period_unit(unit)};
    node.syntax.span = span_since(begin);
    std::vector<Node> factors;
    factors.push_back(std::move(node));
    factors.push_back(std::move(count));
    return make_call("*", std::move(factors), span_since(begin));
  }
  std::string text = accept_symbol("-") ? "-" : "";
  const Token& token = take();
  text += token.unquoted();
  const bool is_number =
      token.kind == Token::Kind::kNumber ||
      (token.kind == Token::Kind::kString && parse_double(token.unquoted()).has_value());
  if (is_number) {
    WEIR_ASSIGN_OR_RETURN(const std::string unit, read_unit());
    text += " " + unit;
  }
  const auto period = read_interval(text);
  if (!period) {
    return fail(ErrorCode::kUsage,
                fmt::format("{} is no interval; write INTERVAL 1 HOUR or INTERVAL '1 hour 30 "
                            "minutes'",
                            written(span_since(begin))),
                span_since(begin));
  }
  node.syntax.period = *period;
  node.syntax.span = span_since(begin);
  return node;
}

// TIMESTAMP '2026-03-01 14:00:00', DATE '2026-03-01'.
Result<Parser::Node> Parser::parse_time_literal() {
  const TextSpan begin = take().span;
  const Token& token = take();
  const auto time = parse_absolute_time(token.unquoted());
  if (!time) {
    return fail(ErrorCode::kUsage,
                fmt::format("{} is no time; write '2026-03-01', '2026-03-01 14:00:00' or "
                            "'2026-03-01T14:00:00Z'",
                            token.text),
                token.span);
  }
  return literal(column::Value::of_time(*time), span_since(begin));
}

}  // namespace weir::query::sql

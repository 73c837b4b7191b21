#include "query/sql/parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/number.h"

namespace weir::query::sql {
namespace {

constexpr std::size_t kMaxNestedQueries = 24;

// Words that end a name: no alias without AS, no table, is called so.
constexpr std::string_view kClauseWords[] = {
    "select",  "from",   "where",   "group",   "having", "order", "limit",    "offset",
    "union",   "except", "join",    "inner",   "left",   "right", "full",     "cross",
    "natural", "on",     "using",   "as",      "and",    "or",    "not",      "in",
    "is",      "like",   "ilike",   "between", "regexp", "rlike", "case",     "when",
    "then",    "else",   "asc",     "desc",    "with",   "by",    "distinct", "fetch",
    "window",  "minus",  "qualify", "lateral", "for",    "into",  "intersect"};

bool is_clause_word(const Token& token) {
  return token.kind == Token::Kind::kWord &&
         std::any_of(std::begin(kClauseWords), std::end(kClauseWords),
                     [&](std::string_view word) { return token.is_word(word); });
}

// Statements that are no queries, by their first words, and what to do instead.
struct OtherStatement {
  std::string_view words;
  std::string_view advice;
};
constexpr OtherStatement kOtherStatements[] = {
    {"insert update delete merge replace truncate copy load",
     "Weir only reads; weir convert writes records to files"},
    {"create alter drop rename",
     "there are no tables to manage: the paths on the command line are the table flows; name a "
     "query with WITH name AS (...)"},
    {"use set begin commit", "leave it out: there are no databases, settings or transactions"},
    {"show describe desc", "weir fields PATH lists the columns"},
    {"explain", "weir query --explain shows the plan of a query"},
    {"values table", "write SELECT"},
    {"fields display filter stats sort parse dedup source",
     "this begins as a Logs Insights query does; leave out -l sql"}};

struct JoinAdvice {
  std::string_view word;
  std::string_view advice;
};
constexpr JoinAdvice kOtherJoins[] = {
    {"right", "RIGHT JOIN is not available; swap the two tables and write LEFT JOIN"},
    {"full",
     "FULL JOIN is not available; write a LEFT JOIN b UNION ALL (b LEFT JOIN a ... WHERE a.key IS "
     "NULL)"},
    {"natural", "NATURAL JOIN is not available; write JOIN ... USING (column, ...)"},
    {"cross", "CROSS JOIN is not available; a join needs an equality: JOIN ... ON a.x = b.x"},
    {"lateral", "LATERAL is not available; write a subquery that stands alone and join it"}};

}  // namespace

const Token& Parser::peek(std::size_t ahead) const {
  return tokens_[std::min(place_ + ahead, tokens_.size() - 1)];
}

const Token& Parser::take() {
  const Token& token = peek();
  place_ = std::min(place_ + 1, tokens_.size() - 1);
  return token;
}

bool Parser::accept_word(std::string_view word) {
  const bool is_there = peek().is_word(word);
  if (is_there) {
    take();
  }
  return is_there;
}

bool Parser::accept_symbol(std::string_view symbol) {
  const bool is_there = peek().is_symbol(symbol);
  if (is_there) {
    take();
  }
  return is_there;
}

tl::unexpected<Error> Parser::unexpected_token(std::string_view wanted) const {
  const Token& token = peek();
  if (token.kind == Token::Kind::kEnd) {
    return fail(ErrorCode::kUsage, fmt::format("the statement ends where {} should follow", wanted),
                token.span);
  }
  std::string_view shown = token.text;
  const bool is_long = shown.size() > 40;
  return fail(ErrorCode::kUsage,
              fmt::format("{} should stand here, not {}{}", wanted, shown.substr(0, 40),
                          is_long ? "..." : ""),
              token.span);
}

Result<void> Parser::expect_word(std::string_view word, std::string_view where) {
  if (!accept_word(word)) {
    std::string upper(word);
    std::transform(upper.begin(), upper.end(), upper.begin(),
                   [](char c) { return static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c); });
    return unexpected_token(fmt::format("{} ({})", upper, where));
  }
  return {};
}

Result<void> Parser::expect_symbol(std::string_view symbol, std::string_view where) {
  if (!accept_symbol(symbol)) {
    return unexpected_token(fmt::format("{} ({})", symbol, where));
  }
  return {};
}

TextSpan Parser::span_since(TextSpan begin) const {
  const TextSpan last = place_ > 0 ? tokens_[place_ - 1].span : begin;
  return {begin.begin, std::max(begin.end, last.end)};
}

std::string Parser::written(TextSpan span) const {
  const std::string_view text = text_.substr(span.begin - offset_, span.end - span.begin);
  std::string out;
  for (std::size_t place = 0; place < text.size();) {
    const std::size_t next = skip_space(text, place);
    if (next > place) {
      out += ' ';
      place = next;
    } else if (text[place] == '\'' || text[place] == '"' || text[place] == '`') {
      const std::size_t end = std::min(skip_quoted(text, place), text.size());
      out += text.substr(place, end - place);
      place = end;
    } else {
      out += text[place++];
    }
  }
  return out;
}

Result<std::string> Parser::parse_name(std::string_view what) {
  const Token& token = peek();
  if (token.kind == Token::Kind::kQuotedName ||
      (token.kind == Token::Kind::kWord && !is_clause_word(token))) {
    return take().unquoted();
  }
  return unexpected_token(what);
}

Result<std::vector<std::string>> Parser::parse_name_list() {
  std::vector<std::string> names;
  WEIR_RETURN_IF_ERROR(expect_symbol("(", "a list of names"));
  do {
    WEIR_ASSIGN_OR_RETURN(names.emplace_back(), parse_name("a name"));
  } while (accept_symbol(","));
  WEIR_RETURN_IF_ERROR(expect_symbol(")", "the end of the names"));
  return names;
}

bool Parser::is_alias() const {
  return peek().kind == Token::Kind::kQuotedName ||
         (peek().kind == Token::Kind::kWord && !is_clause_word(peek()));
}

bool Parser::is_query_start(std::size_t ahead) const {
  while (peek(ahead).is_symbol("(")) {
    ++ahead;
  }
  return peek(ahead).is_word("select") || peek(ahead).is_word("with");
}

Result<void> Parser::refuse_other_statements() const {
  const Token& first = peek();
  for (const OtherStatement& other : kOtherStatements) {
    std::string_view words = other.words;
    while (!words.empty()) {
      const auto space = words.find(' ');
      if (first.is_word(words.substr(0, space))) {
        return fail(ErrorCode::kUnsupported,
                    fmt::format("only SELECT can be asked; {}", other.advice), first.span);
      }
      words = space == std::string_view::npos ? std::string_view{} : words.substr(space + 1);
    }
  }
  return unexpected_token("SELECT or WITH");
}

Result<Query> Parser::parse_statement() {
  if (!is_query_start(0)) {
    WEIR_RETURN_IF_ERROR(refuse_other_statements());
  }
  WEIR_ASSIGN_OR_RETURN(Query query, parse_query());
  accept_symbol(";");
  if (peek().kind != Token::Kind::kEnd) {
    return unexpected_token(
        "the end of the statement, or its next clause (the order is SELECT, "
        "FROM, JOIN, WHERE, GROUP BY, HAVING, ORDER BY, LIMIT)");
  }
  return query;
}

Result<void> Parser::parse_with(Query& query) {
  if (peek().is_word("recursive")) {
    return fail(ErrorCode::kUnsupported, "WITH RECURSIVE is not available; leave out RECURSIVE",
                peek().span);
  }
  do {
    CommonTable table;
    table.span = peek().span;
    WEIR_ASSIGN_OR_RETURN(table.name, parse_name("the name of a WITH query"));
    if (peek().is_symbol("(")) {
      WEIR_ASSIGN_OR_RETURN(table.column_names, parse_name_list());
    }
    WEIR_RETURN_IF_ERROR(expect_word("as", "WITH name AS (SELECT ...)"));
    if (accept_word("not")) {
      WEIR_RETURN_IF_ERROR(expect_word("materialized", "AS NOT MATERIALIZED"));
    } else {
      accept_word("materialized");
    }
    WEIR_RETURN_IF_ERROR(expect_symbol("(", "WITH name AS (SELECT ...)"));
    WEIR_ASSIGN_OR_RETURN(Query inner, parse_query());
    table.query = std::make_unique<Query>(std::move(inner));
    WEIR_RETURN_IF_ERROR(expect_symbol(")", "the end of the WITH query"));
    query.with.push_back(std::move(table));
  } while (accept_symbol(","));
  return {};
}

Result<Query> Parser::parse_query() {
  if (++nesting_ > kMaxNestedQueries) {
    return fail(ErrorCode::kLimit, fmt::format("queries nest at most {} deep", kMaxNestedQueries),
                peek().span);
  }
  Query query;
  if (accept_word("with")) {
    WEIR_RETURN_IF_ERROR(parse_with(query));
  }
  bool is_distinct = false;
  while (true) {
    WEIR_ASSIGN_OR_RETURN(Term term, parse_term());
    term.is_distinct = is_distinct;
    query.terms.push_back(std::move(term));
    const Token& next = peek();
    if (next.is_word("intersect") || next.is_word("except") || next.is_word("minus")) {
      return fail(ErrorCode::kUnsupported,
                  fmt::format("{} is not available; join the two queries (EXCEPT is LEFT JOIN ... "
                              "WHERE other.key IS NULL)",
                              next.text),
                  next.span);
    }
    if (!accept_word("union")) {
      break;
    }
    is_distinct = !accept_word("all");
    if (is_distinct) {
      accept_word("distinct");
    }
  }
  WEIR_RETURN_IF_ERROR(parse_order_by(query));
  WEIR_RETURN_IF_ERROR(parse_limit(query));
  for (const std::string_view word : {"qualify", "window", "for", "into"}) {
    if (peek().is_word(word)) {
      return fail(ErrorCode::kUnsupported,
                  fmt::format("{} is not available; leave the clause out", peek().text),
                  peek().span);
    }
  }
  --nesting_;
  return query;
}

Result<Term> Parser::parse_term() {
  Term term;
  term.span = peek().span;
  if (accept_symbol("(")) {
    WEIR_ASSIGN_OR_RETURN(Query inner, parse_query());
    term.query = std::make_unique<Query>(std::move(inner));
    WEIR_RETURN_IF_ERROR(expect_symbol(")", "the end of the query in parentheses"));
  } else {
    WEIR_ASSIGN_OR_RETURN(Select select, parse_select());
    term.select = std::make_unique<Select>(std::move(select));
  }
  return term;
}

Result<Select> Parser::parse_select() {
  Select select;
  select.span = peek().span;
  WEIR_RETURN_IF_ERROR(expect_word("select", "a query begins with SELECT"));
  if (accept_word("distinct")) {
    select.is_distinct = true;
    if (peek().is_word("on") && peek(1).is_symbol("(")) {
      return fail(ErrorCode::kUnsupported,
                  "DISTINCT ON is not available; use GROUP BY with min_by(x, time)", peek().span);
    }
  } else {
    accept_word("all");
  }
  do {
    WEIR_ASSIGN_OR_RETURN(SelectItem item, parse_item());
    select.items.push_back(std::move(item));
  } while (accept_symbol(","));
  if (accept_word("from")) {
    WEIR_RETURN_IF_ERROR(parse_from(select));
  }
  if (accept_word("where")) {
    WEIR_ASSIGN_OR_RETURN(select.where, parse_whole_expression());
  }
  if (accept_word("group")) {
    WEIR_RETURN_IF_ERROR(parse_group_by(select));
  }
  if (accept_word("having")) {
    WEIR_ASSIGN_OR_RETURN(select.having, parse_whole_expression());
  }
  return select;
}

Result<SelectItem> Parser::parse_item() {
  SelectItem item;
  const TextSpan begin = peek().span;
  if (peek().kind == Token::Kind::kSymbol && peek().is_symbol("*")) {
    take();
    item.expression.kind = Syntax::Kind::kStar;
    item.expression.span = begin;
  } else {
    const bool is_from = peek().is_word("from") || peek().kind == Token::Kind::kEnd;
    if (is_from) {
      return unexpected_token("a column or an expression");
    }
    WEIR_ASSIGN_OR_RETURN(item.expression, parse_whole_expression());
  }
  if (item.expression.kind == Syntax::Kind::kStar) {
    if (peek().is_word("exclude") || peek().is_word("except") || peek().is_word("replace")) {
      return fail(ErrorCode::kUnsupported,
                  "* stands for all columns; to leave some out, name the others", peek().span);
    }
    return item;
  }
  const TextSpan expression_span = span_since(begin);
  if (accept_word("as")) {
    item.has_alias = true;
    if (peek().kind == Token::Kind::kString) {
      item.name = take().unquoted();
    } else {
      WEIR_ASSIGN_OR_RETURN(item.name, parse_name("the alias after AS"));
    }
  } else if (is_alias()) {
    item.has_alias = true;
    item.name = take().unquoted();
  } else {
    item.name = item.expression.kind == Syntax::Kind::kName ? item.expression.text
                                                            : written(expression_span);
  }
  return item;
}

Result<Source> Parser::parse_source() {
  Source source;
  source.span = peek().span;
  if (peek().is_symbol("(")) {
    if (!is_query_start(0)) {
      return fail(ErrorCode::kUnsupported,
                  "parentheses in FROM hold a query: FROM (SELECT ...) AS name", peek().span);
    }
    take();
    WEIR_ASSIGN_OR_RETURN(Query inner, parse_query());
    source.query = std::make_unique<Query>(std::move(inner));
    WEIR_RETURN_IF_ERROR(expect_symbol(")", "the end of the subquery"));
    source.span = span_since(source.span);
  } else {
    if (peek().kind == Token::Kind::kString) {
      return fail(ErrorCode::kUsage, "files are named on the command line; write FROM flows here",
                  peek().span);
    }
    if (peek().is_word("lateral")) {
      return fail(ErrorCode::kUnsupported, std::string(kOtherJoins[4].advice), peek().span);
    }
    WEIR_ASSIGN_OR_RETURN(source.table, parse_name("a table"));
    while (accept_symbol(".")) {  // of database.table the table counts
      WEIR_ASSIGN_OR_RETURN(source.table, parse_name("a table"));
    }
    source.span = span_since(source.span);
    if (peek().is_symbol("(")) {
      return fail(ErrorCode::kUnsupported,
                  "there are no functions that give tables; write FROM flows", source.span);
    }
  }
  if (accept_word("as")) {
    WEIR_ASSIGN_OR_RETURN(source.alias, parse_name("the alias after AS"));
  } else if (is_alias()) {
    source.alias = take().unquoted();
  }
  if (!source.alias.empty() && peek().is_symbol("(")) {
    WEIR_ASSIGN_OR_RETURN(source.column_names, parse_name_list());
  }
  return source;
}

Result<void> Parser::parse_from(Select& select) {
  WEIR_ASSIGN_OR_RETURN(select.from, parse_source());
  while (true) {
    WEIR_ASSIGN_OR_RETURN(const bool is_join, parse_join(select));
    if (!is_join) {
      return {};
    }
  }
}

Result<bool> Parser::parse_join(Select& select) {
  Join join;
  join.span = peek().span;
  if (accept_symbol(",")) {
    join.is_comma = true;
  } else {
    for (const JoinAdvice& other : kOtherJoins) {
      if (peek().is_word(other.word)) {
        return fail(ErrorCode::kUnsupported, std::string(other.advice), peek().span);
      }
    }
    if (accept_word("left")) {
      join.kind = JoinKind::kLeft;
      accept_word("outer");
      if (peek().is_word("anti") || peek().is_word("semi")) {
        return fail(
            ErrorCode::kUnsupported,
            "SEMI and ANTI JOIN are not available; write LEFT JOIN and test the other side's "
            "key: IS NOT NULL or IS NULL",
            peek().span);
      }
      WEIR_RETURN_IF_ERROR(expect_word("join", "LEFT JOIN"));
    } else if (accept_word("inner")) {
      WEIR_RETURN_IF_ERROR(expect_word("join", "INNER JOIN"));
    } else if (!accept_word("join")) {
      return false;
    }
  }
  WEIR_ASSIGN_OR_RETURN(join.source, parse_source());
  join.span = span_since(join.span);
  if (!join.is_comma && accept_word("on")) {
    WEIR_ASSIGN_OR_RETURN(join.condition, parse_whole_expression());
  } else if (!join.is_comma && accept_word("using")) {
    const TextSpan begin = peek().span;
    WEIR_ASSIGN_OR_RETURN(const auto names, parse_name_list());
    for (const std::string& name : names) {
      Syntax& column = join.using_columns.emplace_back();
      column.kind = Syntax::Kind::kName;
      column.text = name;
      column.span = span_since(begin);
    }
  } else if (!join.is_comma) {
    return unexpected_token("ON a.x = b.x or USING (x)");
  }
  select.joins.push_back(std::move(join));
  return true;
}

Result<void> Parser::parse_group_by(Select& select) {
  WEIR_RETURN_IF_ERROR(expect_word("by", "GROUP BY"));
  for (const std::string_view word : {"rollup", "cube", "grouping"}) {
    if (peek().is_word(word) && (peek(1).is_symbol("(") || peek(1).is_word("sets"))) {
      return fail(
          ErrorCode::kUnsupported,
          "ROLLUP, CUBE and GROUPING SETS are not available; write one GROUP BY a level and "
          "put them together with UNION ALL",
          peek().span);
    }
  }
  const bool is_last =
      peek(1).kind != Token::Kind::kSymbol || peek(1).is_symbol(")") || peek(1).is_symbol(";");
  if (peek().is_word("all") && is_last) {
    take();
    select.is_grouped_by_all = true;
    return {};
  }
  do {
    WEIR_ASSIGN_OR_RETURN(Syntax key, parse_whole_expression());
    select.group_by.push_back(std::move(key));
  } while (accept_symbol(","));
  if (peek().is_word("with") && peek(1).is_word("rollup")) {
    return fail(
        ErrorCode::kUnsupported,
        "WITH ROLLUP is not available; write one GROUP BY a level and put them together with "
        "UNION ALL",
        peek().span);
  }
  return {};
}

Result<void> Parser::parse_order_by(Query& query) {
  if (!accept_word("order")) {
    return {};
  }
  WEIR_RETURN_IF_ERROR(expect_word("by", "ORDER BY"));
  do {
    OrderKey key;
    WEIR_ASSIGN_OR_RETURN(key.expression, parse_whole_expression());
    if (accept_word("desc")) {
      key.is_descending = true;
    } else {
      accept_word("asc");
    }
    if (accept_word("nulls")) {
      if (accept_word("first")) {
        key.is_nulls_first = true;
      } else {
        WEIR_RETURN_IF_ERROR(expect_word("last", "NULLS FIRST or NULLS LAST"));
      }
    }
    query.order_by.push_back(std::move(key));
  } while (accept_symbol(","));
  return {};
}

Result<std::uint64_t> Parser::parse_count(std::string_view what) {
  if (peek().kind == Token::Kind::kNumber) {
    if (const auto count = parse_int64(peek().text); count && *count >= 0) {
      take();
      return static_cast<std::uint64_t>(*count);
    }
  }
  return unexpected_token(fmt::format("a whole number of rows ({})", what));
}

Result<void> Parser::parse_limit(Query& query) {
  while (true) {
    if (accept_word("limit")) {
      if (accept_word("all")) {
        continue;
      }
      WEIR_ASSIGN_OR_RETURN(query.limit, parse_count("LIMIT"));
      if (accept_symbol(",")) {  // MySQL: LIMIT offset, count
        query.offset = *query.limit;
        WEIR_ASSIGN_OR_RETURN(query.limit, parse_count("LIMIT offset, count"));
      }
      if (peek().is_symbol("%") || peek().is_word("percent")) {
        return fail(ErrorCode::kUnsupported, "LIMIT takes a number of rows", peek().span);
      }
    } else if (accept_word("offset")) {
      WEIR_ASSIGN_OR_RETURN(query.offset, parse_count("OFFSET"));
      if (!accept_word("rows")) {
        accept_word("row");
      }
    } else if (accept_word("fetch")) {
      if (!accept_word("first")) {
        WEIR_RETURN_IF_ERROR(expect_word("next", "FETCH FIRST 10 ROWS ONLY"));
      }
      WEIR_ASSIGN_OR_RETURN(query.limit, parse_count("FETCH FIRST"));
      if (!accept_word("rows")) {
        WEIR_RETURN_IF_ERROR(expect_word("row", "FETCH FIRST 10 ROWS ONLY"));
      }
      WEIR_RETURN_IF_ERROR(expect_word("only", "FETCH FIRST 10 ROWS ONLY"));
    } else {
      return {};
    }
  }
}

}  // namespace weir::query::sql

#include "query/insights/parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/nearest_name.h"
#include "query/insights/named_groups.h"

namespace weir::query::insights {
namespace {

constexpr std::size_t kMaxQueryBytes = 64 * 1024;
constexpr std::size_t kMaxCommands = 200;
constexpr std::size_t kMaxItemsInCommand = 1'000;

constexpr std::pair<std::string_view, Command::Kind> kCommands[] = {
    {"fields", Command::Kind::kFields},   {"display", Command::Kind::kDisplay},
    {"filter", Command::Kind::kFilter},   {"where", Command::Kind::kFilter},
    {"stats", Command::Kind::kStats},     {"sort", Command::Kind::kSort},
    {"order", Command::Kind::kSort},      {"limit", Command::Kind::kLimit},
    {"head", Command::Kind::kLimit},      {"parse", Command::Kind::kParse},
    {"dedup", Command::Kind::kDedup},     {"filterindex", Command::Kind::kFilter},
    {"source", Command::Kind::kSource},   {"pattern", Command::Kind::kPattern},
    {"diff", Command::Kind::kDiff},       {"unnest", Command::Kind::kUnnest},
    {"lookup", Command::Kind::kLookup},   {"join", Command::Kind::kJoin},
    {"addtotals", Command::Kind::kTotals}};

struct Unavailable {
  std::string_view command;
  std::string_view advice;
};
constexpr Unavailable kUnavailable[] = {
    {"tail", "sort the other way and use limit"},
    {"anomaly", "use pattern and diff to see what is new"},
    {"unmask", "nothing is masked here: use the field itself, or unmask(field)"},
    {"search", "use filter @message like \"text\""},
    {"relevantfields", "use filter and stats"}};

// What a token is called in an error.
std::string describe_token(const Token& token, std::string_view slice) {
  constexpr std::size_t kLongest = 40;
  switch (token.kind) {
    case Token::Kind::kEnd:
      return "the query ends";
    case Token::Kind::kSymbol:
      return fmt::format("'{}' stands", token.text);
    default:
      return fmt::format("'{}{}' stands", slice.substr(0, kLongest),
                         slice.size() > kLongest ? "..." : "");
  }
}

}  // namespace

Parser::Parser(std::string_view text, std::size_t offset, Dialect dialect, ParserHost& host,
               bool is_nested)
    : text_(text),
      offset_(offset),
      lexer_(text, offset),
      dialect_(dialect),
      host_(host),
      is_nested_(is_nested) {}

std::vector<Warning> Parser::take_warnings() { return std::exchange(warnings_, {}); }

Result<void> Parser::advance() {
  previous_end_ = token_.span.end;
  WEIR_ASSIGN_OR_RETURN(token_, lexer_.next());
  return {};
}

bool Parser::is_keyword(const Token& token) const {
  static constexpr std::string_view kKeywords[] = {"and", "or", "not", "in",  "like",
                                                   "as",  "by", "asc", "desc"};
  return std::any_of(std::begin(kKeywords), std::end(kKeywords),
                     [&](std::string_view word) { return token.is_word(word); });
}

tl::unexpected<Error> Parser::unexpected(std::string_view expected) const {
  std::string hint;
  if (token_.is_symbol("==")) {
    hint = "; equality is written =";
  } else if (token_.is_symbol("<>") || token_.is_symbol("!")) {
    hint = "; write != or not";
  } else if (token_.is_symbol("&&") || token_.is_symbol("||")) {
    hint = "; write and, or";
  } else if (token_.is_word("is")) {
    hint = "; write ispresent(field) or not ispresent(field)";
  } else if (token_.is_word("between")) {
    hint = "; write x >= a and x <= b";
  }
  return fail(ErrorCode::kUsage,
              fmt::format("{} where {} was expected{}",
                          describe_token(token_, lexer_.slice(token_.span)), expected, hint),
              token_.span);
}

Result<void> Parser::expect_symbol(std::string_view symbol) {
  if (!token_.is_symbol(symbol)) {
    return unexpected(fmt::format("'{}'", symbol));
  }
  return advance();
}

Result<void> Parser::refuse_in_cloudwatch(std::string code, std::string message, TextSpan span) {
  if (dialect_ == Dialect::kCloudWatch) {
    return fail(ErrorCode::kUsage, std::move(message), span);
  }
  warnings_.push_back({std::move(code), std::move(message), span});
  return {};
}

std::string Parser::text_of(TextSpan span) const {
  std::string out;
  char quote = '\0';
  const std::string_view slice = lexer_.slice(span);
  for (std::size_t i = 0; i < slice.size(); ++i) {
    const char c = slice[i];
    if (quote != '\0') {
      out += c;
      if (c == '\\' && i + 1 < slice.size()) {
        out += slice[++i];
      } else if (c == quote) {
        quote = '\0';
      }
    } else if (c == '#') {
      i = std::min(slice.find('\n', i), slice.size());
    } else if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
      if (!out.empty() && out.back() != ' ') {
        out += ' ';
      }
    } else {
      if (c == '"' || c == '\'' || c == '`') {
        quote = c;
      }
      out += c;
    }
  }
  return out;
}

Result<std::optional<Command>> Parser::next_command() {
  if (!is_started_) {
    is_started_ = true;
    if (text_.size() > kMaxQueryBytes) {
      return fail(ErrorCode::kLimit, fmt::format("a query has at most {} bytes", kMaxQueryBytes),
                  TextSpan{offset_, offset_ + 1});
    }
    WEIR_RETURN_IF_ERROR(advance());
    if (is_at_end()) {
      return fail(ErrorCode::kUsage, is_nested_ ? "the subquery is empty" : "the query is empty",
                  token_.span);
    }
    if (token_.is_symbol("|")) {  // what is left where somebody took a SOURCE line away
      WEIR_RETURN_IF_ERROR(advance());
    }
  } else if (is_at_end()) {
    return std::optional<Command>();
  } else {
    WEIR_RETURN_IF_ERROR(advance());
  }
  if (++num_commands_ > kMaxCommands) {
    return fail(ErrorCode::kLimit, fmt::format("a query has at most {} commands", kMaxCommands),
                token_.span);
  }
  new_names_.clear();
  WEIR_ASSIGN_OR_RETURN(Command command, parse_command());
  if (!is_at_end() && !token_.is_symbol("|")) {
    return unexpected("'|' and another command, or the end,");
  }
  return std::optional(std::move(command));
}

Result<Command> Parser::parse_command() {
  if (token_.kind != Token::Kind::kName) {
    return unexpected("a command (fields, filter, stats, sort, limit, ...)");
  }
  const std::string word = lower_case(token_.text);
  const auto* const found = std::find_if(std::begin(kCommands), std::end(kCommands),
                                         [&](const auto& known) { return known.first == word; });
  if (found == std::end(kCommands)) {
    for (const auto& [name, advice] : kUnavailable) {
      if (name == word) {
        return fail(ErrorCode::kUnsupported,
                    fmt::format("the command {} is not available: {}", word, advice), token_.span);
      }
    }
    std::vector<std::string> names;
    std::vector<std::string_view> commands;  // one name each
    for (const auto* known = std::begin(kCommands); known != std::end(kCommands); ++known) {
      names.emplace_back(known->first);
      if (std::none_of(std::begin(kCommands), known,
                       [&](const auto& other) { return other.second == known->second; })) {
        commands.push_back(known->first);
      }
    }
    return fail(ErrorCode::kUsage,
                fmt::format("there is no command '{}';{} commands are {}", token_.text,
                            did_you_mean(word, names), fmt::join(commands, ", ")),
                token_.span);
  }
  Command command;
  command.kind = found->second;
  command.span = token_.span;
  if (command.kind != Command::Kind::kSource) {
    is_past_source_ = true;
  } else if (is_past_source_) {
    return fail(ErrorCode::kUsage, "SOURCE stands at the beginning of a query", token_.span);
  }
  WEIR_RETURN_IF_ERROR(advance());
  switch (command.kind) {
    case Command::Kind::kSource:
      WEIR_RETURN_IF_ERROR(parse_source(command));
      break;
    case Command::Kind::kFields:
    case Command::Kind::kDisplay:
      WEIR_RETURN_IF_ERROR(parse_items(command.items, false));
      break;
    case Command::Kind::kDedup:
      WEIR_RETURN_IF_ERROR(parse_items(command.items, true));
      break;
    case Command::Kind::kFilter: {
      may_have_subquery_ = true;
      WEIR_ASSIGN_OR_RETURN(command.predicate, parse_expression());
      may_have_subquery_ = false;
      break;
    }
    case Command::Kind::kStats:
      WEIR_RETURN_IF_ERROR(parse_stats(command));
      break;
    case Command::Kind::kSort:
      WEIR_RETURN_IF_ERROR(parse_sort(command));
      break;
    case Command::Kind::kLimit:
      WEIR_RETURN_IF_ERROR(parse_limit(command));
      break;
    case Command::Kind::kParse:
      WEIR_RETURN_IF_ERROR(parse_parse(command));
      break;
    case Command::Kind::kPattern: {
      WEIR_ASSIGN_OR_RETURN(NamedItem item, parse_item());
      command.items.push_back(std::move(item));
      break;
    }
    case Command::Kind::kDiff:
      WEIR_RETURN_IF_ERROR(parse_diff(command));
      break;
    case Command::Kind::kUnnest:
      WEIR_RETURN_IF_ERROR(parse_unnest(command));
      break;
    case Command::Kind::kLookup:
      WEIR_RETURN_IF_ERROR(parse_lookup(command));
      break;
    case Command::Kind::kJoin:
      WEIR_RETURN_IF_ERROR(parse_join(command));
      break;
    case Command::Kind::kTotals:
      WEIR_RETURN_IF_ERROR(parse_totals(command));
      break;
  }
  command.span.end = std::max(previous_end_, command.span.begin);
  return command;
}

// SOURCE 'group', "group" START=-3600s END=0s, SOURCE logGroups(namePrefix: ["a"], class: "b").
Result<void> Parser::parse_source(Command& command) {
  int brackets = 0;
  std::size_t num_tokens = 0;
  while (token_.kind != Token::Kind::kEnd && (brackets > 0 || !is_at_end()) &&
         !(token_.is_symbol("|") && brackets == 0)) {
    const bool is_name =
        token_.kind == Token::Kind::kString || token_.kind == Token::Kind::kQuotedName;
    if (is_name && brackets == 0) {
      command.source_names.push_back(token_.text);
    }
    if (token_.is_symbol("(") || token_.is_symbol("[")) {
      ++brackets;
    } else if (token_.is_symbol(")") || token_.is_symbol("]")) {
      --brackets;
    }
    ++num_tokens;
    WEIR_RETURN_IF_ERROR(advance());
  }
  if (num_tokens == 0) {
    return unexpected("the name of a log group");
  }
  if (is_at_end() && !is_nested_) {
    return unexpected("'|' and a command");
  }
  return {};
}

Result<void> Parser::parse_items(std::vector<NamedItem>& items, bool names_alone) {
  for (;;) {
    WEIR_ASSIGN_OR_RETURN(NamedItem item, parse_item());
    if (names_alone && item.has_alias) {
      return fail(ErrorCode::kUsage, "fields stand here without as", item.expression.span);
    }
    new_names_.push_back(item.name);
    items.push_back(std::move(item));
    if (items.size() > kMaxItemsInCommand) {
      return fail(ErrorCode::kLimit,
                  fmt::format("a command lists at most {} fields", kMaxItemsInCommand),
                  token_.span);
    }
    if (!token_.is_symbol(",")) {
      return {};
    }
    WEIR_RETURN_IF_ERROR(advance());
  }
}

Result<NamedItem> Parser::parse_item() {
  NamedItem item;
  WEIR_ASSIGN_OR_RETURN(item.expression, parse_expression());
  const bool is_plain_name = item.expression.kind == Syntax::Kind::kName;
  item.written = is_plain_name ? item.expression.text : text_of(item.expression.span);
  if (token_.is_word("as")) {
    WEIR_RETURN_IF_ERROR(advance());
    WEIR_ASSIGN_OR_RETURN(item.name, parse_alias());
    item.has_alias = true;
    return item;
  }
  const bool is_name = token_.kind == Token::Kind::kQuotedName ||
                       (token_.kind == Token::Kind::kName && !is_keyword(token_));
  // `sum(bytes) total` names the sum; in `srcaddr dstaddr` and `count(*) srcaddr` rather a comma or
  // a `by` was forgotten.
  if (is_name && is_plain_name) {
    return unexpected("',' before another field, or as before a name,");
  }
  if (is_name) {
    join_hyphenated(true);
    if (!host_.knows(token_.text)) {
      WEIR_ASSIGN_OR_RETURN(item.name, parse_alias());
      item.has_alias = true;
      return item;
    }
    return unexpected("',', as, by or '|'");
  }
  item.name = item.written;
  return item;
}

Result<std::string> Parser::parse_alias() {
  if (token_.kind == Token::Kind::kName) {
    join_hyphenated(true);
  } else if (token_.kind != Token::Kind::kQuotedName) {
    return unexpected("a name (one with spaces stands in backquotes)");
  }
  std::string name = token_.text;
  WEIR_RETURN_IF_ERROR(advance());
  return name;
}

Result<void> Parser::parse_stats(Command& command) {
  WEIR_RETURN_IF_ERROR(parse_items(command.items, false));
  if (!token_.is_word("by")) {
    return {};
  }
  WEIR_RETURN_IF_ERROR(advance());
  return parse_items(command.keys, false);
}

Result<void> Parser::parse_sort(Command& command) {
  if (token_.is_word("by")) {
    WEIR_RETURN_IF_ERROR(advance());
  }
  for (;;) {
    SortItem item;
    WEIR_ASSIGN_OR_RETURN(item.expression, parse_expression());
    item.is_descending = token_.is_word("desc");
    if (token_.is_word("asc") || token_.is_word("desc")) {
      WEIR_RETURN_IF_ERROR(advance());
    }
    command.sort.push_back(std::move(item));
    if (command.sort.size() > kMaxItemsInCommand) {
      return fail(ErrorCode::kLimit, "too many sort keys", token_.span);
    }
    if (!token_.is_symbol(",")) {
      return {};
    }
    WEIR_RETURN_IF_ERROR(advance());
  }
}

Result<void> Parser::parse_limit(Command& command) {
  if (token_.is_word("any")) {
    WEIR_RETURN_IF_ERROR(advance());
  }
  const bool is_count = token_.kind == Token::Kind::kNumber &&
                        token_.number.type == column::Type::kInt64 && token_.number.integer > 0;
  if (!is_count) {
    return unexpected("a number of rows, from 1,");
  }
  constexpr std::int64_t kMostInCloudWatch = 100'000;
  if (dialect_ == Dialect::kCloudWatch && token_.number.integer > kMostInCloudWatch) {
    return fail(ErrorCode::kUsage,
                fmt::format("CloudWatch gives at most {} rows", kMostInCloudWatch), token_.span);
  }
  command.limit = static_cast<std::uint64_t>(token_.number.integer);
  return advance();
}

// parse [field] "glob" as a, b      parse [field] /regex with (?<names>...)/
Result<void> Parser::parse_parse(Command& command) {
  Syntax subject;
  const bool has_subject = token_.kind != Token::Kind::kString && !token_.is_symbol("/");
  if (has_subject) {
    // A field or a call: behind it a slash begins the regular expression.
    WEIR_ASSIGN_OR_RETURN(Operand operand, parse_primary());
    subject = std::move(operand.syntax);
  } else {
    subject.kind = Syntax::Kind::kName;
    subject.text = "@message";
    subject.span = command.span;
  }
  if (token_.is_symbol("/")) {
    WEIR_ASSIGN_OR_RETURN(token_, lexer_.read_regex(token_.span.begin));
    return parse_groups(subject, command);
  }
  if (token_.kind != Token::Kind::kString) {
    return unexpected("\"a glob with *\" or a /regular expression/");
  }
  return parse_glob(subject, command);
}

namespace {

NamedItem parsed_item(std::string_view function, const Syntax& subject, const Token& pattern,
                      std::int64_t group, std::string name) {
  NamedItem item;
  item.name = std::move(name);
  item.has_alias = true;
  item.expression.kind = Syntax::Kind::kCall;
  item.expression.text = function;
  item.expression.span = pattern.span;
  item.expression.children.push_back(subject);
  Syntax literal;
  literal.literal = column::Value::of_string(pattern.text);
  literal.span = pattern.span;
  item.expression.children.push_back(literal);
  literal.literal = column::Value::of_int(group);
  item.expression.children.push_back(literal);
  return item;
}

}  // namespace

Result<void> Parser::parse_glob(const Syntax& subject, Command& command) {
  const Token pattern = token_;
  const auto num_stars = std::count(pattern.text.begin(), pattern.text.end(), '*');
  if (num_stars == 0) {
    return fail(ErrorCode::kUsage, "the glob needs a * for each name behind as", pattern.span);
  }
  WEIR_RETURN_IF_ERROR(advance());
  if (!token_.is_word("as")) {
    return unexpected("as and a name for each *");
  }
  do {
    WEIR_RETURN_IF_ERROR(advance());
    const TextSpan span = token_.span;
    WEIR_ASSIGN_OR_RETURN(std::string name, parse_alias());
    const auto place = static_cast<std::int64_t>(command.items.size()) + 1;
    if (place > num_stars) {
      return fail(ErrorCode::kUsage,
                  fmt::format("the glob has {} * and this is name number {}", num_stars, place),
                  span);
    }
    command.items.push_back(parsed_item("parse_glob", subject, pattern, place, std::move(name)));
  } while (token_.is_symbol(","));
  if (static_cast<std::int64_t>(command.items.size()) < num_stars) {
    return fail(ErrorCode::kUsage,
                fmt::format("the glob has {} * and only {} of them a name", num_stars,
                            command.items.size()),
                pattern.span);
  }
  return {};
}

Result<void> Parser::parse_groups(const Syntax& subject, Command& command) {
  const Token pattern = token_;
  WEIR_ASSIGN_OR_RETURN(const auto groups, named_groups(pattern.text, pattern.span));
  if (groups.empty()) {
    return fail(ErrorCode::kUsage,
                "the regular expression names no field: write (?<name>...) around what you want",
                pattern.span);
  }
  for (const auto& [name, number] : groups) {
    const bool is_known = std::any_of(command.items.begin(), command.items.end(),
                                      [&](const NamedItem& item) { return item.name == name; });
    if (is_known) {
      return fail(ErrorCode::kUsage,
                  fmt::format("two groups of the regular expression are called '{}'", name),
                  pattern.span);
    }
    command.items.push_back(parsed_item("parse_regex", subject, pattern, number, name));
  }
  return advance();
}

}  // namespace weir::query::insights

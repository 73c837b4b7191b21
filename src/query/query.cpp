#include "query/query.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/nearest_name.h"
#include "query/insights/insights.h"
#include "query/sql/sql.h"

namespace weir::query {
namespace {

constexpr std::string_view kInsightsWords[] = {
    "fields", "display", "filter", "where",       "stats",  "sort",   "order",    "limit",
    "head",   "tail",    "parse",  "dedup",       "source", "search", "diff",     "pattern",
    "join",   "anomaly", "unmask", "filterindex", "unnest", "lookup", "addtotals"};
// Beside SELECT and WITH, what the SQL parser refuses with advice.
constexpr std::string_view kSqlWords[] = {"select",  "with",   "values",   "from",  "insert",
                                          "update",  "delete", "create",   "alter", "drop",
                                          "explain", "show",   "describe", "use",   "set"};

constexpr std::size_t kMaxStatements = 1'000;

bool is_word_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '@' || static_cast<unsigned char>(c) >= 0x80;
}

// Where the first word begins: behind white space, comments of both languages, brackets that open a
// SQL statement, and the pipe that is left of a SOURCE line.
std::size_t skip_to_first_word(std::string_view text) {
  std::size_t i = 0;
  while (i < text.size()) {
    const std::string_view rest = text.substr(i);
    if (rest[0] == '#' || rest.starts_with("--")) {
      i = std::min(text.find('\n', i), text.size());
    } else if (rest.starts_with("/*")) {
      const std::size_t end = text.find("*/", i + 2);
      i = end == std::string_view::npos ? text.size() : end + 2;
    } else if (std::string_view(" \t\r\n|(;").find(rest[0]) != std::string_view::npos) {
      ++i;
    } else {
      break;
    }
  }
  return i;
}

std::string first_word(std::string_view text, std::size_t begin) {
  constexpr std::size_t kLongest = 40;
  std::string word;
  for (std::size_t i = begin; i < text.size() && word.size() < kLongest && is_word_letter(text[i]);
       ++i) {
    word += static_cast<char>(text[i] >= 'A' && text[i] <= 'Z' ? text[i] + 32 : text[i]);
  }
  return word;
}

tl::unexpected<Error> unknown_language(std::string_view text, std::size_t offset) {
  const std::size_t begin = skip_to_first_word(text);
  const std::string word = first_word(text, begin);
  const TextSpan span{offset + begin, offset + begin + std::max<std::size_t>(word.size(), 1)};
  if (begin >= text.size()) {
    return fail(ErrorCode::kUsage, "the query is empty", TextSpan{offset, offset});
  }
  static const std::vector<std::string> kSuggested{"fields", "display", "filter", "stats",  "sort",
                                                   "limit",  "parse",   "dedup",  "select", "with"};
  return fail(ErrorCode::kUsage,
              fmt::format("no query begins with '{}';{} Logs Insights begins with a command "
                          "(fields, filter, stats, ...), SQL with SELECT or WITH",
                          word.empty() ? std::string(text.substr(begin, 1)) : word,
                          did_you_mean(word, kSuggested)),
              span);
}

}  // namespace

Result<std::shared_ptr<column::Table>> Catalog::find_lookup(std::string_view name, TextSpan span) {
  return fail(ErrorCode::kNotFound, fmt::format("there is no lookup table '{}'", name), span);
}

std::optional<Language> detect_language(std::string_view text) {
  const std::string word = first_word(text, skip_to_first_word(text));
  if (std::find(std::begin(kSqlWords), std::end(kSqlWords), word) != std::end(kSqlWords)) {
    return Language::kSql;
  }
  if (std::find(std::begin(kInsightsWords), std::end(kInsightsWords), word) !=
      std::end(kInsightsWords)) {
    return Language::kInsights;
  }
  return std::nullopt;
}

Result<std::vector<PreparedQuery>> prepare(std::string_view text, const PrepareOptions& options,
                                           Catalog& catalog, const QueryEnvironment& environment) {
  const auto language = options.language ? options.language : detect_language(text);
  if (!language) {
    return unknown_language(text, 0);
  }
  std::vector<TextSpan> statements{{0, text.size()}};
  if (language == Language::kSql) {
    statements = sql::split_statements(text);
  }
  if (statements.empty()) {
    return fail(ErrorCode::kUsage, "the query is empty", TextSpan{0, text.size()});
  }
  if (statements.size() > kMaxStatements) {
    return fail(ErrorCode::kLimit,
                fmt::format("a text holds at most {} statements", kMaxStatements),
                statements[kMaxStatements]);
  }
  std::vector<PreparedQuery> prepared;
  for (const TextSpan& span : statements) {
    const std::string_view statement = text.substr(span.begin, span.end - span.begin);
    const auto spoken = options.language ? options.language : detect_language(statement);
    if (!spoken) {
      return unknown_language(statement, span.begin);
    }
    WEIR_ASSIGN_OR_RETURN(
        PreparedQuery query,
        spoken == Language::kSql
            ? sql::prepare(statement, span.begin, options, catalog, environment)
            : insights::prepare(statement, span.begin, options, catalog, environment));
    query.plan = optimise(std::move(query.plan));
    prepared.push_back(std::move(query));
  }
  return prepared;
}

namespace {

constexpr std::size_t kMostShown = 100;  // characters of the line

struct PointedLine {
  std::size_t begin = 0;  // of the line in the text
  std::size_t end = 0;
  std::size_t number = 1;
};

PointedLine line_at(std::string_view text, std::size_t position) {
  PointedLine line;
  for (std::size_t i = 0; i < position; ++i) {
    if (text[i] == '\n') {
      ++line.number;
      line.begin = i + 1;
    }
  }
  line.end = std::min(text.find('\n', line.begin), text.size());
  if (line.end > line.begin && text[line.end - 1] == '\r') {
    --line.end;
  }
  return line;
}

bool continues_character(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

}  // namespace

std::string point_at(std::string_view text, TextSpan span) {
  const std::size_t begin = std::min(span.begin, text.size());
  const PointedLine line = line_at(text, begin);
  const std::size_t end = std::clamp(span.end, begin, std::max(line.end, begin));

  // Characters of the line: what a terminal would obey is shown as '?'.
  std::vector<std::string> characters;
  std::size_t first = 0;
  std::size_t last = 0;  // behind the span
  for (std::size_t i = line.begin; i < line.end; ++i) {
    const char c = text[i];
    if (!continues_character(c) || characters.empty()) {
      first += i < begin ? 1 : 0;
      last += i < end ? 1 : 0;
      const bool is_control = static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
      characters.emplace_back(1, c == '\t' ? ' ' : is_control ? '?' : c);
    } else {
      characters.back() += c;
    }
  }
  const std::size_t column = first + 1;
  first = std::min(first, characters.size());
  last = std::max(last, first + 1);

  // A long line is cut around the place.
  const std::size_t from = first > kMostShown * 3 / 4 ? first - kMostShown / 2 : 0;
  const std::size_t to = std::min(characters.size(), from + kMostShown);
  std::string shown = from > 0 ? "..." : "";
  const std::size_t indent = shown.size() + (first - from);
  for (std::size_t i = from; i < to; ++i) {
    shown += characters[i];
  }
  shown += to < characters.size() ? "..." : "";
  const std::size_t width =
      std::max<std::size_t>(std::min(last, std::max(to, first + 1)) - first, 1);
  return fmt::format("line {}, column {}\n  {}\n  {}{}", line.number, column, shown,
                     std::string(indent, ' '), std::string(width, '^'));
}

}  // namespace weir::query

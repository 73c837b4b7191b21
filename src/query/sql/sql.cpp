#include "query/sql/sql.h"

#include <string>
#include <utility>

#include "query/sql/lexer.h"
#include "query/sql/parser.h"
#include "query/sql/planner.h"

namespace weir::query::sql {
namespace {

constexpr std::size_t kMaxText = std::size_t{1} << 20;

}  // namespace

std::vector<TextSpan> split_statements(std::string_view text) {
  std::vector<TextSpan> statements;
  std::size_t place = 0;
  while (place < text.size()) {
    place = skip_space(text, place);
    const std::size_t begin = place;
    std::size_t end = place;  // behind the last thing that is no space
    while (place < text.size() && text[place] != ';') {
      const char c = text[place];
      if (c == '\'' || c == '"' || c == '`') {
        place = std::min(skip_quoted(text, place), text.size());
      } else {
        ++place;
      }
      end = place;
      place = skip_space(text, place);
    }
    if (end > begin) {
      statements.push_back({begin, end});
    }
    ++place;  // the semicolon
  }
  return statements;
}

Result<PreparedQuery> prepare(std::string_view text, std::size_t offset,
                              const PrepareOptions& options, Catalog& catalog,
                              const QueryEnvironment& environment) {
  if (text.size() > kMaxText) {
    return fail(ErrorCode::kLimit, "a statement has at most 1 MiB");
  }
  WEIR_ASSIGN_OR_RETURN(auto tokens, tokenize(text, offset));
  Parser parser(text, offset, std::move(tokens));
  WEIR_ASSIGN_OR_RETURN(const Query query, parser.parse_statement());
  Binder binder(environment, Language::kSql);
  Planner planner(text, offset, options, catalog, binder);
  WEIR_ASSIGN_OR_RETURN(Relation relation, planner.plan(query));
  PreparedQuery prepared;
  prepared.plan = std::move(relation.plan);
  prepared.language = Language::kSql;
  prepared.warnings = binder.warnings();
  prepared.text = std::string(text);
  return prepared;
}

}  // namespace weir::query::sql

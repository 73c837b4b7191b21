#include "query/insights/insights.h"

#include <optional>
#include <utility>

#include "query/insights/parser.h"
#include "query/insights/planner.h"

namespace weir::query::insights {

Result<PreparedQuery> prepare(std::string_view text, std::size_t offset,
                              const PrepareOptions& options, Catalog& catalog,
                              const QueryEnvironment& environment) {
  WEIR_ASSIGN_OR_RETURN(auto table, catalog.find_table("", TextSpan{offset, offset}));
  Binder binder(environment, Language::kInsights);
  Planner planner(text, offset, std::move(table), options.range, catalog, binder);
  if (options.appends_pointer) {
    planner.append_pointer();
  }
  Parser parser(text, offset, environment.dialect, planner);
  for (;;) {
    WEIR_ASSIGN_OR_RETURN(std::optional<Command> command, parser.next_command());
    for (Warning& warning : parser.take_warnings()) {
      binder.warn(std::move(warning.code), std::move(warning.message), warning.span);
    }
    if (!command) {
      break;
    }
    WEIR_RETURN_IF_ERROR(planner.add(std::move(*command)));
  }
  PreparedQuery query;
  WEIR_ASSIGN_OR_RETURN(query.plan, planner.finish());
  query.language = Language::kInsights;
  query.warnings = binder.warnings();
  query.text = text;
  return query;
}

}  // namespace weir::query::insights

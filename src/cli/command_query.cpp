#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/session.h"
#include "cli/text_file.h"

namespace weir::cli {
namespace {

Result<int> answer_query(const Arguments& arguments, Environment& environment) {
  std::vector<std::string> paths = arguments.positionals();
  std::string text;
  if (arguments.has("file")) {
    WEIR_ASSIGN_OR_RETURN(
        text, read_text_file(environment, std::string(arguments.value("file")), "a query"));
  } else {
    if (paths.empty()) {
      return fail(ErrorCode::kUsage,
                  "weir query needs a query, or -f FILE (weir help query shows examples)");
    }
    text = std::move(paths.front());
    paths.erase(paths.begin());
    if (!arguments.has("language") && !query::detect_language(text) &&
        environment.files().info(text)) {
      return fail(ErrorCode::kUsage,
                  fmt::format("the query comes before the paths, and {} is a path: weir query "
                              "'stats count(*) by action' {}",
                              text, text));
    }
  }
  std::optional<query::Language> language;
  if (arguments.has("language")) {
    language =
        arguments.value("language") == "sql" ? query::Language::kSql : query::Language::kInsights;
  }
  WEIR_ASSIGN_OR_RETURN(const auto session,
                        Session::open(arguments, std::move(paths), environment));
  const QueryText query = QueryText::written(std::move(text));
  WEIR_ASSIGN_OR_RETURN(const auto statements, session->prepare(query, language));
  bool is_first = true;
  if (arguments.has("explain")) {
    for (const auto& statement : statements) {
      if (!environment.write((is_first ? "" : "\n") + query::to_text(*statement.plan))) {
        break;
      }
      is_first = false;
    }
    return environment.write_failure();
  }
  for (const auto& statement : statements) {
    // Tables of several statements are kept apart by an empty line; the machine formats are one
    // document a statement.
    if (!is_first && (session->output_format() == "table" || session->output_format() == "md") &&
        !environment.write("\n")) {
      break;
    }
    is_first = false;
    const auto writer = session->make_writer(statement.language);
    WEIR_RETURN_IF_ERROR(session->run(statement, query, *writer));
    WEIR_ASSIGN_OR_RETURN(const bool is_open, writer->finish());
    if (!is_open) {
      break;
    }
  }
  return session->close();
}

}  // namespace

int run_query(const Arguments& arguments, Environment& environment) {
  const auto done = answer_query(arguments, environment);
  return done ? *done : environment.fail(done.error());
}

}  // namespace weir::cli

#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "query/function.h"
#include "query/plan.h"
#include "query/warning.h"

namespace weir::query {

// Finds the table that a name in FROM or SOURCE means.
class Catalog {
 public:
  virtual ~Catalog() = default;
  // `name` empty: the table that queries without FROM or SOURCE read. Unknown: an error that names
  // what there is.
  [[nodiscard]] virtual Result<std::shared_ptr<column::Table>> find_table(std::string_view name,
                                                                          TextSpan span) = 0;
  // The log groups that a subquery or the right side of a join reads; null where SOURCE is not
  // looked at.
  [[nodiscard]] virtual Result<std::shared_ptr<column::Table>> find_source(
      const std::vector<std::string>& /*names*/, TextSpan /*span*/) {
    return std::shared_ptr<column::Table>();
  }
  // The table that `lookup` calls by `name`; its columns are texts.
  [[nodiscard]] virtual Result<std::shared_ptr<column::Table>> find_lookup(std::string_view name,
                                                                           TextSpan span);
};

// A statement ready to run.
struct PreparedQuery {
  PlanPtr plan;  // optimised
  Language language = Language::kInsights;
  std::vector<Warning> warnings;
  std::string text;  // of this statement, as written
};

struct PrepareOptions {
  std::optional<Language> language;  // else told from the first word of each statement
  column::TimeRange range;           // --since and --until, for every scan
  // Whether rows of Insights that are records end with @ptr, of tables that have it.
  bool appends_pointer = false;
};

// Splits `text` into statements (SQL: at semicolons; Insights: one), comments skipped, and prepares
// each. Spans of errors and warnings count from the start of `text`.
[[nodiscard]] Result<std::vector<PreparedQuery>> prepare(std::string_view text,
                                                         const PrepareOptions& options,
                                                         Catalog& catalog,
                                                         const QueryEnvironment& environment);

// "line 2, column 7", the line of the text and a caret under the span.
[[nodiscard]] std::string point_at(std::string_view text, TextSpan span);

// The language that the first word of a statement speaks; nullopt where neither can begin with it.
[[nodiscard]] std::optional<Language> detect_language(std::string_view text);

}  // namespace weir::query

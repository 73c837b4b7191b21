#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "query/query.h"

namespace weir::query::sql {

// The statements of a text: byte ranges between semicolons outside quotes and comments, empty ones
// left out.
[[nodiscard]] std::vector<TextSpan> split_statements(std::string_view text);

// Parses and binds one SQL statement into an unoptimised plan. `offset` is where `text` begins in
// the whole text, for spans. Hardened against untrusted input: depth and size are bounded.
//
// Where dialects of SQL differ: MySQL's and PostgreSQL's spellings are both read; STDDEV is the
// population's; `/` is never rounded; `"x"` is a name; nulls sort last unless NULLS FIRST is
// written; a column of the table hides an alias in WHERE and GROUP BY, an alias the column in ORDER
// BY and HAVING. A statement that groups a table by an address leaves out NODATA and SKIPDATA
// records, with a warning (silent_records), unless it names log_status or handles null; not so in
// Dialect::kCloudWatch.
[[nodiscard]] Result<PreparedQuery> prepare(std::string_view text, std::size_t offset,
                                            const PrepareOptions& options, Catalog& catalog,
                                            const QueryEnvironment& environment);

}  // namespace weir::query::sql

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
[[nodiscard]] Result<PreparedQuery> prepare(std::string_view text, std::size_t offset,
                                            const PrepareOptions& options, Catalog& catalog,
                                            const QueryEnvironment& environment);

}  // namespace weir::query::sql

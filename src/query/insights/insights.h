#pragma once

#include <string_view>

#include "base/result.h"
#include "query/query.h"

namespace weir::query::insights {

// Parses and binds one Logs Insights query into an unoptimised plan. `offset` is where `text`
// begins in the whole text, for spans. Hardened against untrusted input: depth and size are
// bounded.
[[nodiscard]] Result<PreparedQuery> prepare(std::string_view text, std::size_t offset,
                                            const PrepareOptions& options, Catalog& catalog,
                                            const QueryEnvironment& environment);

}  // namespace weir::query::insights

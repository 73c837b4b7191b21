#pragma once

#include <string_view>

#include "base/result.h"
#include "cli/arguments.h"
#include "cli/environment.h"
#include "format/tree.h"

namespace weir::cli {

// Writes what the data of a dashboard says (GET /api/v1/dashboards/{name}/data): each widget as its
// title and a table, one widget's rows, or all of them as cells.
[[nodiscard]] Result<void> write_dashboard(const format::Tree& data, const Arguments& arguments,
                                           Environment& environment);

}  // namespace weir::cli

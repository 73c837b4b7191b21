#pragma once

#include <vector>

#include "base/result.h"
#include "cli/row_writer.h"
#include "column/batch.h"
#include "column/value.h"

namespace weir::cli {

// Writes a whole table of few rows.
[[nodiscard]] Result<bool> write_rows(RowWriter& writer, const column::Schema& schema,
                                      const std::vector<std::vector<column::Value>>& rows);

}  // namespace weir::cli

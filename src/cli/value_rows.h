#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/arguments.h"
#include "cli/environment.h"
#include "cli/row_writer.h"
#include "column/batch.h"
#include "column/value.h"

namespace weir::cli {

// A table of few rows.
struct RowTable {
  column::Schema schema;
  std::vector<std::vector<column::Value>> rows;
};

// Writes it whole.
[[nodiscard]] Result<bool> write_rows(RowWriter& writer, const column::Schema& schema,
                                      const std::vector<std::vector<column::Value>>& rows);
// In a format, as --no-header and the terminal want it.
[[nodiscard]] Result<void> write_table(const RowTable& table, std::string_view format,
                                       const Arguments& arguments, Environment& environment);

}  // namespace weir::cli

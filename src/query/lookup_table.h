#pragma once

#include <memory>
#include <string_view>

#include "base/result.h"
#include "column/scan.h"

namespace weir::query {

// Reads a lookup table: CSV (RFC 4180) whose first line names the columns, in UTF-8, at most 10 MB
// (AWS, CreateLookupTable, 2026). All values are texts; an empty one is a text, too. Hardened
// against untrusted input; errors name the line.
[[nodiscard]] Result<std::shared_ptr<column::Table>> read_lookup_table(std::string_view csv);

}  // namespace weir::query

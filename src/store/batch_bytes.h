#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "column/batch.h"

namespace weir::store {

// Rows as bytes, for the write-ahead log: docs/formats/write-ahead-log.md.
void write_batch(const column::Batch& batch, std::string& out);
// Hardened against untrusted input. Stored columns; texts live in the columns' arenas.
[[nodiscard]] Result<column::Batch> read_batch(std::string_view bytes);

}  // namespace weir::store

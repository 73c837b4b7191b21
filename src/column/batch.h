#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "column/column.h"
#include "column/type.h"

namespace weir::column {

// Rows that a scan hands over at once, and that kernels work on: fits the L2 cache.
inline constexpr std::size_t kBatchRows = 2048;

struct Field {
  std::string name;
  Type type = Type::kNull;
  friend bool operator==(const Field&, const Field&) = default;
};
using Schema = std::vector<Field>;

// Some rows of some columns, all columns of the same size.
struct Batch {
  std::size_t num_rows = 0;
  std::vector<Column> columns;
  // Place of the batch in the whole input: batches of all streams of a scan, ordered by it, are the
  // input's own order. What is "first" is decided by (sequence, row), so answers do not depend on
  // the number of threads.
  std::uint64_t sequence = 0;
};

}  // namespace weir::column

#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/arena.h"
#include "column/batch.h"
#include "flowlog/envelope.h"

namespace weir::flowlog {

// Gathers JSON objects as rows of text columns named by their keys: what RowDecoder takes. Copies
// what it is given. Not thread-safe.
class JsonRows {
 public:
  // False where there are more different keys than a layout can have columns; nothing is added.
  [[nodiscard]] bool add(std::span<const JsonCell> cells, std::uint64_t line);
  [[nodiscard]] bool is_empty() const { return lines_.empty(); }
  [[nodiscard]] bool is_full() const { return lines_.size() >= column::kBatchRows; }
  // Keys in the order of their first coming; none ever leaves.
  [[nodiscard]] const column::Schema& schema() const { return schema_; }

  struct Slice {
    const column::Batch& batch;  // columns in the order of schema()
    std::span<const std::uint64_t> lines;
  };
  // Hands out what was added, kBatchRows at a time; no rows at the end, and all is forgotten.
  [[nodiscard]] Slice next();

 private:
  std::size_t column_of(std::size_t guess, std::string_view name);

  column::Schema schema_;
  std::unordered_map<std::string, std::size_t> index_;
  // Of each column: values of the first rows; without data() is null. Missing behind the end: null.
  std::vector<std::vector<std::string_view>> cells_;
  std::vector<std::uint64_t> lines_;
  std::size_t num_out_ = 0;
  Arena arena_;
  column::Batch batch_;
};

}  // namespace weir::flowlog

#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "column/batch.h"
#include "column/scan.h"

namespace weir::column {

// Rows held in memory as a table: VALUES lists, materialised common table expressions, tests.
// Names are found whatever their case, '-' for '_'. A scan applies no conjuncts; a time range it
// applies to the column `start` of type time (without such a column no row has a start); silent
// rows are those whose column `log_status` says NODATA or SKIPDATA. Batches are delivered in order
// of their place, whole or in pieces of kBatchRows, by as many streams as are opened. Immutable, so
// safe from any thread; outlives its scans and what they deliver.
class MemoryTable final : public Table {
 public:
  // The columns of each batch stand in the order of `schema`, in its types.
  MemoryTable(Schema schema, std::vector<Batch> batches);
  // Copies rows of values; a value is null or of the field's type.
  static std::unique_ptr<MemoryTable> from_rows(Schema schema,
                                                std::span<const std::vector<Value>> rows,
                                                std::size_t rows_each_batch = kBatchRows);

  Result<std::optional<Field>> find(std::string_view name) override;
  Result<Schema> columns() override { return schema_; }
  std::vector<std::string> known_names() override;
  Result<bool> carries(std::string_view canonical_name) override;
  Result<std::unique_ptr<Scan>> scan(const ScanRequest& request,
                                     const ScanContext& context) override;

  [[nodiscard]] std::size_t num_rows() const;

 private:
  [[nodiscard]] std::optional<std::size_t> index_of(std::string_view name) const;

  Schema schema_;
  std::vector<Batch> batches_;
};

}  // namespace weir::column

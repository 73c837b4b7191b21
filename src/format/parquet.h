#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "column/batch.h"
#include "io/file_system.h"

namespace weir::format {

// A Parquet file as column batches. Column types: integers as kInt64, floating point as kDouble,
// timestamps as kTime, booleans as kBool, everything textual as kString; nested columns are left
// out and named in skipped_columns(). Used by one thread.
class ParquetReader {
 public:
  virtual ~ParquetReader() = default;
  [[nodiscard]] virtual const column::Schema& schema() const = 0;
  [[nodiscard]] virtual const std::vector<std::string>& skipped_columns() const = 0;
  [[nodiscard]] virtual std::uint64_t num_rows() const = 0;
  // Chooses the columns that next() gives, by index into schema(). Before the first next().
  [[nodiscard]] virtual Result<void> project(std::span<const std::size_t> columns) = 0;
  // Up to column::kBatchRows rows; false at the end. Views stay valid until the next call.
  [[nodiscard]] virtual Result<bool> next(column::Batch& batch) = 0;
};

struct ParquetWriteOptions {
  enum class Codec : std::uint8_t { kNone, kSnappy, kGzip, kZstd } codec = Codec::kZstd;
  std::size_t row_group_rows = 1'000'000;
  // Columns by name that are written as 32-bit integers (AWS's layout); times always go as INT64
  // seconds there.
  std::vector<std::string> int32_columns;
  bool times_as_seconds = false;  // INT64 epoch seconds instead of TIMESTAMP(ms, UTC)
};

class ParquetWriter {
 public:
  virtual ~ParquetWriter() = default;
  [[nodiscard]] virtual Result<void> write(const column::Batch& batch) = 0;
  [[nodiscard]] virtual Result<void> close() = 0;
};

// Loads the Arrow plug-in on first use. Where it is missing: kUnsupported, with the remedy.
[[nodiscard]] Result<std::unique_ptr<ParquetReader>> open_parquet(
    std::shared_ptr<io::RandomAccessFile> file, const std::string& name);
[[nodiscard]] Result<std::unique_ptr<ParquetWriter>> create_parquet(
    std::unique_ptr<io::WritableFile> file, const column::Schema& schema,
    const ParquetWriteOptions& options);
// "19.0.1", or "" where this build or machine has none.
[[nodiscard]] std::string parquet_version();

}  // namespace weir::format

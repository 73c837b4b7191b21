#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "flowlog/input_tree.h"
#include "flowlog/progress_meter.h"
#include "flowlog/record_reader.h"
#include "flowlog/row_decoder.h"
#include "format/parquet.h"

namespace weir::flowlog {

// Reads Parquet files of flow records, as AWS writes them and as others do (numbers as text). One
// that is damaged inside ends there, noted in the tally.
class ParquetRows final : public RecordReader {
 public:
  // Takes a reader that nothing was read from. The other arguments outlive this.
  ParquetRows(const ReadPlan& plan, const InputFile& file,
              std::unique_ptr<format::ParquetReader> reader, FileTally& tally);

  [[nodiscard]] Result<void> prepare();
  Result<bool> next(column::Batch& batch) override;

 private:
  const ReadPlan& plan_;
  const InputFile& file_;
  std::unique_ptr<format::ParquetReader> reader_;
  FileTally& tally_;
  ProgressMeter meter_;
  RowDecoder row_decoder_;
  column::Batch raw_;
  std::vector<std::uint64_t> lines_;
  std::uint64_t num_rows_ = 0;
  std::uint64_t num_batches_ = 0;
};

// Opens the Parquet in a file; one that is compressed, or a pipe, is held in memory, up to a limit.
[[nodiscard]] Result<std::unique_ptr<format::ParquetReader>> open_parquet_input(
    OpenInput& input, const std::string& path);
// The layout that the columns of a file make.
[[nodiscard]] Layout layout_of_parquet(const format::ParquetReader& reader);

}  // namespace weir::flowlog

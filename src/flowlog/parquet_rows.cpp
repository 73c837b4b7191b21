#include "flowlog/parquet_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <utility>

namespace weir::flowlog {
namespace {

constexpr std::size_t kMaxBufferedParquet = 256'000'000;

class BytesFile final : public io::RandomAccessFile {
 public:
  explicit BytesFile(std::string bytes) : bytes_(std::move(bytes)) {}
  [[nodiscard]] std::uint64_t size() const override { return bytes_.size(); }
  [[nodiscard]] Result<std::size_t> read_at(std::uint64_t offset,
                                            std::span<char> buffer) const override {
    if (offset >= bytes_.size()) {
      return std::size_t{0};
    }
    return bytes_.copy(buffer.data(), buffer.size(), static_cast<std::size_t>(offset));
  }

 private:
  std::string bytes_;
};

}  // namespace

ParquetRows::ParquetRows(const ReadPlan& plan, const InputFile& file,
                         std::unique_ptr<format::ParquetReader> reader, FileTally& tally)
    : plan_(plan),
      file_(file),
      reader_(std::move(reader)),
      tally_(tally),
      meter_(plan.context.progress, tally),
      row_decoder_(plan, file, tally) {}

Result<void> ParquetRows::prepare() {
  if (reader_->schema().empty()) {
    return fail(ErrorCode::kInput, "the Parquet file has no columns that could be read");
  }
  row_decoder_.set_schema(reader_->schema());
  std::vector<std::size_t> needed = row_decoder_.needed_columns();
  if (needed.empty()) {
    needed.push_back(0);  // rows are to be counted all the same
  }
  return reader_->project(needed);
}

Result<bool> ParquetRows::next(column::Batch& batch) {
  while (true) {
    if (plan_.is_cancelled()) {
      return fail(ErrorCode::kCancelled, "cancelled");
    }
    const auto is_more = reader_->next(raw_);
    if (!is_more || !*is_more) {
      // Damage may show as an error or, of a page that looks like the last, as too few rows. As
      // with a compressed stream what came before counts, and so do the other files.
      if (!is_more || num_rows_ < reader_->num_rows()) {
        tally_.is_damaged = true;
        tally_.notes.push_back(
            fmt::format("damaged behind row {} of {}{}; what came before was read", num_rows_,
                        reader_->num_rows(),
                        is_more ? std::string() : fmt::format(" ({})", is_more.error().message)));
      }
      meter_.update(file_.size);
      batch.num_rows = 0;
      return false;
    }
    lines_.resize(raw_.num_rows);
    std::iota(lines_.begin(), lines_.end(), num_rows_ + 1);
    num_rows_ += raw_.num_rows;
    row_decoder_.decode(raw_, lines_, batch);
    meter_.update(file_.size * num_rows_ / std::max<std::uint64_t>(reader_->num_rows(), 1));
    if (batch.num_rows > 0) {
      batch.sequence = (std::uint64_t{file_.index} << kFileShift) | num_batches_++;
      return true;
    }
  }
}

Result<std::unique_ptr<format::ParquetReader>> open_parquet_input(OpenInput& input,
                                                                  const std::string& path) {
  if (input.bytes != nullptr && input.content->compression() == io::Compression::kNone) {
    return format::open_parquet(input.bytes, path);
  }
  std::string bytes;
  std::vector<char> chunk(256 * 1024);
  while (true) {
    WEIR_ASSIGN_OR_RETURN(const std::size_t size, input.content->read(chunk));
    if (size == 0) {
      return format::open_parquet(std::make_shared<BytesFile>(std::move(bytes)), path);
    }
    bytes.append(chunk.data(), size);
    if (bytes.size() > kMaxBufferedParquet) {
      return fail(ErrorCode::kLimit,
                  fmt::format("Parquet that is no plain file is held in memory, and more than {} "
                              "MB are not: save it to a file",
                              kMaxBufferedParquet / 1'000'000));
    }
  }
}

Layout layout_of_parquet(const format::ParquetReader& reader) {
  std::vector<std::string> names;
  for (const column::Field& field : reader.schema()) {
    names.push_back(field.name);
  }
  return layout_of_names(names);
}

}  // namespace weir::flowlog

#pragma once

#include <memory>

#include "column/scan.h"
#include "flowlog/file_scan.h"
#include "flowlog/record_reader.h"
#include "flowlog/text_reader.h"

namespace weir::flowlog {

// One stream of a FileScan: reads whole files, or takes part in reading a shared one.
class FileStream final : public column::ScanStream {
 public:
  explicit FileStream(std::shared_ptr<ScanWork> work);
  ~FileStream() override;

  Result<bool> next(column::Batch& batch) override;

 private:
  Result<bool> start_share();
  Result<void> start_file(const InputFile& file);
  template <class Reader>
  Result<void> start_rows(const InputFile& file, std::unique_ptr<Reader> reader);
  Result<void> start_parquet(const InputFile& file);
  void pass_over(const InputFile& file, std::string problem, bool is_damaged = false);
  // Reads what stands before the place where a single file is to be gone on with.
  Result<void> read_up_to(std::uint64_t begin);
  Result<void> start_text(const InputFile& file, std::string_view first_bytes);
  void join(std::shared_ptr<SharedText> text);
  // Hands in what the current file has left behind.
  void finish_share();

  std::shared_ptr<ScanWork> work_;
  const ReadPlan& plan_;
  ParserCache parsers_;
  TextBuffer buffer_;
  column::RowFilter meta_filter_;  // claimed conjuncts on columns that the key may tell
  // Of the current share.
  const InputFile* file_ = nullptr;
  OpenInput input_;
  FileTally tally_;
  std::unique_ptr<RecordReader> reader_;
  TextReader* text_reader_ = nullptr;  // reader_, of a single file
  MorselReader* morsels_ = nullptr;    // reader_, where the file is shared
  bool fills_meta_ = false;            // the reader knows @account and the like by record
  bool is_over_ = false;
};

}  // namespace weir::flowlog

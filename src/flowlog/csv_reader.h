#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "flowlog/content_buffer.h"
#include "flowlog/event_decoder.h"
#include "flowlog/progress_meter.h"
#include "flowlog/record_reader.h"
#include "flowlog/row_decoder.h"

namespace weir::flowlog {

// Reads CSV (RFC 4180: quotes doubled within quotes, any line end) whose first record names the
// columns: exports of Logs Insights, and what we write ourselves. Where a record stands in one
// column, @message, it is read as the line it is; else the columns are its fields.
class CsvReader final : public RecordReader {
 public:
  // All arguments outlive the reader.
  CsvReader(const ReadPlan& plan, const InputFile& file, Content& content, LayoutBook& book,
            FileTally& tally);

  // Reads the names and, of messages, as many as it takes to know their layout.
  [[nodiscard]] Result<void> prepare();
  [[nodiscard]] std::string problem() const;
  [[nodiscard]] std::vector<Layout> layouts() const;
  // Records with columns that surround them.
  [[nodiscard]] bool has_events() const;

  Result<bool> next(column::Batch& batch) override;

 private:
  static constexpr std::size_t kMaxRecordBytes = 1024 * 1024;

  struct Cell {
    std::string_view text;
    bool is_quoted = false;
    bool has_doubled = false;  // quotes, still to be halved
  };
  enum class Parsed { kRecord, kPartial, kBroken };
  // Takes the record at the front of `text` apart; `size` of it are to be consumed.
  Parsed parse_record(std::string_view text, std::size_t& size);
  std::string_view unescaped(const Cell& cell, Arena& arena);
  Result<void> read_names();
  Result<void> gather();
  void add_row(std::uint64_t line);
  void add_event(std::uint64_t line);

  const ReadPlan& plan_;
  const InputFile& file_;
  Content& content_;
  FileTally& tally_;
  ProgressMeter meter_;
  ContentBuffer buffer_;
  EventDecoder events_;
  RowDecoder row_decoder_;
  std::vector<std::string> names_;
  std::optional<std::size_t> message_column_;  // set: records are events
  std::vector<Cell> cells_;                    // of the record at hand
  Arena arena_;
  column::Batch raw_;
  std::vector<std::uint64_t> lines_;
  bool is_at_end_ = false;
  std::uint64_t num_batches_ = 0;
};

}  // namespace weir::flowlog

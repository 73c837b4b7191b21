#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "flowlog/content_buffer.h"
#include "flowlog/envelope.h"
#include "flowlog/event_decoder.h"
#include "flowlog/json_rows.h"
#include "flowlog/json_splitter.h"
#include "flowlog/progress_meter.h"
#include "flowlog/record_reader.h"
#include "flowlog/row_decoder.h"

namespace weir::flowlog {

// Reads whatever JSON carries flow logs (see EnvelopeUnpacker), objects of several kinds mixed in
// one file, with plain lines between them.
class JsonReader final : public RecordReader {
 public:
  // All arguments outlive the reader.
  JsonReader(const ReadPlan& plan, const InputFile& file, Content& content, LayoutBook& book,
             const io::InflateLimits& limits, FileTally& tally);
  ~JsonReader() override;

  // Reads as far as it takes to know the layouts.
  [[nodiscard]] Result<void> prepare();
  // "" or why nothing in the file can be read, once prepared.
  [[nodiscard]] std::string problem() const;
  // That of lines, and of rows, as far as known.
  [[nodiscard]] std::vector<Layout> layouts() const;
  // Records, or rows, with columns that surround a record.
  [[nodiscard]] bool has_events() const;

  Result<bool> next(column::Batch& batch) override;

 private:
  class Sink;
  // Unpacks objects until events or rows are worth handing out, or the content ends.
  Result<void> gather();
  Result<bool> gather_item();

  const ReadPlan& plan_;
  const InputFile& file_;
  Content& content_;
  FileTally& tally_;
  ProgressMeter meter_;
  ContentBuffer buffer_;
  JsonSplitter splitter_;
  EnvelopeUnpacker unpacker_;
  EventDecoder events_;
  JsonRows rows_;
  RowDecoder row_decoder_;
  std::size_t num_known_columns_ = 0;
  bool has_events_ = false;
  bool is_at_end_ = false;
  std::uint64_t num_batches_ = 0;
};

}  // namespace weir::flowlog

#pragma once

#include <memory>

#include "flowlog/content.h"
#include "flowlog/line_cursor.h"
#include "flowlog/progress_meter.h"
#include "flowlog/record_reader.h"

namespace weir::flowlog {

// The bytes that a stream parses in, reused from file to file: in the cache while its lines are
// parsed. The parser may read 64 bytes past what it is given.
class TextBuffer {
 public:
  static constexpr std::size_t kPadding = 64;
  static constexpr std::size_t kBytes = 256 * 1024;
  static constexpr std::size_t kCapacity = kBytes + kMaxLineBytes;

  // Not zeroed: of small files most of it is never touched.
  TextBuffer() : bytes_(new char[kCapacity + kPadding]) {}
  [[nodiscard]] char* data() { return bytes_.get(); }

 private:
  std::unique_ptr<char[]> bytes_;
};

// Reads text front to end: compressed files, pipes, and plain files that one stream has to itself.
// A line without end does not grow memory: past kMaxLineBytes it is skipped and counted.
class TextReader final : public RecordReader {
 public:
  // `data_offset` bytes of the content (a byte order mark, the header) are passed over. All
  // arguments outlive the reader.
  TextReader(const ReadPlan& plan, ParserCache& parsers, const InputFile& file, Content& content,
             const Layout& layout, std::size_t data_offset, TextBuffer& buffer, FileTally& tally);

  Result<bool> next(column::Batch& batch) override;

  // What becomes of a last line without newline. Broken: it is no record, or the stream is
  // truncated; it counts as rejected then, and is left all the same, for when the rest of it is
  // there.
  enum class CutLine { kRead, kLeft, kLeftWhereBroken };
  void leave_cut_line(CutLine choice) { cut_line_ = choice; }
  // `begin` bytes of the content have been read by somebody else.
  void go_on_from(std::uint64_t begin, const Layout& layout);
  // Of a cut line, once the end has been met.
  [[nodiscard]] std::uint64_t left_bytes() const { return left_bytes_; }

 private:
  Result<void> refill();
  Result<void> fill_buffer(std::size_t wanted);
  void drop_cut_line();
  Result<void> skip_endless_line();
  void note_broken_line();
  void number_lines();

  const ReadPlan& plan_;
  const InputFile& file_;
  Content& content_;
  TextBuffer& buffer_;
  FileTally& tally_;
  LineCursor cursor_;
  ProgressMeter meter_;
  std::size_t to_pass_over_;
  std::size_t begin_ = 0;       // of the lines not parsed yet
  std::size_t end_ = 0;         // of the bytes read
  std::uint64_t position_ = 0;  // of the buffer's front in the content
  bool is_at_end_ = false;
  CutLine cut_line_ = CutLine::kRead;
  std::uint64_t left_bytes_ = 0;
  std::size_t cut_line_bytes_ = 0;  // of the last line, while the cursor has it
  std::uint64_t rejected_before_ = 0;
  std::uint64_t num_batches_ = 0;
  std::uint64_t lines_before_ = 0;  // the buffer's front; counted for pipes only
};

}  // namespace weir::flowlog

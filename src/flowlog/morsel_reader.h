#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "flowlog/content.h"
#include "flowlog/line_cursor.h"
#include "flowlog/record_reader.h"
#include "flowlog/text_reader.h"

namespace weir::flowlog {

// One plain text file that several streams read at once, in morsels of kMorselBytes: morsel n is
// the lines that begin in its bytes.
//
// A header in the middle (concatenated files) changes the layout of everything behind it, and only
// parsing finds it. So a stream parses its morsel with the layout known so far, keeps the rows, and
// hands them out only when all morsels before it are settled: when their end left another layout
// in force than the one assumed, the morsel is parsed again. Streams work on neighbouring morsels,
// so the wait is short, and what is kept is one morsel's rows.
//
// Thread-safe.
class SharedText {
 public:
  static constexpr std::uint64_t kMorselBytes = TextBuffer::kBytes;

  SharedText(const InputFile& file, std::shared_ptr<const io::RandomAccessFile> bytes,
             const Layout& layout, std::size_t data_offset);

  struct Lease {
    std::uint64_t morsel = 0;
    std::shared_ptr<const Layout> assumed;  // in force behind the last settled morsel
  };
  [[nodiscard]] std::optional<Lease> take();
  [[nodiscard]] bool has_more() const;

  // Waits until all morsels before `morsel` are settled; the layout in force at its begin, or the
  // error that made another stream give up.
  [[nodiscard]] Result<std::shared_ptr<const Layout>> wait_for_turn(std::uint64_t morsel);
  // Ends the turn; true for the last morsel of the file.
  bool settle(std::shared_ptr<const Layout> layout_behind);
  void abandon(const Error& error);

  [[nodiscard]] const InputFile& file() const { return file_; }
  [[nodiscard]] const io::RandomAccessFile& bytes() const { return *bytes_; }
  [[nodiscard]] std::uint64_t data_offset() const { return data_offset_; }

 private:
  const InputFile& file_;
  std::shared_ptr<const io::RandomAccessFile> bytes_;
  std::uint64_t data_offset_;
  std::uint64_t num_morsels_;
  mutable std::mutex mutex_;
  std::condition_variable turn_changed_;
  std::uint64_t num_taken_ = 0;
  std::uint64_t num_settled_ = 0;
  std::optional<Error> failure_;
  std::shared_ptr<const Layout> layout_;
};

// A stream's share of a SharedText.
class MorselReader final : public RecordReader {
 public:
  MorselReader(const ReadPlan& plan, ParserCache& parsers, std::shared_ptr<SharedText> text,
               TextBuffer& buffer, FileTally& tally);

  Result<bool> next(column::Batch& batch) override;
  // True once the last morsel of the file was settled by this reader.
  [[nodiscard]] bool finished_file() const { return finished_file_; }

 private:
  struct Piece {  // the lines of a morsel, in the buffer
    std::size_t begin = 0;
    std::size_t end = 0;
    bool is_last = false;
    std::uint64_t position = 0;     // of the buffer's front in the file
    std::size_t endless_begin = 0;  // of a line that does not end within kMaxLineBytes
    bool has_endless = false;
  };
  Result<Piece> read_morsel(std::uint64_t morsel);
  void parse(const Piece& piece, const Layout& layout, FileTally& tally);
  Result<bool> take_morsel();
  void report_progress(std::uint64_t bytes, const FileTally& tally);

  const ReadPlan& plan_;
  std::shared_ptr<SharedText> text_;
  TextBuffer& buffer_;
  FileTally& tally_;
  LineCursor cursor_;
  std::vector<column::Batch> held_;
  std::size_t num_held_ = 0;
  std::size_t next_held_ = 0;
  std::uint64_t morsel_ = 0;
  bool finished_file_ = false;
};

}  // namespace weir::flowlog

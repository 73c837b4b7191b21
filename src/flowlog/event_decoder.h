#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "flowlog/envelope.h"
#include "flowlog/event_layouts.h"
#include "flowlog/read_plan.h"
#include "flowlog/scan_report.h"

namespace weir::flowlog {

// Turns the text of events into batches: gathers lines, then parses them in runs of one layout. A
// number in front of each line, read as a column of its own, leads from a row back to its event.
// Not thread-safe.
class EventDecoder {
 public:
  // All arguments outlive the decoder.
  EventDecoder(const ReadPlan& plan, const InputFile& file, LayoutBook& book, FileTally& tally);
  ~EventDecoder();

  // Copies the event; `line` of the file is where it stands. Not between next() and its false.
  void add(const Event& event, std::uint64_t line);
  [[nodiscard]] bool is_empty() const { return lines_.empty(); }
  [[nodiscard]] bool is_full() const {
    return lines_.size() >= kMaxLines || text_.size() >= kMaxText;
  }
  // Finds out the layouts of what has been added.
  void decide_layouts();
  // Fills `batch` but for its sequence; false once all that was added has been handed out.
  [[nodiscard]] bool next(column::Batch& batch);

  [[nodiscard]] const EventLayouts& layouts() const { return layouts_; }

 private:
  static constexpr std::size_t kMaxLines = 8192;
  static constexpr std::size_t kMaxText = 1024 * 1024;

  struct Origin {  // what neighbouring events mostly share
    std::string owner;
    std::string log_group;
    std::string log_stream;
    std::string log;  // owner:logGroup
    friend bool operator==(const Origin&, const Origin&) = default;
  };
  struct StoredEvent {
    std::optional<TimeMs> time;
    std::optional<TimeMs> ingestion;
    std::size_t id_begin = 0;
    std::size_t id_size = 0;
    std::size_t origin = 0;
    std::uint64_t line = 0;
  };
  struct StoredLine {
    std::size_t begin = 0;
    std::size_t size = 0;
    std::size_t event = 0;
  };
  struct TaggedParser {
    Layout layout;  // without the tag
    std::unique_ptr<LineParser> parser;
    column::RowFilter residual;
    bool has_start = false;
    std::string names;  // of the layout
  };

  std::size_t intern(const Event& event);
  TaggedParser& parser_of(const Layout& layout);
  bool start_run();
  void note_refusals(std::string_view rest);
  void fill_from_events(column::Batch& batch);
  void apply_range(column::Batch& batch);
  [[nodiscard]] std::string_view text_of(const StoredLine& line) const {
    return std::string_view(text_).substr(line.begin, line.size);
  }

  const ReadPlan& plan_;
  const InputFile& file_;
  FileTally& tally_;
  EventLayouts layouts_;
  LineParser::Options options_;
  std::list<TaggedParser> parsers_;
  std::optional<std::size_t> message_position_;
  std::optional<std::size_t> timestamp_position_;

  std::string text_;
  std::vector<Origin> origins_;
  std::vector<StoredEvent> events_;
  std::vector<StoredLine> lines_;
  std::size_t next_line_ = 0;

  std::string tagged_;  // of the run at hand
  std::size_t at_ = 0;
  TaggedParser* parser_ = nullptr;
  column::Batch parsed_;                 // the request's columns and the tag
  std::vector<std::size_t> row_events_;  // of each row of parsed_
  std::vector<LineParser::Refused> refused_;
  column::RowFilter keeper_{{}};
};

}  // namespace weir::flowlog

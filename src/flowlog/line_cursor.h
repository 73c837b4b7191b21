#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "flowlog/read_plan.h"
#include "flowlog/scan_report.h"

namespace weir::flowlog {

// Walks through a piece of text batch by batch, following the headers in it. Not thread-safe.
class LineCursor {
 public:
  explicit LineCursor(ParserCache& parsers) : parsers_(parsers) { refused_.reserve(kMaxExamples); }

  void set_layout(const Layout& layout) { planned_ = &parsers_.get(layout); }
  // In force behind what next() has gone through.
  [[nodiscard]] const Layout& layout() const { return planned_->layout; }

  // Whole lines, or with `is_last` the end of the content; readable for 64 bytes past its end.
  // `position` is the place of `text` in the content.
  void set_text(std::string_view text, bool is_last, std::uint64_t position) {
    text_ = text;
    at_ = 0;
    is_last_ = is_last;
    position_ = position;
  }
  [[nodiscard]] bool is_used_up() const { return at_ == text_.size(); }
  // Fills `batch`, possibly with no rows; false once the text is used up.
  bool next(column::Batch& batch, FileTally& tally);

 private:
  void follow_header(FileTally& tally);

  ParserCache& parsers_;
  PlannedParser* planned_ = nullptr;
  std::string_view text_;
  std::size_t at_ = 0;
  bool is_last_ = false;
  std::uint64_t position_ = 0;
  std::vector<LineParser::Refused> refused_;
};

}  // namespace weir::flowlog

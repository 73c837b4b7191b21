#include "flowlog/line_cursor.h"

#include <fmt/format.h>

#include <algorithm>

namespace weir::flowlog {

bool LineCursor::next(column::Batch& batch, FileTally& tally) {
  batch.columns.resize(parsers_.num_columns());
  batch.num_rows = 0;
  if (is_used_up()) {
    return false;
  }
  refused_.clear();
  const std::string_view rest = text_.substr(at_);
  const auto outcome =
      planned_->parser->parse(rest, is_last_, batch, tally.parse, refused_, &tally.coverage);
  for (const auto& refused : refused_) {
    const std::uint64_t position = position_ + at_ + refused.offset;
    if (tally.has_room_for(position)) {
      tally.keep({position, 0, refused.token_column, refused.reason,
                  excerpt_of(rest.substr(refused.offset, refused.length))});
    }
  }
  at_ += outcome.consumed;
  planned_->residual.apply(batch);
  if (const auto& position = parsers_.layout_position()) {
    batch.columns[*position].reset_constant(column::Value::of_string(planned_->names),
                                            batch.num_rows);
  }
  if (outcome.met_header) {
    follow_header(tally);
  } else if (outcome.consumed == 0 && batch.num_rows == 0) {
    at_ = text_.size();  // nothing but a line without end is left; never spin on it
  }
  return true;
}

void LineCursor::follow_header(FileTally& tally) {
  const std::string_view rest = text_.substr(at_);
  const std::size_t newline = rest.find('\n');
  const std::string_view line = rest.substr(0, newline);
  const auto layout = parse_header(line);
  if (!layout) {
    tally.refuse(Reject::kBadRow, position_ + at_, line);
  } else if (!layout->same_columns(planned_->layout)) {
    tally.notes.push_back(
        fmt::format("a second header, at byte {}, changes the layout to {} ({} fields)",
                    position_ + at_, layout->label, layout->columns.size()));
    set_layout(*layout);
  }
  at_ += newline == std::string_view::npos ? rest.size() : newline + 1;
}

}  // namespace weir::flowlog

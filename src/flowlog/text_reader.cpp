#include "flowlog/text_reader.h"

#include <algorithm>
#include <cstring>

namespace weir::flowlog {
namespace {

constexpr std::size_t kUsualBytes = 64 * 1024;

}  // namespace

TextReader::TextReader(const ReadPlan& plan, ParserCache& parsers, const InputFile& file,
                       Content& content, const Layout& layout, std::size_t data_offset,
                       TextBuffer& buffer, FileTally& tally)
    : plan_(plan),
      file_(file),
      content_(content),
      buffer_(buffer),
      tally_(tally),
      cursor_(parsers),
      meter_(plan.context.progress, tally),
      to_pass_over_(data_offset) {
  cursor_.set_layout(layout);
  cursor_.set_text({}, false, 0);
}

void TextReader::go_on_from(std::uint64_t begin, const Layout& layout) {
  cursor_.set_layout(layout);
  position_ = begin;
  to_pass_over_ = 0;
}

Result<bool> TextReader::next(column::Batch& batch) {
  while (true) {
    if (cursor_.is_used_up()) {
      number_lines();
      note_broken_line();
      meter_.update(content_.stored_bytes());
      if (is_at_end_ && begin_ == end_) {
        batch.num_rows = 0;
        return false;
      }
      WEIR_RETURN_IF_ERROR(refill());
      continue;
    }
    cursor_.next(batch, tally_);
    if (batch.num_rows > 0) {
      batch.sequence = (std::uint64_t{file_.index} << kFileShift) | num_batches_++;
      return true;
    }
  }
}

// Moves the unfinished line to the front, reads behind it, and gives the whole lines to the cursor.
Result<void> TextReader::refill() {
  if (plan_.is_cancelled()) {
    return fail(ErrorCode::kCancelled, "cancelled");
  }
  if (file_.is_stream) {
    lines_before_ +=
        static_cast<std::uint64_t>(std::count(buffer_.data(), buffer_.data() + begin_, '\n'));
  }
  std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
  position_ += begin_;
  end_ -= begin_;
  begin_ = 0;
  // As much as stays in the cache beside what becomes of it; more where that is no whole line.
  WEIR_RETURN_IF_ERROR(fill_buffer(std::max(end_, kUsualBytes)));
  const std::size_t from = std::min(to_pass_over_, end_);
  if (::memrchr(buffer_.data() + from, '\n', end_ - from) == nullptr) {
    WEIR_RETURN_IF_ERROR(fill_buffer(TextBuffer::kCapacity));
  }
  if (is_at_end_ && (cut_line_ == CutLine::kLeft ||
                     (cut_line_ == CutLine::kLeftWhereBroken && content_.is_truncated()))) {
    const void* newline = ::memrchr(buffer_.data(), '\n', end_);
    const std::size_t whole =
        newline == nullptr
            ? 0
            : static_cast<std::size_t>(static_cast<const char*>(newline) - buffer_.data()) + 1;
    left_bytes_ += end_ - whole;
    end_ = whole;
  }
  if (to_pass_over_ > 0) {
    begin_ = std::min(to_pass_over_, end_);
    to_pass_over_ = 0;
  }
  std::size_t whole_end = end_;
  if (is_at_end_ && content_.is_cut_short()) {
    drop_cut_line();
    whole_end = end_;
  }
  if (!is_at_end_) {
    const void* newline = ::memrchr(buffer_.data() + begin_, '\n', end_ - begin_);
    if (newline == nullptr) {
      return skip_endless_line();
    }
    whole_end = static_cast<std::size_t>(static_cast<const char*>(newline) - buffer_.data()) + 1;
  }
  if (is_at_end_ && cut_line_ == CutLine::kLeftWhereBroken) {
    const void* newline = ::memrchr(buffer_.data() + begin_, '\n', end_ - begin_);
    const std::size_t last =
        newline == nullptr
            ? begin_
            : static_cast<std::size_t>(static_cast<const char*>(newline) - buffer_.data()) + 1;
    if (last > begin_ && last < end_) {
      whole_end = last;  // the last line comes by itself
    } else if (last < end_) {
      cut_line_bytes_ = end_ - begin_;
      rejected_before_ = tally_.num_rejected();
    }
  }
  const bool is_last = is_at_end_ && whole_end == end_;
  cursor_.set_text({buffer_.data() + begin_, whole_end - begin_}, is_last, position_ + begin_);
  begin_ = whole_end;
  return {};
}

void TextReader::note_broken_line() {
  if (cut_line_bytes_ > 0 && tally_.num_rejected() > rejected_before_) {
    left_bytes_ += cut_line_bytes_;
  }
  cut_line_bytes_ = 0;
}

// Until it holds `wanted` bytes.
Result<void> TextReader::fill_buffer(std::size_t wanted) {
  while (end_ < wanted && !is_at_end_) {
    WEIR_ASSIGN_OR_RETURN(const std::size_t size,
                          content_.read({buffer_.data() + end_, wanted - end_}));
    end_ += size;
    tally_.inflated_bytes += size;
    is_at_end_ = size == 0;
  }
  return {};
}

// A stream that was cut ends within a line as a rule, and a piece of a line may well look like a
// whole one with a smaller number at its end.
void TextReader::drop_cut_line() {
  const void* newline = ::memrchr(buffer_.data() + begin_, '\n', end_ - begin_);
  const std::size_t begin =
      newline == nullptr
          ? begin_
          : static_cast<std::size_t>(static_cast<const char*>(newline) - buffer_.data()) + 1;
  if (begin == end_) {
    return;
  }
  const std::uint64_t line =
      file_.is_stream
          ? lines_before_ + 1 +
                static_cast<std::uint64_t>(std::count(buffer_.data(), buffer_.data() + begin, '\n'))
          : 0;
  tally_.refuse(Reject::kCutShort, position_ + begin, {buffer_.data() + begin, end_ - begin}, line);
  end_ = begin;
}

// What is left of the buffer is one line: counts it and drops bytes until it ends.
Result<void> TextReader::skip_endless_line() {
  const auto count_lines = [&](std::size_t end) {
    return file_.is_stream
               ? static_cast<std::uint64_t>(std::count(buffer_.data(), buffer_.data() + end, '\n'))
               : 0;
  };
  lines_before_ += count_lines(begin_);
  const std::uint64_t line = file_.is_stream ? lines_before_ + 1 : 0;
  tally_.refuse(Reject::kLineTooLong, position_ + begin_, {buffer_.data() + begin_, end_ - begin_},
                line);
  while (true) {
    position_ += end_;
    begin_ = 0;
    end_ = 0;
    meter_.update(content_.stored_bytes());
    if (plan_.is_cancelled()) {
      return fail(ErrorCode::kCancelled, "cancelled");
    }
    WEIR_RETURN_IF_ERROR(fill_buffer(TextBuffer::kCapacity));
    const void* newline = std::memchr(buffer_.data(), '\n', end_);
    if (newline != nullptr) {
      begin_ = static_cast<std::size_t>(static_cast<const char*>(newline) - buffer_.data()) + 1;
      return {};
    }
    if (is_at_end_) {
      begin_ = end_;
      return {};
    }
  }
}

// A pipe cannot be read again, so its lines are numbered while they are in the buffer.
void TextReader::number_lines() {
  if (!file_.is_stream) {
    return;
  }
  for (Refusal& refusal : tally_.refusals) {
    if (refusal.line == 0 && refusal.position >= position_) {
      char* const end = buffer_.data() + (refusal.position - position_);
      refusal.line =
          lines_before_ + 1 + static_cast<std::uint64_t>(std::count(buffer_.data(), end, '\n'));
    }
  }
}

}  // namespace weir::flowlog

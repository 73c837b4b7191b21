#include "flowlog/morsel_reader.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace weir::flowlog {

SharedText::SharedText(const InputFile& file, std::shared_ptr<const io::RandomAccessFile> bytes,
                       const Layout& layout, std::size_t data_offset)
    : file_(file),
      bytes_(std::move(bytes)),
      data_offset_(data_offset),
      num_morsels_((bytes_->size() + kMorselBytes - 1) / kMorselBytes),
      layout_(std::make_shared<const Layout>(layout)) {}

std::optional<SharedText::Lease> SharedText::take() {
  const std::lock_guard lock(mutex_);
  if (num_taken_ == num_morsels_ || failure_) {
    return std::nullopt;
  }
  return Lease{num_taken_++, layout_};
}

bool SharedText::has_more() const {
  const std::lock_guard lock(mutex_);
  return num_taken_ < num_morsels_ && !failure_;
}

Result<std::shared_ptr<const Layout>> SharedText::wait_for_turn(std::uint64_t morsel) {
  std::unique_lock lock(mutex_);
  turn_changed_.wait(lock, [&] { return num_settled_ == morsel || failure_; });
  if (failure_) {
    return tl::unexpected<Error>(*failure_);
  }
  return layout_;
}

bool SharedText::settle(std::shared_ptr<const Layout> layout_behind) {
  bool is_last = false;
  {
    const std::lock_guard lock(mutex_);
    layout_ = std::move(layout_behind);
    ++num_settled_;
    is_last = num_settled_ == num_morsels_;
  }
  turn_changed_.notify_all();
  return is_last;
}

void SharedText::abandon(const Error& error) {
  {
    const std::lock_guard lock(mutex_);
    if (!failure_) {
      failure_ = error;
    }
  }
  turn_changed_.notify_all();
}

MorselReader::MorselReader(const ReadPlan& plan, ParserCache& parsers,
                           std::shared_ptr<SharedText> text, TextBuffer& buffer, FileTally& tally)
    : plan_(plan), text_(std::move(text)), buffer_(buffer), tally_(tally), cursor_(parsers) {}

Result<bool> MorselReader::next(column::Batch& batch) {
  while (true) {
    if (next_held_ < num_held_) {
      std::swap(batch, held_[next_held_]);
      batch.sequence = (std::uint64_t{text_->file().index} << kFileShift) |
                       (morsel_ << kMorselShift) | next_held_++;
      return true;
    }
    auto taken = take_morsel();
    if (!taken) {
      text_->abandon(
          taken.error());  // others must not wait for a morsel that will never be settled
      return taken;
    }
    if (!*taken) {
      batch.num_rows = 0;
      return false;
    }
  }
}

Result<bool> MorselReader::take_morsel() {
  num_held_ = 0;
  next_held_ = 0;
  if (plan_.is_cancelled()) {
    return fail(ErrorCode::kCancelled, "cancelled");
  }
  const auto lease = text_->take();
  if (!lease) {
    return false;
  }
  morsel_ = lease->morsel;
  WEIR_ASSIGN_OR_RETURN(const Piece piece, read_morsel(morsel_));
  FileTally tally;
  parse(piece, *lease->assumed, tally);
  WEIR_ASSIGN_OR_RETURN(const auto in_force, text_->wait_for_turn(morsel_));
  if (!in_force->same_columns(*lease->assumed)) {
    tally = {};
    parse(piece, *in_force, tally);
  }
  const bool is_changed = !cursor_.layout().same_columns(*in_force);
  finished_file_ =
      text_->settle(is_changed ? std::make_shared<const Layout>(cursor_.layout()) : in_force);
  const std::uint64_t size = text_->bytes().size();
  const std::uint64_t begin = morsel_ * SharedText::kMorselBytes;
  const std::uint64_t bytes = std::min(SharedText::kMorselBytes, size - begin);
  tally.stored_bytes = bytes;
  tally.inflated_bytes = bytes;
  report_progress(bytes, tally);
  merge(tally_, std::move(tally));
  return true;
}

// Reads the lines that begin within the morsel: from behind the first newline at or after the byte
// before it, to behind the first one at or after its last byte.
Result<MorselReader::Piece> MorselReader::read_morsel(std::uint64_t morsel) {
  const std::uint64_t size = text_->bytes().size();
  const std::uint64_t begin = morsel * SharedText::kMorselBytes;
  const std::uint64_t end = std::min(begin + SharedText::kMorselBytes, size);
  Piece piece;
  piece.position = begin;
  // The byte before tells whether a line begins at `begin`.
  char before = '\n';
  if (begin > text_->data_offset()) {
    WEIR_ASSIGN_OR_RETURN(const std::size_t got, text_->bytes().read_at(begin - 1, {&before, 1}));
    before = got == 1 ? before : '\n';
  }
  const auto wanted = static_cast<std::size_t>(end - begin);
  WEIR_ASSIGN_OR_RETURN(std::size_t got, text_->bytes().read_at(begin, {buffer_.data(), wanted}));
  if (got < wanted) {  // the file has shrunk since it was opened
    piece.end = got;
    piece.is_last = true;
  }
  std::size_t from = 0;
  if (begin < text_->data_offset()) {
    from = static_cast<std::size_t>(std::min<std::uint64_t>(text_->data_offset() - begin, got));
  } else if (before != '\n') {
    const void* newline = std::memchr(buffer_.data(), '\n', got);
    from = newline == nullptr
               ? got
               : static_cast<std::size_t>(static_cast<const char*>(newline) - buffer_.data()) + 1;
  }
  piece.begin = from;
  piece.end = got;
  piece.is_last = piece.is_last || end == size;
  if (piece.is_last || from == got || buffer_.data()[got - 1] == '\n') {
    return piece;
  }
  // The last line goes on behind the morsel.
  const void* last = ::memrchr(buffer_.data() + from, '\n', got - from);
  const std::size_t last_begin =
      last == nullptr
          ? from
          : static_cast<std::size_t>(static_cast<const char*>(last) - buffer_.data()) + 1;
  constexpr std::size_t kStep = 4096;
  while (got < TextBuffer::kCapacity) {
    const std::size_t step = std::min(kStep, TextBuffer::kCapacity - got);
    WEIR_ASSIGN_OR_RETURN(const std::size_t more,
                          text_->bytes().read_at(begin + got, {buffer_.data() + got, step}));
    const void* newline = std::memchr(buffer_.data() + got, '\n', more);
    if (newline != nullptr) {
      piece.end = static_cast<std::size_t>(static_cast<const char*>(newline) - buffer_.data()) + 1;
      return piece;
    }
    got += more;
    if (more < step) {
      piece.end = got;
      piece.is_last = true;
      return piece;
    }
  }
  piece.end = last_begin;
  piece.endless_begin = last_begin;
  piece.has_endless = true;
  return piece;
}

void MorselReader::parse(const Piece& piece, const Layout& layout, FileTally& tally) {
  num_held_ = 0;
  cursor_.set_layout(layout);
  cursor_.set_text({buffer_.data() + piece.begin, piece.end - piece.begin}, piece.is_last,
                   piece.position + piece.begin);
  while (true) {
    if (num_held_ == held_.size()) {
      held_.emplace_back();
    }
    if (!cursor_.next(held_[num_held_], tally)) {
      break;
    }
    num_held_ += held_[num_held_].num_rows > 0 ? 1 : 0;
  }
  if (piece.has_endless) {
    tally.refuse(Reject::kLineTooLong, piece.position + piece.endless_begin,
                 {buffer_.data() + piece.endless_begin, kMaxLineBytes});
  }
}

void MorselReader::report_progress(std::uint64_t bytes, const FileTally& tally) {
  if (plan_.context.progress == nullptr) {
    return;
  }
  column::ScanProgress& progress = *plan_.context.progress;
  progress.bytes_done.fetch_add(bytes, std::memory_order_relaxed);
  progress.records.fetch_add(tally.num_records(), std::memory_order_relaxed);
  progress.rejected.fetch_add(tally.num_rejected(), std::memory_order_relaxed);
}

}  // namespace weir::flowlog

#include "flowlog/content_buffer.h"

#include <algorithm>
#include <cstring>

namespace weir::flowlog {

void ContentBuffer::consume(std::size_t size) {
  const char* const from = bytes_.data() + begin_;
  line_ += static_cast<std::uint64_t>(std::count(from, from + size, '\n'));
  position_ += size;
  begin_ += size;
}

Result<std::size_t> ContentBuffer::fill() {
  std::memmove(bytes_.data(), bytes_.data() + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = 0;
  const std::size_t room = bytes_.size() - kPadding;
  if (end_ * 2 > room && room < max_bytes_) {
    bytes_.resize(std::min(room * 2, max_bytes_) + kPadding);
  }
  const std::size_t before = end_;
  while (end_ < bytes_.size() - kPadding && !is_at_end_) {
    WEIR_ASSIGN_OR_RETURN(const std::size_t size,
                          content_.read({bytes_.data() + end_, bytes_.size() - kPadding - end_}));
    end_ += size;
    is_at_end_ = size == 0;
  }
  return end_ - before;
}

}  // namespace weir::flowlog

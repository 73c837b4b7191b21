#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "flowlog/content.h"

namespace weir::flowlog {

// A window on content, for formats whose items have no fixed size: it grows with the item at hand,
// up to a limit. Readable for kPadding bytes past its end. Used by one thread.
class ContentBuffer {
 public:
  static constexpr std::size_t kPadding = 64;
  static constexpr std::size_t kFirstBytes = 256 * 1024;

  ContentBuffer(Content& content, std::size_t max_bytes)
      : content_(content), max_bytes_(max_bytes), bytes_(kFirstBytes + kPadding) {}

  // What has been read and not been consumed.
  [[nodiscard]] std::string_view text() const { return {bytes_.data() + begin_, end_ - begin_}; }
  // Nothing will be added to text(): the end of the content, or an item at the limit.
  [[nodiscard]] bool is_complete() const { return is_at_end_ || text().size() >= max_bytes_; }
  [[nodiscard]] bool is_at_end() const { return is_at_end_; }
  // Number of the line, from 1, on which text() begins, and its place in the content.
  [[nodiscard]] std::uint64_t line() const { return line_; }
  [[nodiscard]] std::uint64_t position() const { return position_; }

  void consume(std::size_t size);
  // Reads on; views of text() end. Returns the number of bytes added.
  [[nodiscard]] Result<std::size_t> fill();

 private:
  Content& content_;
  std::size_t max_bytes_;
  std::vector<char> bytes_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool is_at_end_ = false;
  std::uint64_t line_ = 1;
  std::uint64_t position_ = 0;
};

}  // namespace weir::flowlog

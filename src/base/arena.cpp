#include "base/arena.h"

#include <algorithm>
#include <cstring>

namespace weir {

std::string_view Arena::copy(std::string_view text) {
  char* bytes = allocate(text.size());
  if (!text.empty()) {
    std::memcpy(bytes, text.data(), text.size());
  }
  return {bytes, text.size()};
}

void Arena::clear() {
  if (blocks_.empty()) {
    return;
  }
  if (blocks_.size() > 1) {
    const auto largest =
        std::max_element(blocks_.begin(), blocks_.end(),
                         [](const Block& a, const Block& b) { return a.size < b.size; });
    Block kept = std::move(*largest);
    blocks_.clear();
    allocated_bytes_ = kept.size;
    blocks_.push_back(std::move(kept));
  }
  next_ = blocks_.front().bytes.get();
  left_ = blocks_.front().size;
}

void Arena::grow(std::size_t size) {
  constexpr std::size_t kFirstBlock = 4 * 1024;
  constexpr std::size_t kLargestBlock = 1024 * 1024;
  const std::size_t last = blocks_.empty() ? kFirstBlock / 2 : blocks_.back().size;
  const std::size_t wanted = std::max(size, std::min(last * 2, kLargestBlock));
  blocks_.push_back({std::make_unique_for_overwrite<char[]>(wanted), wanted});
  allocated_bytes_ += wanted;
  next_ = blocks_.back().bytes.get();
  left_ = wanted;
}

}  // namespace weir

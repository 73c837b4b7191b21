#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace weir {

// Hands out bytes that live until clear() or destruction. Keeps its first blocks for reuse, never
// moves what it gave out. Not thread-safe.
class Arena {
 public:
  Arena() = default;
  // What was moved from is empty and can be used again.
  Arena(Arena&& other) noexcept
      : blocks_(std::move(other.blocks_)),
        next_(std::exchange(other.next_, nullptr)),
        left_(std::exchange(other.left_, 0)),
        allocated_bytes_(std::exchange(other.allocated_bytes_, 0)) {
    other.blocks_.clear();
  }
  Arena& operator=(Arena&& other) noexcept {
    Arena taken(std::move(other));
    std::swap(blocks_, taken.blocks_);
    std::swap(next_, taken.next_);
    std::swap(left_, taken.left_);
    std::swap(allocated_bytes_, taken.allocated_bytes_);
    return *this;
  }

  // Returns `size` bytes without alignment.
  char* allocate(std::size_t size) {
    if (size > left_) {
      grow(size);
    }
    char* result = next_;
    next_ += size;
    left_ -= size;
    return result;
  }
  std::string_view copy(std::string_view text);
  // Forgets all; keeps the largest block.
  void clear();
  [[nodiscard]] std::size_t allocated_bytes() const { return allocated_bytes_; }

 private:
  struct Block {
    std::unique_ptr<char[]> bytes;
    std::size_t size = 0;
  };
  void grow(std::size_t size);

  std::vector<Block> blocks_;
  char* next_ = nullptr;
  std::size_t left_ = 0;
  std::size_t allocated_bytes_ = 0;
};

}  // namespace weir

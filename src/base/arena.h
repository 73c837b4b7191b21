#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

namespace weir {

// Hands out bytes that live until clear() or destruction. Keeps its first blocks for reuse, never
// moves what it gave out. Not thread-safe.
class Arena {
 public:
  Arena() = default;
  Arena(Arena&&) noexcept = default;
  Arena& operator=(Arena&&) noexcept = default;

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

#pragma once

#include <atomic>
#include <cstddef>

namespace weir {

// Counts the bytes that one query keeps and refuses past a limit. Thread-safe. Who reserves
// releases; a refusal changes nothing.
class MemoryBudget {
 public:
  explicit MemoryBudget(std::size_t limit_bytes) : limit_bytes_(limit_bytes) {}

  [[nodiscard]] bool reserve(std::size_t bytes) noexcept {
    const std::size_t before = used_bytes_.fetch_add(bytes, std::memory_order_relaxed);
    if (before + bytes > limit_bytes_ || before + bytes < before) {
      used_bytes_.fetch_sub(bytes, std::memory_order_relaxed);
      return false;
    }
    const std::size_t now = before + bytes;
    std::size_t peak = peak_bytes_.load(std::memory_order_relaxed);
    while (now > peak && !peak_bytes_.compare_exchange_weak(peak, now, std::memory_order_relaxed)) {
    }
    return true;
  }
  void release(std::size_t bytes) noexcept {
    used_bytes_.fetch_sub(bytes, std::memory_order_relaxed);
  }
  [[nodiscard]] std::size_t used_bytes() const noexcept {
    return used_bytes_.load(std::memory_order_relaxed);
  }
  // The most that was used at once.
  [[nodiscard]] std::size_t peak_bytes() const noexcept {
    return peak_bytes_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] std::size_t limit_bytes() const noexcept { return limit_bytes_; }

 private:
  std::size_t limit_bytes_;
  std::atomic<std::size_t> used_bytes_{0};
  std::atomic<std::size_t> peak_bytes_{0};
};

}  // namespace weir

#pragma once

#include <cstddef>
#include <utility>

#include "base/memory_budget.h"
#include "base/result.h"

namespace weir::query {

// Bytes that one owner has reserved of a budget, given back when it goes. Not thread-safe.
class Reservation {
 public:
  explicit Reservation(MemoryBudget* budget) : budget_(budget) {}  // null: no limit
  ~Reservation() { shrink_to(0); }
  Reservation(Reservation&& other) noexcept
      : budget_(other.budget_), bytes_(std::exchange(other.bytes_, 0)) {}
  Reservation& operator=(Reservation&& other) noexcept {
    std::swap(budget_, other.budget_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }

  // Makes the reservation `bytes` large; a refusal (more than the budget has) changes nothing.
  [[nodiscard]] bool grow_to(std::size_t bytes) {
    if (bytes > bytes_) {
      if (budget_ != nullptr && !budget_->reserve(bytes - bytes_)) {
        return false;
      }
      bytes_ = bytes;
    }
    return true;
  }
  [[nodiscard]] bool add(std::size_t bytes) { return grow_to(bytes_ + bytes); }
  // Gives back what is over `bytes`.
  void shrink_to(std::size_t bytes) {
    if (bytes < bytes_) {
      if (budget_ != nullptr) {
        budget_->release(bytes_ - bytes);
      }
      bytes_ = bytes;
    }
  }
  // Takes over what `other` holds of the same budget.
  void take(Reservation& other) { bytes_ += std::exchange(other.bytes_, 0); }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  [[nodiscard]] MemoryBudget* budget() const { return budget_; }

 private:
  MemoryBudget* budget_;
  std::size_t bytes_ = 0;
};

// The error for memory that was refused to `what`, with the next step.
[[nodiscard]] tl::unexpected<Error> out_of_budget(const char* what, const MemoryBudget& budget);

}  // namespace weir::query

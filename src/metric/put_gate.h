#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>

namespace weir::metric {

// A mutex of two kinds of holders, as std::shared_mutex is, but who holds it shared may hand that
// to another thread. Whoever wants it alone goes before those who come later.
class PutGate {
 public:
  void lock_shared() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !is_shut_; });
    ++num_inside_;
  }
  void unlock_shared(std::size_t count = 1) {
    const std::lock_guard lock(mutex_);
    num_inside_ -= count;
    if (num_inside_ == 0 && is_shut_) {
      changed_.notify_all();
    }
  }
  void lock() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !is_shut_; });
    is_shut_ = true;
    changed_.wait(lock, [&] { return num_inside_ == 0; });
  }
  void unlock() {
    const std::lock_guard lock(mutex_);
    is_shut_ = false;
    changed_.notify_all();
  }

  [[nodiscard]] bool is_shut() const {
    const std::lock_guard lock(mutex_);
    return is_shut_;
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t num_inside_ = 0;
  bool is_shut_ = false;
};

}  // namespace weir::metric

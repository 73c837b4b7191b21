#include "http/body_channel.h"

#include <algorithm>
#include <chrono>

namespace weir::http {

bool BodyChannel::write(std::string_view piece) {
  if (piece.empty()) {
    return !gone_.is_cancelled();
  }
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return unsent_.size() < kMaxUnsentBytes || gone_.is_cancelled(); });
    if (gone_.is_cancelled()) {
      return false;
    }
    unsent_ += piece;
  }
  notify_();
  return true;
}

std::size_t BodyChannel::unsent_bytes() const {
  const std::lock_guard lock(mutex_);
  return unsent_.size();
}

void BodyChannel::wait(std::int64_t ms) {
  // Nobody tells of a drain: it is looked for.
  constexpr std::chrono::milliseconds kStep{100};
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(ms);
  std::unique_lock lock(mutex_);
  while (!gone_.is_cancelled() && !is_draining_) {
    const auto now = std::chrono::steady_clock::now();
    if (now >= end) {
      return;
    }
    changed_.wait_until(lock, std::min(end, now + kStep));
  }
}

void BodyChannel::finish(bool is_whole) {
  {
    const std::lock_guard lock(mutex_);
    state_ = is_whole ? State::kWhole : State::kFailed;
  }
  notify_();
}

std::string BodyChannel::take() {
  std::string piece;
  {
    const std::lock_guard lock(mutex_);
    if (unsent_.size() <= kChunkBytes) {
      piece.swap(unsent_);
    } else {
      piece = unsent_.substr(0, kChunkBytes);
      unsent_.erase(0, kChunkBytes);
    }
  }
  changed_.notify_all();
  return piece;
}

BodyChannel::State BodyChannel::state() const {
  const std::lock_guard lock(mutex_);
  return unsent_.empty() ? state_ : State::kOpen;
}

void BodyChannel::close() {
  {
    const std::lock_guard lock(mutex_);
    gone_.cancel();
    unsent_.clear();
  }
  changed_.notify_all();
}

}  // namespace weir::http

#include "probe/path_watch.h"

#include <utility>

namespace weir::probe {

PathWatch::PathWatch(Trace trace, const Clock& clock, std::int64_t least_interval_ns)
    : trace_(std::move(trace)), clock_(clock), least_interval_ns_(least_interval_ns) {}

PathWatch::~PathWatch() { cancel_.cancel(); }

bool PathWatch::ask(std::size_t place, const IpAddress& address) {
  const std::lock_guard lock(mutex_);
  const std::int64_t now = clock_.monotonic_ns();
  const auto last = asked_at_ns_.find(place);
  if (last != asked_at_ns_.end() && now - last->second < least_interval_ns_) {
    return false;
  }
  asked_at_ns_[place] = now;
  asked_.push_back({place, address});
  if (!thread_.joinable()) {
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
  }
  wake_.notify_all();
  return true;
}

std::vector<PathWatch::Found> PathWatch::take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(found_, {});
}

void PathWatch::run(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (wake_.wait(lock, stop, [this] { return !asked_.empty(); })) {
    const Asked asked = asked_.front();
    asked_.pop_front();
    lock.unlock();
    auto trace = trace_(asked.address, cancel_);
    lock.lock();
    found_.push_back({asked.place, std::move(trace)});
    if (stop.stop_requested()) {
      return;
    }
  }
}

}  // namespace weir::probe

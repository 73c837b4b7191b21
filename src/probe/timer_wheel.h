#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace weir::probe {

// Timers of 1 ms for many ids: arming is O(1), and so is each one that is due. A timer past the
// wheel's turn waits in its slot for further turns. Not thread-safe.
class TimerWheel {
 public:
  static constexpr std::int64_t kTickNs = 1'000'000;

  explicit TimerWheel(std::int64_t now_ns) : tick_(now_ns / kTickNs) {}

  // Arms a further timer for `id`. One that is due already fires with the next tick.
  void arm(std::uint32_t id, std::int64_t due_ns) {
    // Rounded up, so that no timer fires before its time.
    const std::int64_t tick = std::max((due_ns + kTickNs - 1) / kTickNs, tick_ + 1);
    slots_[static_cast<std::size_t>(tick) % kSlots].push_back({tick, id});
    ++num_armed_;
  }

  // Calls take(id) for each timer that is due. `take` may arm.
  template <class Take>
  void advance(std::int64_t now_ns, const Take& take) {
    const std::int64_t now_tick = now_ns / kTickNs;
    if (now_tick - tick_ > static_cast<std::int64_t>(kSlots)) {
      skip_to(now_tick, take);
      return;
    }
    while (tick_ < now_tick) {
      ++tick_;
      fire(tick_, take);
    }
  }

  // When the next one is due, at most `limit_ns` from now; looks at one turn of the wheel.
  [[nodiscard]] std::int64_t next_ns(std::int64_t now_ns, std::int64_t limit_ns) const {
    const std::int64_t last = (now_ns + limit_ns) / kTickNs;
    for (std::int64_t tick = tick_ + 1;
         num_armed_ > 0 && tick <= std::min(last, tick_ + static_cast<std::int64_t>(kSlots));
         ++tick) {
      for (const Timer& timer : slots_[static_cast<std::size_t>(tick) % kSlots]) {
        if (timer.tick == tick) {
          return std::max(now_ns, tick * kTickNs);
        }
      }
    }
    return now_ns + limit_ns;
  }

 private:
  static constexpr std::size_t kSlots = 2048;
  struct Timer {
    std::int64_t tick;
    std::uint32_t id;
  };

  template <class Take>
  void fire(std::int64_t tick, const Take& take) {
    auto& slot = slots_[static_cast<std::size_t>(tick) % kSlots];
    due_.clear();
    const auto rest = std::stable_partition(slot.begin(), slot.end(),
                                            [&](const Timer& timer) { return timer.tick > tick; });
    due_.assign(rest, slot.end());
    slot.erase(rest, slot.end());
    num_armed_ -= due_.size();
    for (const Timer& timer : due_) {
      take(timer.id);
    }
  }

  // The process slept for more than a turn: whatever is due fires, slot by slot.
  template <class Take>
  void skip_to(std::int64_t now_tick, const Take& take) {
    tick_ = now_tick;
    std::vector<Timer> due;
    for (auto& slot : slots_) {
      const auto rest = std::stable_partition(
          slot.begin(), slot.end(), [&](const Timer& timer) { return timer.tick > now_tick; });
      due.insert(due.end(), rest, slot.end());
      slot.erase(rest, slot.end());
    }
    std::stable_sort(due.begin(), due.end(),
                     [](const Timer& a, const Timer& b) { return a.tick < b.tick; });
    num_armed_ -= due.size();
    for (const Timer& timer : due) {
      take(timer.id);
    }
  }

  std::int64_t tick_;
  std::size_t num_armed_ = 0;
  std::vector<std::vector<Timer>> slots_ = std::vector<std::vector<Timer>>(kSlots);
  std::vector<Timer> due_;
};

}  // namespace weir::probe

#pragma once

#include <cstdint>

namespace weir {

// Milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
using TimeMs = std::int64_t;

// Tells the time. Components get one passed in, so tests and replays turn it themselves.
class Clock {
 public:
  virtual ~Clock() = default;
  // Wall-clock time; may jump.
  [[nodiscard]] virtual TimeMs now_ms() const = 0;
  // Never goes back; only differences have a meaning.
  [[nodiscard]] virtual std::int64_t monotonic_ns() const = 0;
};

class SystemClock final : public Clock {
 public:
  [[nodiscard]] TimeMs now_ms() const override;
  [[nodiscard]] std::int64_t monotonic_ns() const override;
};

// Stands still until told otherwise. Not thread-safe.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(TimeMs now) : now_ms_(now) {}
  [[nodiscard]] TimeMs now_ms() const override { return now_ms_; }
  [[nodiscard]] std::int64_t monotonic_ns() const override { return now_ms_ * 1'000'000; }
  void advance_ms(std::int64_t by) { now_ms_ += by; }
  void set_ms(TimeMs now) { now_ms_ = now; }

 private:
  TimeMs now_ms_;
};

}  // namespace weir

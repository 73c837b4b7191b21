#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "app/journal_line.h"
#include "base/clock.h"
#include "base/log.h"

namespace weir::app {

struct JournalOptions {
  LogLevel least = LogLevel::kInfo;
  LineForm form = LineForm::kJson;
  // Of repeats (base/log.h) so many are written in a window; the rest are counted, and one line
  // says how many there were when it ends.
  std::uint64_t shown_repeats = 5;
  std::int64_t window_ms = 10'000;
  std::size_t max_waiting_bytes = 1U << 20;  // lines past it are dropped, and counted
};

// The log of `weir serve`. A thread of its own writes, so that whoever logs never waits for a
// terminal or a pipe that nobody reads.
class Journal final : public Log {
 public:
  // Called by one thread at a time, with whole lines. May wait for ever: it has to hold what it
  // needs itself, for it may then outlive the journal.
  using Sink = std::function<void(std::string_view lines)>;

  // `clock` outlives it, and is thread-safe where callers are several.
  Journal(const JournalOptions& options, const Clock& clock, Sink sink);
  // Says what is left to say of repeats; what nobody takes within a second is lost.
  ~Journal() override;
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  [[nodiscard]] bool takes(LogLevel level) const override { return level >= options_.least; }
  void write(LogLevel level, std::string_view message, std::vector<LogField> fields = {}) override;
  // Says of repeats whose window is over; to be called about once a second.
  void tick();
  // Waits, a second at most, until everything is written.
  void flush();

 private:
  struct Repeats {
    std::int64_t since_ms = 0;  // monotonic
    std::uint64_t shown = 0;
    std::uint64_t held = 0;
    JournalLine last;  // of those held
  };
  struct Queue;

  [[nodiscard]] std::int64_t monotonic_ms() const { return clock_.monotonic_ns() / 1'000'000; }
  [[nodiscard]] Repeats& repeats_of(const JournalLine& line, std::int64_t now_ms);
  void end_windows(std::int64_t now_ms);
  void end_window(Repeats& repeats);
  void put(const JournalLine& line);

  const JournalOptions options_;
  const Clock& clock_;
  std::mutex mutex_;  // guards what follows
  std::unordered_map<std::string, Repeats> repeats_;
  std::shared_ptr<Queue> queue_;  // the thread's as well
};

}  // namespace weir::app

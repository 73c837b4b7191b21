#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "column/scan.h"
#include "logs/group_book.h"
#include "store/store.h"

namespace weir::logs {

struct Event {
  TimeMs time_ms = 0;
  std::int64_t id = 0;  // rises in the order of intake; with the time, names the event
  TimeMs ingestion_ms = 0;
  std::string stream;
  std::string message;

  friend auto operator<=>(const Event& a, const Event& b) {
    return std::pair(a.time_ms, a.id) <=> std::pair(b.time_ms, b.id);
  }
  friend bool operator==(const Event& a, const Event& b) { return (a <=> b) == 0; }
};

struct EventQuery {
  column::TimeRange range;
  std::vector<std::string> streams;                       // none: all
  std::function<bool(const std::string& message)> wants;  // none: all
  std::size_t limit = 10'000;
  std::size_t max_bytes = 1U << 20;  // of messages, but for the first
  bool is_newest_first = false;      // which end is kept where there are more; rows always ascend
  // Only what comes after it, or before it where the newest are wanted.
  std::optional<Event> beyond;
};

// Events of log groups: a table of the store for each. Thread-safe.
class EventStore {
 public:
  // `store` and `clock` outlive it.
  EventStore(store::Store& store, const Clock& clock);

  // Durable when it returns.
  [[nodiscard]] Result<void> append(const Group& group, std::string_view stream,
                                    std::span<const Event> events);
  [[nodiscard]] Result<std::vector<Event>> read(const Group& group, const EventQuery& query) const;
  // To be queried: @timestamp, @message, @logStream, @log, @ingestionTime, @ptr, and the members of
  // messages that are JSON. A group without events is an empty table.
  [[nodiscard]] Result<std::shared_ptr<column::Table>> table(const Group& group) const;

  // nullopt: it is not there any more.
  [[nodiscard]] Result<std::optional<Event>> find(const Group& group, TimeMs time_ms,
                                                  std::int64_t id) const;

  [[nodiscard]] Result<void> set_retention(const Group& group, std::optional<std::int64_t> days);
  [[nodiscard]] Result<void> remove(const Group& group);
  // The store's table of a group's events.
  [[nodiscard]] static std::string table_name(const Group& group);

 private:
  store::Store& store_;
  const Clock& clock_;
  std::atomic<std::int64_t> next_id_;
};

}  // namespace weir::logs

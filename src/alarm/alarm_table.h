#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "alarm/definition.h"
#include "base/result.h"

struct sqlite3;

namespace weir::alarm {

// A line of an alarm's history; stays when the alarm is deleted.
struct HistoryItem {
  std::int64_t id = 0;  // given by the table, rising
  std::string scope;
  std::string alarm_name;
  bool is_composite = false;
  TimeMs time_ms = 0;
  std::string type;     // ConfigurationUpdate, StateUpdate, Action
  std::string summary;  // "Alarm updated from INSUFFICIENT_DATA to ALARM"
  std::string data;     // a JSON document
};

// An action that a transition asks for and that nobody has confirmed yet.
struct PendingAction {
  std::int64_t id = 0;     // given by the table
  std::string message_id;  // one a transition and target, the same however often it is tried
  std::string action;      // ARN
  Alarm alarm;             // as it was right after the transition
  State old_state;
  TimeMs time_ms = 0;          // of the transition
  bool is_after_mute = false;  // held back until a mute rule's window ended
};

struct MuteRule {
  std::string scope;
  std::string name;
  std::string description;
  std::string expression;  // "cron(0 2 * * *)" or "at(2026-03-01T10:00:00)"
  std::string duration;    // ISO 8601: "PT4H"
  std::string timezone;    // empty: UTC
  std::vector<std::string> alarm_names;
  std::optional<TimeMs> start_ms;
  std::optional<TimeMs> expire_ms;
  TimeMs updated_ms = 0;
};

// What one step of the engine changes, all or nothing.
struct AlarmChange {
  std::vector<Alarm> puts;
  std::vector<std::pair<std::string, std::string>> deletions;  // scope, name
  std::vector<HistoryItem> history;
  std::vector<PendingAction> actions;
  std::vector<std::int64_t> finished_actions;
  std::vector<MuteRule> mute_rules;
  std::vector<std::pair<std::string, std::string>> mute_deletions;
  [[nodiscard]] bool is_empty() const {
    return puts.empty() && deletions.empty() && history.empty() && actions.empty() &&
           finished_actions.empty() && mute_rules.empty() && mute_deletions.empty();
  }
};

struct HistoryQuery {
  std::string scope;
  std::optional<std::string> alarm_name;
  std::optional<bool> is_composite;  // absent: any kind
  std::optional<std::string> type;
  std::optional<TimeMs> from_ms;
  std::optional<TimeMs> until_ms;
  bool is_ascending = false;
  std::int64_t after_id = 0;  // of the last item of the page before; 0: the first page
  std::int64_t limit = 100;
};

// Alarms, their history and what they still have to do, as tables of a SQLite file in WAL mode;
// others may keep tables of their own beside them. A commit is on the disk when it returns. One
// thread at a time.
class AlarmTable {
 public:
  // ":memory:" keeps nothing.
  [[nodiscard]] static Result<std::unique_ptr<AlarmTable>> open(const std::string& path);
  ~AlarmTable();
  AlarmTable(const AlarmTable&) = delete;
  AlarmTable& operator=(const AlarmTable&) = delete;

  [[nodiscard]] Result<void> commit(const AlarmChange& change);
  [[nodiscard]] Result<std::vector<Alarm>> load_alarms();
  [[nodiscard]] Result<std::vector<MuteRule>> load_mute_rules();
  // Oldest first.
  [[nodiscard]] Result<std::vector<PendingAction>> load_actions(std::size_t limit);
  [[nodiscard]] Result<std::vector<HistoryItem>> history(const HistoryQuery& query);
  // Forgets history before a time; returns how many items.
  [[nodiscard]] Result<std::int64_t> trim_history(TimeMs before_ms);

 private:
  class Statement;
  AlarmTable() = default;
  [[nodiscard]] Result<void> run(const char* sql);
  [[nodiscard]] Result<void> write(const AlarmChange& change);
  [[nodiscard]] tl::unexpected<Error> failure(std::string_view action) const;

  std::string path_;
  sqlite3* database_ = nullptr;
};

}  // namespace weir::alarm

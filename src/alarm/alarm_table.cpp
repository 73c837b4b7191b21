#include "alarm/alarm_table.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include "alarm/alarm_codec.h"

namespace weir::alarm {
namespace {

constexpr const char* kSchema = R"(
CREATE TABLE IF NOT EXISTS alarm (
  scope TEXT NOT NULL, name TEXT NOT NULL, body BLOB NOT NULL,
  PRIMARY KEY (scope, name)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS alarm_history (
  id INTEGER PRIMARY KEY AUTOINCREMENT, scope TEXT NOT NULL, alarm_name TEXT NOT NULL,
  is_composite INTEGER NOT NULL, time_ms INTEGER NOT NULL, type TEXT NOT NULL,
  summary TEXT NOT NULL, data TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS alarm_history_by_alarm ON alarm_history (scope, alarm_name, id);
CREATE INDEX IF NOT EXISTS alarm_history_by_time ON alarm_history (time_ms);
CREATE TABLE IF NOT EXISTS alarm_action (
  id INTEGER PRIMARY KEY AUTOINCREMENT, message_id TEXT NOT NULL, action TEXT NOT NULL,
  body BLOB NOT NULL, old_state BLOB NOT NULL, time_ms INTEGER NOT NULL,
  is_after_mute INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS alarm_mute_rule (
  scope TEXT NOT NULL, name TEXT NOT NULL, body BLOB NOT NULL,
  PRIMARY KEY (scope, name)) WITHOUT ROWID;
)";

}  // namespace

// A prepared statement, bound by position.
class AlarmTable::Statement {
 public:
  Statement(sqlite3* database, std::string_view sql) {
    sqlite3_prepare_v2(database, sql.data(), static_cast<int>(sql.size()), &statement_, nullptr);
  }
  ~Statement() { sqlite3_finalize(statement_); }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  Statement& text(std::string_view value) {
    sqlite3_bind_text(statement_, ++bound_, value.data(), static_cast<int>(value.size()),
                      SQLITE_TRANSIENT);
    return *this;
  }
  Statement& blob(std::string_view value) {
    sqlite3_bind_blob(statement_, ++bound_, value.data(), static_cast<int>(value.size()),
                      SQLITE_TRANSIENT);
    return *this;
  }
  Statement& number(std::int64_t value) {
    sqlite3_bind_int64(statement_, ++bound_, value);
    return *this;
  }
  // SQLITE_ROW, SQLITE_DONE or an error.
  int step() { return statement_ != nullptr ? sqlite3_step(statement_) : SQLITE_ERROR; }
  bool run_once() {
    const int code = step();
    sqlite3_reset(statement_);
    bound_ = 0;
    return code == SQLITE_DONE;
  }
  [[nodiscard]] std::string_view column(int place) const {
    const void* const bytes = sqlite3_column_blob(statement_, place);
    const int size = sqlite3_column_bytes(statement_, place);
    return {static_cast<const char*>(bytes), static_cast<std::size_t>(size)};
  }
  [[nodiscard]] std::int64_t column_number(int place) const {
    return sqlite3_column_int64(statement_, place);
  }

 private:
  sqlite3_stmt* statement_ = nullptr;
  int bound_ = 0;
};

tl::unexpected<Error> AlarmTable::failure(std::string_view action) const {
  const int code = sqlite3_errcode(database_);
  const ErrorCode kind = code == SQLITE_FULL   ? ErrorCode::kFull
                         : code == SQLITE_BUSY ? ErrorCode::kBusy
                                               : ErrorCode::kIo;
  return fail(kind, fmt::format("{}: {}: {}", path_, action, sqlite3_errmsg(database_)));
}

Result<std::unique_ptr<AlarmTable>> AlarmTable::open(const std::string& path) {
  auto table = std::unique_ptr<AlarmTable>(new AlarmTable);
  table->path_ = path;
  if (sqlite3_open_v2(path.c_str(), &table->database_,
                      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
                      nullptr) != SQLITE_OK) {
    return table->failure("opening the table of alarms");
  }
  sqlite3_busy_timeout(table->database_, 5'000);
  // FULL: a commit in WAL mode is synced before it returns.
  WEIR_RETURN_IF_ERROR(table->run("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"));
  WEIR_RETURN_IF_ERROR(table->run(kSchema));
  return table;
}

AlarmTable::~AlarmTable() { sqlite3_close(database_); }

Result<void> AlarmTable::run(const char* sql) {
  if (sqlite3_exec(database_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) {
    return failure(std::string_view(sql).substr(0, 40));
  }
  return {};
}

Result<void> AlarmTable::commit(const AlarmChange& change) {
  if (change.is_empty()) {
    return {};
  }
  WEIR_RETURN_IF_ERROR(run("BEGIN IMMEDIATE"));
  auto written = write(change);
  if (written) {
    written = run("COMMIT");
  }
  if (!written) {
    [[maybe_unused]] const auto undone = run("ROLLBACK");
  }
  return written;
}

Result<void> AlarmTable::write(const AlarmChange& change) {
  std::string body;
  {
    Statement put(database_, "INSERT OR REPLACE INTO alarm VALUES (?, ?, ?)");
    for (const Alarm& alarm : change.puts) {
      body.clear();
      encode_alarm(alarm, body);
      if (!put.text(alarm.scope).text(alarm.name()).blob(body).run_once()) {
        return failure("writing an alarm");
      }
    }
  }
  for (const auto& [scope, name] : change.deletions) {
    Statement remove(database_, "DELETE FROM alarm WHERE scope = ? AND name = ?");
    if (!remove.text(scope).text(name).run_once()) {
      return failure("deleting an alarm");
    }
  }
  {
    Statement add(database_,
                  "INSERT INTO alarm_history (scope, alarm_name, is_composite, time_ms, type, "
                  "summary, data) VALUES (?, ?, ?, ?, ?, ?, ?)");
    for (const HistoryItem& item : change.history) {
      if (!add.text(item.scope)
               .text(item.alarm_name)
               .number(item.is_composite ? 1 : 0)
               .number(item.time_ms)
               .text(item.type)
               .text(item.summary)
               .text(item.data)
               .run_once()) {
        return failure("writing an alarm's history");
      }
    }
  }
  {
    Statement add(database_,
                  "INSERT INTO alarm_action (message_id, action, body, old_state, time_ms, "
                  "is_after_mute) VALUES (?, ?, ?, ?, ?, ?)");
    for (const PendingAction& action : change.actions) {
      body.clear();
      encode_alarm(action.alarm, body);
      std::string old_state;
      encode_state(action.old_state, old_state);
      if (!add.text(action.message_id)
               .text(action.action)
               .blob(body)
               .blob(old_state)
               .number(action.time_ms)
               .number(action.is_after_mute ? 1 : 0)
               .run_once()) {
        return failure("writing an alarm's action");
      }
    }
  }
  for (const std::int64_t id : change.finished_actions) {
    Statement remove(database_, "DELETE FROM alarm_action WHERE id = ?");
    if (!remove.number(id).run_once()) {
      return failure("finishing an alarm's action");
    }
  }
  for (const MuteRule& rule : change.mute_rules) {
    Statement put(database_, "INSERT OR REPLACE INTO alarm_mute_rule VALUES (?, ?, ?)");
    body.clear();
    encode_mute_rule(rule, body);
    if (!put.text(rule.scope).text(rule.name).blob(body).run_once()) {
      return failure("writing a mute rule");
    }
  }
  for (const auto& [scope, name] : change.mute_deletions) {
    Statement remove(database_, "DELETE FROM alarm_mute_rule WHERE scope = ? AND name = ?");
    if (!remove.text(scope).text(name).run_once()) {
      return failure("deleting a mute rule");
    }
  }
  return {};
}

Result<std::vector<Alarm>> AlarmTable::load_alarms() {
  std::vector<Alarm> alarms;
  Statement select(database_, "SELECT body FROM alarm");
  int code = select.step();
  for (; code == SQLITE_ROW; code = select.step()) {
    WEIR_ASSIGN_OR_RETURN(Alarm alarm, decode_alarm(select.column(0)));
    alarms.push_back(std::move(alarm));
  }
  if (code != SQLITE_DONE) {
    return failure("reading alarms");
  }
  return alarms;
}

Result<std::vector<MuteRule>> AlarmTable::load_mute_rules() {
  std::vector<MuteRule> rules;
  Statement select(database_, "SELECT body FROM alarm_mute_rule");
  int code = select.step();
  for (; code == SQLITE_ROW; code = select.step()) {
    WEIR_ASSIGN_OR_RETURN(MuteRule rule, decode_mute_rule(select.column(0)));
    rules.push_back(std::move(rule));
  }
  if (code != SQLITE_DONE) {
    return failure("reading mute rules");
  }
  return rules;
}

Result<std::vector<PendingAction>> AlarmTable::load_actions(std::size_t limit) {
  std::vector<PendingAction> actions;
  Statement select(database_,
                   "SELECT id, message_id, action, body, old_state, time_ms, is_after_mute FROM "
                   "alarm_action "
                   "ORDER BY id LIMIT ?");
  select.number(static_cast<std::int64_t>(limit));
  int code = select.step();
  for (; code == SQLITE_ROW; code = select.step()) {
    PendingAction action;
    action.id = select.column_number(0);
    action.message_id = select.column(1);
    action.action = select.column(2);
    WEIR_ASSIGN_OR_RETURN(action.alarm, decode_alarm(select.column(3)));
    WEIR_ASSIGN_OR_RETURN(action.old_state, decode_state(select.column(4)));
    action.time_ms = select.column_number(5);
    action.is_after_mute = select.column_number(6) != 0;
    actions.push_back(std::move(action));
  }
  if (code != SQLITE_DONE) {
    return failure("reading actions");
  }
  return actions;
}

Result<std::vector<HistoryItem>> AlarmTable::history(const HistoryQuery& query) {
  std::string sql =
      "SELECT id, scope, alarm_name, is_composite, time_ms, type, summary, data FROM alarm_history "
      "WHERE scope = ?";
  sql += query.alarm_name ? " AND alarm_name = ?" : "";
  sql += query.is_composite
             ? (*query.is_composite ? " AND is_composite = 1" : " AND is_composite = 0")
             : "";
  sql += query.type ? " AND type = ?" : "";
  sql += query.from_ms ? " AND time_ms >= ?" : "";
  sql += query.until_ms ? " AND time_ms <= ?" : "";
  if (query.after_id > 0) {
    sql += query.is_ascending ? " AND id > ?" : " AND id < ?";
  }
  sql += query.is_ascending ? " ORDER BY id LIMIT ?" : " ORDER BY id DESC LIMIT ?";
  Statement select(database_, sql);
  select.text(query.scope);
  if (query.alarm_name) {
    select.text(*query.alarm_name);
  }
  if (query.type) {
    select.text(*query.type);
  }
  if (query.from_ms) {
    select.number(*query.from_ms);
  }
  if (query.until_ms) {
    select.number(*query.until_ms);
  }
  if (query.after_id > 0) {
    select.number(query.after_id);
  }
  select.number(query.limit);
  std::vector<HistoryItem> items;
  int code = select.step();
  for (; code == SQLITE_ROW; code = select.step()) {
    HistoryItem item;
    item.id = select.column_number(0);
    item.scope = select.column(1);
    item.alarm_name = select.column(2);
    item.is_composite = select.column_number(3) != 0;
    item.time_ms = select.column_number(4);
    item.type = select.column(5);
    item.summary = select.column(6);
    item.data = select.column(7);
    items.push_back(std::move(item));
  }
  if (code != SQLITE_DONE) {
    return failure("reading the history of alarms");
  }
  return items;
}

Result<std::int64_t> AlarmTable::trim_history(TimeMs before_ms) {
  Statement remove(database_, "DELETE FROM alarm_history WHERE time_ms < ?");
  if (!remove.number(before_ms).run_once()) {
    return failure("trimming the history of alarms");
  }
  return sqlite3_changes64(database_);
}

}  // namespace weir::alarm

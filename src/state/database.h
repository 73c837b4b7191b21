#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace weir::state {

// One statement in use: bind, then step. Of one thread; keeps the database locked while it lives.
class Statement {
 public:
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&&) = delete;
  ~Statement();

  // Binds the next parameter.
  Statement& bind(std::string_view text);
  Statement& bind(std::int64_t value);
  Statement& bind(int value) { return bind(static_cast<std::int64_t>(value)); }
  Statement& bind(double value);
  Statement& bind_null();

  // True with a row, false at the end.
  [[nodiscard]] Result<bool> step();
  // For statements without rows.
  [[nodiscard]] Result<void> run();

  [[nodiscard]] std::string text(int column) const;
  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] double number(int column) const;
  [[nodiscard]] bool is_null(int column) const;

 private:
  friend class Database;
  Statement(sqlite3* database, sqlite3_stmt* statement, std::unique_lock<std::recursive_mutex> lock)
      : database_(database), statement_(statement), lock_(std::move(lock)) {}
  sqlite3* database_;
  sqlite3_stmt* statement_;
  std::unique_lock<std::recursive_mutex> lock_;
  int num_bound_ = 0;
};

// The rows that say what a server was told: SQLite in WAL mode, every commit synced before it
// returns. Thread-safe: one statement or transaction at a time; other processes may read and write
// beside it. Errors: kFull where the disk is, kBusy where another process keeps it locked for
// longer than 5 s, kIo for the rest.
class Database {
 public:
  // Makes the file, readable by its owner alone, where there is none.
  [[nodiscard]] static Result<std::unique_ptr<Database>> open(const std::string& path);
  ~Database();

  // Prepares one statement.
  [[nodiscard]] Result<Statement> prepare(std::string_view sql);
  // Runs statements without parameters.
  [[nodiscard]] Result<void> run(const std::string& sql);
  // Brings the tables of a room to the form it needs: `steps[i]` leads from version i to i + 1.
  [[nodiscard]] Result<void> migrate(const std::string& room,
                                     const std::vector<std::string>& steps);

  // Keeps other threads from the database until it is released: what is read stays true that long.
  [[nodiscard]] std::unique_lock<std::recursive_mutex> hold() { return std::unique_lock(mutex_); }

  // Runs `work` as one transaction: all of it lasts, or nothing.
  template <class Work>
  [[nodiscard]] Result<void> transact(Work work) {
    const std::lock_guard lock(mutex_);
    WEIR_RETURN_IF_ERROR(run("BEGIN IMMEDIATE"));
    Result<void> done = work();
    if (done) {
      done = run("COMMIT");
    }
    if (!done) {
      (void)run("ROLLBACK");
    }
    return done;
  }

 private:
  explicit Database(sqlite3* database) : database_(database) {}
  sqlite3* database_;
  std::recursive_mutex mutex_;
};

}  // namespace weir::state

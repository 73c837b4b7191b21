#include "state/database.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <unistd.h>

namespace weir::state {
namespace {

Error error_of(sqlite3* database, int code) {
  const int primary = code & 0xff;
  const ErrorCode kind = primary == SQLITE_FULL                               ? ErrorCode::kFull
                         : primary == SQLITE_BUSY || primary == SQLITE_LOCKED ? ErrorCode::kBusy
                                                                              : ErrorCode::kIo;
  const char* path = sqlite3_db_filename(database, "main");
  return {kind, fmt::format("{}: {}", path == nullptr ? "state" : path, sqlite3_errmsg(database))};
}

}  // namespace

Statement::Statement(Statement&& other) noexcept
    : database_(other.database_),
      statement_(other.statement_),
      lock_(std::move(other.lock_)),
      num_bound_(other.num_bound_) {
  other.statement_ = nullptr;
}

Statement::~Statement() { sqlite3_finalize(statement_); }

Statement& Statement::bind(std::string_view text) {
  sqlite3_bind_text64(statement_, ++num_bound_, text.data(), text.size(), SQLITE_TRANSIENT,
                      SQLITE_UTF8);
  return *this;
}
Statement& Statement::bind(std::int64_t value) {
  sqlite3_bind_int64(statement_, ++num_bound_, value);
  return *this;
}
Statement& Statement::bind(double value) {
  sqlite3_bind_double(statement_, ++num_bound_, value);
  return *this;
}
Statement& Statement::bind_null() {
  sqlite3_bind_null(statement_, ++num_bound_);
  return *this;
}

Result<bool> Statement::step() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) {
    return true;
  }
  if (code == SQLITE_DONE) {
    return false;
  }
  return tl::unexpected<Error>(error_of(database_, code));
}

Result<void> Statement::run() {
  WEIR_ASSIGN_OR_RETURN([[maybe_unused]] const bool has_row, step());
  return {};
}

std::string Statement::text(int column) const {
  const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  const int size = sqlite3_column_bytes(statement_, column);
  return bytes == nullptr ? std::string() : std::string(bytes, static_cast<std::size_t>(size));
}
std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(statement_, column);
}
double Statement::number(int column) const { return sqlite3_column_double(statement_, column); }
bool Statement::is_null(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

Result<std::unique_ptr<Database>> Database::open(const std::string& path) {
  if (path != ":memory:") {
    // Made beforehand so that it is never readable by others: secrets are in it.
    const int descriptor = ::open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    if (descriptor < 0) {
      return fail(ErrorCode::kIo, fmt::format("{}: cannot be made or opened", path));
    }
    ::close(descriptor);
  }
  sqlite3* handle = nullptr;
  const int code =
      sqlite3_open_v2(path.c_str(), &handle,
                      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX, nullptr);
  std::unique_ptr<Database> database(new Database(handle));
  if (code != SQLITE_OK) {
    return tl::unexpected<Error>(error_of(handle, code));
  }
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_busy_timeout(handle, 5000);
  WEIR_RETURN_IF_ERROR(database->run("PRAGMA journal_mode = WAL"));
  WEIR_RETURN_IF_ERROR(database->run("PRAGMA synchronous = FULL"));
  WEIR_RETURN_IF_ERROR(database->run("PRAGMA foreign_keys = ON"));
  WEIR_RETURN_IF_ERROR(database->run(
      "CREATE TABLE IF NOT EXISTS room_version (room TEXT PRIMARY KEY, version INTEGER NOT NULL)"));
  return database;
}

Database::~Database() { sqlite3_close_v2(database_); }

Result<Statement> Database::prepare(std::string_view sql) {
  std::unique_lock lock(mutex_);
  sqlite3_stmt* statement = nullptr;
  const int code =
      sqlite3_prepare_v2(database_, sql.data(), static_cast<int>(sql.size()), &statement, nullptr);
  if (code != SQLITE_OK) {
    return tl::unexpected<Error>(error_of(database_, code));
  }
  return Statement(database_, statement, std::move(lock));
}

Result<void> Database::run(const std::string& sql) {
  const std::lock_guard lock(mutex_);
  const int code = sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) {
    return tl::unexpected<Error>(error_of(database_, code));
  }
  return {};
}

Result<void> Database::migrate(const std::string& room, const std::vector<std::string>& steps) {
  return transact([&]() -> Result<void> {
    std::int64_t version = 0;
    {
      WEIR_ASSIGN_OR_RETURN(Statement query,
                            prepare("SELECT version FROM room_version WHERE room = ?"));
      WEIR_ASSIGN_OR_RETURN(const bool has_row, query.bind(room).step());
      version = has_row ? query.integer(0) : 0;
    }
    const auto wanted = static_cast<std::int64_t>(steps.size());
    if (version > wanted) {
      return fail(ErrorCode::kUnsupported,
                  fmt::format("the state's part '{}' is of version {}, this program knows {}: a "
                              "newer weir wrote it, use that one",
                              room, version, wanted));
    }
    for (; version < wanted; ++version) {
      WEIR_RETURN_IF_ERROR(run(steps[static_cast<std::size_t>(version)]));
    }
    WEIR_ASSIGN_OR_RETURN(Statement put,
                          prepare("INSERT OR REPLACE INTO room_version VALUES (?, ?)"));
    return put.bind(room).bind(wanted).run();
  });
}

}  // namespace weir::state

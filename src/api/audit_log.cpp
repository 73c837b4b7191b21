#include "api/audit_log.h"

#include <limits>

namespace weir::api {

Result<AuditLog> AuditLog::open(state::Database& database) {
  WEIR_RETURN_IF_ERROR(database.migrate(
      "audit", {"CREATE TABLE audit (id INTEGER PRIMARY KEY AUTOINCREMENT, time_ms INTEGER NOT "
                "NULL, who TEXT NOT NULL, action TEXT NOT NULL, what TEXT NOT NULL, peer TEXT NOT "
                "NULL)"}));
  return AuditLog(database);
}

Result<void> AuditLog::note(const AuditEntry& entry) {
  constexpr std::size_t kMostText = 1000;  // of what an untrusted caller may write
  return database_->transact([&]() -> Result<void> {
    {
      WEIR_ASSIGN_OR_RETURN(
          auto insert, database_->prepare("INSERT INTO audit (time_ms, who, action, what, peer) "
                                          "VALUES (?, ?, ?, ?, ?)"));
      WEIR_RETURN_IF_ERROR(insert.bind(entry.time_ms)
                               .bind(std::string_view(entry.who).substr(0, kMostText))
                               .bind(entry.action)
                               .bind(std::string_view(entry.what).substr(0, kMostText))
                               .bind(entry.peer)
                               .run());
    }
    WEIR_ASSIGN_OR_RETURN(
        auto trim, database_->prepare("DELETE FROM audit WHERE id <= (SELECT MAX(id) FROM audit) - "
                                      "?"));
    return trim.bind(kMostEntries).run();
  });
}

Result<std::vector<AuditEntry>> AuditLog::list(std::optional<std::int64_t> before,
                                               std::size_t limit) const {
  WEIR_ASSIGN_OR_RETURN(
      auto query, database_->prepare("SELECT id, time_ms, who, action, what, peer FROM audit WHERE "
                                     "id < ? ORDER BY id DESC LIMIT ?"));
  query.bind(before.value_or(std::numeric_limits<std::int64_t>::max()))
      .bind(static_cast<std::int64_t>(limit));
  std::vector<AuditEntry> entries;
  while (true) {
    WEIR_ASSIGN_OR_RETURN(const bool has_row, query.step());
    if (!has_row) {
      return entries;
    }
    entries.push_back({query.integer(0), query.integer(1), query.text(2), query.text(3),
                       query.text(4), query.text(5)});
  }
}

}  // namespace weir::api

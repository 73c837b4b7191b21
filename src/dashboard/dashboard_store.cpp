#include "dashboard/dashboard_store.h"

namespace weir::dashboard {
namespace {

Dashboard read_row(const state::Statement& row) {
  return {row.text(0), row.text(1), row.integer(2)};
}

}  // namespace

Result<DashboardStore> DashboardStore::open(state::Database& database) {
  WEIR_RETURN_IF_ERROR(
      database.migrate("dashboard", {"CREATE TABLE dashboard (name TEXT PRIMARY KEY, body TEXT NOT "
                                     "NULL, modified_ms INTEGER NOT NULL)"}));
  return DashboardStore(database);
}

Result<void> DashboardStore::put(const Dashboard& dashboard) {
  WEIR_ASSIGN_OR_RETURN(auto insert,
                        database_->prepare("INSERT OR REPLACE INTO dashboard VALUES (?, ?, ?)"));
  return insert.bind(dashboard.name).bind(dashboard.body).bind(dashboard.modified_ms).run();
}

Result<std::optional<Dashboard>> DashboardStore::find(std::string_view name) const {
  WEIR_ASSIGN_OR_RETURN(
      auto query,
      database_->prepare("SELECT name, body, modified_ms FROM dashboard WHERE name = ?"));
  WEIR_ASSIGN_OR_RETURN(const bool has_row, query.bind(name).step());
  return has_row ? std::optional(read_row(query)) : std::nullopt;
}

Result<std::vector<Dashboard>> DashboardStore::list() const {
  WEIR_ASSIGN_OR_RETURN(
      auto query, database_->prepare("SELECT name, body, modified_ms FROM dashboard ORDER BY 1"));
  std::vector<Dashboard> dashboards;
  while (true) {
    WEIR_ASSIGN_OR_RETURN(const bool has_row, query.step());
    if (!has_row) {
      return dashboards;
    }
    dashboards.push_back(read_row(query));
  }
}

Result<void> DashboardStore::remove(const std::vector<std::string>& names) {
  return database_->transact([&]() -> Result<void> {
    for (const std::string& name : names) {
      WEIR_ASSIGN_OR_RETURN(auto remove,
                            database_->prepare("DELETE FROM dashboard WHERE name = ?"));
      WEIR_RETURN_IF_ERROR(remove.bind(name).run());
    }
    return {};
  });
}

}  // namespace weir::dashboard

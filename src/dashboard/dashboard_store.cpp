#include "dashboard/dashboard_store.h"

namespace weir::dashboard {
namespace {

Dashboard read_row(const state::Statement& row) {
  return {row.text(0), row.text(1), row.integer(2)};
}

}  // namespace

Result<DashboardStore> DashboardStore::open(state::Database& database,
                                            std::string_view own_account) {
  WEIR_RETURN_IF_ERROR(database.migrate(
      "dashboard",
      {"CREATE TABLE dashboard (name TEXT PRIMARY KEY, body TEXT NOT NULL, modified_ms INTEGER NOT "
       "NULL)",
       "ALTER TABLE dashboard RENAME TO dashboard_of_one_account;"
       "CREATE TABLE dashboard (account TEXT NOT NULL, name TEXT NOT NULL, body TEXT NOT NULL, "
       "modified_ms INTEGER NOT NULL, PRIMARY KEY (account, name));"
       "INSERT INTO dashboard SELECT '', name, body, modified_ms FROM dashboard_of_one_account;"
       "DROP TABLE dashboard_of_one_account"}));
  WEIR_ASSIGN_OR_RETURN(auto own,
                        database.prepare("UPDATE dashboard SET account = ? WHERE account = ''"));
  WEIR_RETURN_IF_ERROR(own.bind(own_account).run());
  return DashboardStore(database);
}

Result<void> DashboardStore::put(std::string_view account, const Dashboard& dashboard) {
  WEIR_ASSIGN_OR_RETURN(auto insert,
                        database_->prepare("INSERT OR REPLACE INTO dashboard VALUES (?, ?, ?, ?)"));
  return insert.bind(account)
      .bind(dashboard.name)
      .bind(dashboard.body)
      .bind(dashboard.modified_ms)
      .run();
}

Result<std::optional<Dashboard>> DashboardStore::find(std::string_view account,
                                                      std::string_view name) const {
  WEIR_ASSIGN_OR_RETURN(auto query,
                        database_->prepare("SELECT name, body, modified_ms FROM dashboard WHERE "
                                           "account = ? AND name = ?"));
  WEIR_ASSIGN_OR_RETURN(const bool has_row, query.bind(account).bind(name).step());
  return has_row ? std::optional(read_row(query)) : std::nullopt;
}

Result<std::vector<Dashboard>> DashboardStore::list(std::string_view account) const {
  WEIR_ASSIGN_OR_RETURN(
      auto query,
      database_->prepare(
          "SELECT name, body, modified_ms FROM dashboard WHERE account = ? ORDER BY 1"));
  query.bind(account);
  std::vector<Dashboard> dashboards;
  while (true) {
    WEIR_ASSIGN_OR_RETURN(const bool has_row, query.step());
    if (!has_row) {
      return dashboards;
    }
    dashboards.push_back(read_row(query));
  }
}

Result<void> DashboardStore::remove(std::string_view account,
                                    const std::vector<std::string>& names) {
  return database_->transact([&]() -> Result<void> {
    for (const std::string& name : names) {
      WEIR_ASSIGN_OR_RETURN(
          auto remove, database_->prepare("DELETE FROM dashboard WHERE account = ? AND name = ?"));
      WEIR_RETURN_IF_ERROR(remove.bind(account).bind(name).run());
    }
    return {};
  });
}

}  // namespace weir::dashboard

#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "state/database.h"

namespace weir::dashboard {

struct Dashboard {
  std::string name;
  std::string body;  // as it came
  TimeMs modified_ms = 0;
};

// Dashboards by account, whatever the region, as rows of the state. Thread-safe.
class DashboardStore {
 public:
  // `database` outlives it. `own_account` gets what was stored before dashboards had accounts.
  [[nodiscard]] static Result<DashboardStore> open(state::Database& database,
                                                   std::string_view own_account);

  [[nodiscard]] Result<void> put(std::string_view account, const Dashboard& dashboard);
  [[nodiscard]] Result<std::optional<Dashboard>> find(std::string_view account,
                                                      std::string_view name) const;
  // By name.
  [[nodiscard]] Result<std::vector<Dashboard>> list(std::string_view account) const;
  [[nodiscard]] Result<void> remove(std::string_view account,
                                    const std::vector<std::string>& names);
  // What is found stays as it is, but for the caller's own changes, until it is released.
  [[nodiscard]] std::unique_lock<std::recursive_mutex> hold() const { return database_->hold(); }

 private:
  explicit DashboardStore(state::Database& database) : database_(&database) {}
  state::Database* database_;
};

}  // namespace weir::dashboard

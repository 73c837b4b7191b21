#pragma once

#include <functional>
#include <string>
#include <vector>

#include "api/access_keys.h"
#include "api/audit_log.h"
#include "api/native_api.h"
#include "app/alarm_reports.h"
#include "app/flow_intake.h"
#include "base/clock.h"
#include "doctor/finding.h"

namespace weir::app {

// What the routes answer from; all outlive them.
struct RouteRooms {
  const AlarmReports* alarms = nullptr;
  api::AccessKeys* keys = nullptr;
  api::AuditLog* audit = nullptr;  // null: nothing is written down
  FlowIntake* intake = nullptr;
  const Clock* clock = nullptr;
  std::function<Result<std::vector<doctor::Finding>>()> examine;
};

// Adds the routes under /api/v1 (docs/serve.md lists them).
void add_routes(api::NativeApi& native, const RouteRooms& rooms);

// Where the server of a data directory listens for the command line.
[[nodiscard]] inline std::string socket_path(const std::string& directory) {
  return directory + "/weir.sock";
}

}  // namespace weir::app

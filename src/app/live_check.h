#pragma once

#include <memory>
#include <string>
#include <vector>

#include "alarm/alarm_engine.h"
#include "base/clock.h"
#include "base/result.h"
#include "column/scan.h"
#include "doctor/check_live.h"
#include "metric/metric_store.h"
#include "state/database.h"
#include "store/store.h"

namespace weir::app {

// What `weir doctor` reads of a data directory, whether its server runs or not. All outlive it.
struct LiveRooms {
  const alarm::AlarmEngine* alarms = nullptr;
  const metric::MetricStore* metrics = nullptr;
  state::Database* database = nullptr;
  store::Store* store = nullptr;
  const Clock* clock = nullptr;
  const doctor::RequestLog* requests = nullptr;  // none without a server
  std::string account = "123456789012";
  std::string region = "us-east-1";
  std::string flow_log_prefix = "/aws/vpc/flowlogs/";
};

[[nodiscard]] Result<std::vector<doctor::Finding>> examine(const LiveRooms& rooms);

// The flow table of a store, empty where nothing was taken in yet.
[[nodiscard]] Result<std::shared_ptr<column::Table>> flow_table(store::Store& store);

}  // namespace weir::app

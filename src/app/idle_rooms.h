#pragma once

#include <memory>
#include <string>
#include <vector>

#include "alarm/alarm_engine.h"
#include "alarm/anomaly_models.h"
#include "app/alarm_reports.h"
#include "base/clock.h"
#include "base/result.h"
#include "io/file_system.h"
#include "metric/metric_store.h"
#include "state/database.h"
#include "store/store.h"

namespace weir::app {

// What a data directory holds while no server runs there: opened as the server opens it, under the
// same lock, so that none can start meanwhile. Nothing is evaluated.
class IdleRooms {
 public:
  // kNotFound where no server has ever run there, kBusy where somebody writes. All outlive it.
  [[nodiscard]] static Result<std::unique_ptr<IdleRooms>> open(io::FileSystem& files,
                                                               const Clock& clock,
                                                               const std::string& directory);

  [[nodiscard]] const AlarmReports& alarms() const { return *reports_; }
  [[nodiscard]] const alarm::AlarmEngine& engine() const { return *engine_; }
  [[nodiscard]] const metric::MetricStore& metrics() const { return *metrics_; }
  [[nodiscard]] state::Database& database() { return *database_; }
  [[nodiscard]] store::Store& store() { return *store_; }

 private:
  IdleRooms() = default;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<state::Database> database_;
  std::unique_ptr<metric::MetricStore> metrics_;
  std::unique_ptr<alarm::AnomalyModels> bands_;
  std::unique_ptr<alarm::AlarmTable> table_;
  std::unique_ptr<alarm::AlarmEngine> engine_;
  std::unique_ptr<AlarmReports> reports_;
};

}  // namespace weir::app

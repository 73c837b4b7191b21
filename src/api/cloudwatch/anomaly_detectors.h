#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "alarm/anomaly_models.h"
#include "api/service.h"
#include "state/database.h"

namespace weir::api::cloudwatch {

// A detector as it was put: what it watches, and what its training leaves out.
struct AnomalyDetector {
  std::string id;
  std::string scope;
  metric::MetricStat stat;  // its period and unit say nothing
  Tree configuration;       // AnomalyDetectorConfiguration, or null
  Tree characteristics;     // MetricCharacteristics, or null
};

// Anomaly detectors, as rows of the state; tells the models what to leave out. Thread-safe.
class AnomalyDetectors {
 public:
  // Both outlive it.
  [[nodiscard]] static Result<AnomalyDetectors> open(state::Database& database,
                                                     alarm::AnomalyModels& models);

  // Makes one, or replaces the one of the same metric and statistic; the id stays.
  [[nodiscard]] Result<std::string> put(AnomalyDetector detector);
  // By namespace, metric, statistic and dimensions.
  [[nodiscard]] Result<std::vector<AnomalyDetector>> list(std::string_view scope) const;
  [[nodiscard]] Result<void> remove(const AnomalyDetector& detector);
  // Trains it where that has not happened yet.
  [[nodiscard]] Result<alarm::TrainingState> state_of(const AnomalyDetector& detector) const;

 private:
  AnomalyDetectors(state::Database& database, alarm::AnomalyModels& models)
      : database_(&database), models_(&models) {}
  void tell_models(const AnomalyDetector& detector) const;

  state::Database* database_;
  alarm::AnomalyModels* models_;
};

// Puts, describes and deletes detectors of single metrics. `detectors` outlives the service.
void add_detector_operations(Service& service, AnomalyDetectors& detectors);

}  // namespace weir::api::cloudwatch

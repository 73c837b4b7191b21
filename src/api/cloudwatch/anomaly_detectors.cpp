#include "api/cloudwatch/anomaly_detectors.h"

#include <algorithm>

#include "format/tree.h"
#include "notify/topic_store.h"

namespace weir::api::cloudwatch {
namespace {

// The rows' key: what a detector watches, dimensions by name.
Tree subject_tree(const AnomalyDetector& detector) {
  auto dimensions = detector.stat.metric.dimensions;
  std::sort(dimensions.begin(), dimensions.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  Tree list = Tree::list();
  for (const metric::Dimension& dimension : dimensions) {
    list.push(Tree::map({{"Name", dimension.name}, {"Value", dimension.value}}));
  }
  return Tree::map({{"Namespace", detector.stat.metric.name_space},
                    {"MetricName", detector.stat.metric.name},
                    {"Stat", detector.stat.statistic},
                    {"Dimensions", std::move(list)}});
}

// Times of a configuration as numbers: JSON has no other way to keep them.
std::vector<alarm::ExcludedTime> excluded_of(const Tree& configuration) {
  std::vector<alarm::ExcludedTime> times;
  for (const Tree& range : configuration["ExcludedTimeRanges"].items()) {
    times.push_back({range["StartTime"].time_ms(), range["EndTime"].time_ms()});
  }
  return times;
}
Tree kept_configuration(const Tree& configuration) {
  Tree kept = configuration;
  Tree ranges = Tree::list();
  for (const alarm::ExcludedTime& time : excluded_of(configuration)) {
    ranges.push(Tree::map({{"BeginMs", time.begin_ms}, {"EndMs", time.end_ms}}));
  }
  if (configuration.has("ExcludedTimeRanges")) {
    kept.set("ExcludedTimeRanges", std::move(ranges));
  }
  return kept;
}
Tree told_configuration(Tree kept) {
  Tree ranges = Tree::list();
  for (const Tree& range : kept["ExcludedTimeRanges"].items()) {
    ranges.push(Tree::map({{"StartTime", Tree::time(range["BeginMs"].integer())},
                           {"EndTime", Tree::time(range["EndMs"].integer())}}));
  }
  if (kept.has("ExcludedTimeRanges")) {
    kept.set("ExcludedTimeRanges", std::move(ranges));
  }
  return kept;
}

Result<AnomalyDetector> detector_of(state::Statement& row) {
  WEIR_ASSIGN_OR_RETURN(const Tree subject, format::read_json(row.text(2)));
  WEIR_ASSIGN_OR_RETURN(const Tree body, format::read_json(row.text(3)));
  AnomalyDetector detector;
  detector.id = row.text(0);
  detector.scope = row.text(1);
  detector.stat.metric.name_space = subject["Namespace"].text();
  detector.stat.metric.name = subject["MetricName"].text();
  detector.stat.statistic = subject["Stat"].text();
  for (const Tree& dimension : subject["Dimensions"].items()) {
    detector.stat.metric.dimensions.push_back(
        {dimension["Name"].text(), dimension["Value"].text()});
  }
  detector.configuration = told_configuration(body["Configuration"]);
  detector.characteristics = body["MetricCharacteristics"];
  return detector;
}

}  // namespace

Result<AnomalyDetectors> AnomalyDetectors::open(state::Database& database,
                                                alarm::AnomalyModels& models) {
  WEIR_RETURN_IF_ERROR(database.migrate(
      "anomaly_detectors", {"CREATE TABLE anomaly_detector (id TEXT NOT NULL UNIQUE, scope TEXT "
                            "NOT NULL, subject TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY "
                            "(scope, subject))"}));
  AnomalyDetectors detectors(database, models);
  WEIR_ASSIGN_OR_RETURN(const auto all, detectors.list(""));
  for (const AnomalyDetector& detector : all) {
    detectors.tell_models(detector);
  }
  return detectors;
}

void AnomalyDetectors::tell_models(const AnomalyDetector& detector) const {
  models_->set_excluded(detector.scope, detector.stat, excluded_of(detector.configuration));
}

Result<std::string> AnomalyDetectors::put(AnomalyDetector detector) {
  const std::string subject = format::write_json(subject_tree(detector));
  const Tree body = Tree::map({{"Configuration", kept_configuration(detector.configuration)},
                               {"MetricCharacteristics", detector.characteristics}});
  WEIR_RETURN_IF_ERROR(database_->transact([&]() -> Result<void> {
    WEIR_ASSIGN_OR_RETURN(
        auto found,
        database_->prepare("SELECT id FROM anomaly_detector WHERE scope = ? AND subject = ?"));
    WEIR_ASSIGN_OR_RETURN(const bool is_there, found.bind(detector.scope).bind(subject).step());
    detector.id = is_there ? found.text(0) : notify::make_uuid();
    WEIR_ASSIGN_OR_RETURN(
        auto insert,
        database_->prepare("INSERT OR REPLACE INTO anomaly_detector VALUES (?, ?, ?, ?)"));
    return insert.bind(detector.id)
        .bind(detector.scope)
        .bind(subject)
        .bind(format::write_json(body))
        .run();
  }));
  tell_models(detector);
  return detector.id;
}

Result<std::vector<AnomalyDetector>> AnomalyDetectors::list(std::string_view scope) const {
  WEIR_ASSIGN_OR_RETURN(
      auto query, database_->prepare("SELECT id, scope, subject, body FROM anomaly_detector WHERE "
                                     "? = '' OR scope = ? ORDER BY scope, subject"));
  query.bind(scope).bind(scope);
  std::vector<AnomalyDetector> detectors;
  while (true) {
    WEIR_ASSIGN_OR_RETURN(const bool has_row, query.step());
    if (!has_row) {
      return detectors;
    }
    WEIR_ASSIGN_OR_RETURN(AnomalyDetector detector, detector_of(query));
    detectors.push_back(std::move(detector));
  }
}

Result<void> AnomalyDetectors::remove(const AnomalyDetector& detector) {
  WEIR_ASSIGN_OR_RETURN(auto query,
                        database_->prepare("DELETE FROM anomaly_detector WHERE id = ?"));
  WEIR_RETURN_IF_ERROR(query.bind(detector.id).run());
  models_->set_excluded(detector.scope, detector.stat, {});
  return {};
}

Result<alarm::TrainingState> AnomalyDetectors::state_of(const AnomalyDetector& detector) const {
  metric::MetricStat stat = detector.stat;
  stat.period_s = 300;  // bands of other periods have models of their own
  return models_->state(detector.scope, stat);
}

}  // namespace weir::api::cloudwatch

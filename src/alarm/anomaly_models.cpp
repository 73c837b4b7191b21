#include "alarm/anomaly_models.h"

#include <algorithm>

#include "codec/byte_writer.h"
#include "metric/statistic.h"

namespace weir::alarm {
namespace {

std::string model_key(std::string_view scope, const metric::MetricStat& stat) {
  std::string key;
  for (const std::string_view part :
       {scope, std::string_view(stat.metric.name_space), std::string_view(stat.metric.name),
        std::string_view(stat.statistic), std::string_view(stat.unit)}) {
    codec::put_text(part, key);
  }
  codec::put_varint(static_cast<std::uint64_t>(stat.period_s), key);
  for (const metric::Dimension& dimension : stat.metric.dimensions) {
    codec::put_text(dimension.name, key);
    codec::put_text(dimension.value, key);
  }
  return key;
}

// What a detector is for: a statistic of a metric, of any period and unit.
std::string detector_key(std::string_view scope, metric::MetricStat stat) {
  stat.period_s = 0;
  stat.unit.clear();
  std::sort(stat.metric.dimensions.begin(), stat.metric.dimensions.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  return model_key(scope, stat);
}

}  // namespace

std::string_view name_of(TrainingState state) {
  switch (state) {
    case TrainingState::kPendingTraining:
      return "PENDING_TRAINING";
    case TrainingState::kTrainedInsufficientData:
      return "TRAINED_INSUFFICIENT_DATA";
    case TrainingState::kTrained:
      break;
  }
  return "TRAINED";
}

void AnomalyModels::forget_oldest() {
  auto oldest = entries_.end();
  for (auto place = entries_.begin(); place != entries_.end(); ++place) {
    if (oldest == entries_.end() || place->second.last_use < oldest->second.last_use) {
      oldest = place;
    }
  }
  if (oldest != entries_.end()) {
    entries_.erase(oldest);
  }
}

Result<AnomalyModels::Entry*> AnomalyModels::fresh_entry(std::string_view scope,
                                                         const metric::MetricStat& stat) {
  const std::string key = model_key(scope, stat);
  const TimeMs now_ms = clock_.now_ms();
  if (!entries_.contains(key) && entries_.size() >= kMaxModels) {
    forget_oldest();
  }
  Entry& entry = entries_[key];
  entry.last_use = ++num_uses_;
  entry.detector = detector_key(scope, stat);
  // A clock that went back makes a model old too.
  if (entry.trained_ms != INT64_MIN && now_ms >= entry.trained_ms &&
      now_ms - entry.trained_ms < kRetrainMs) {
    return &entry;
  }
  const auto statistic = metric::parse_statistic(stat.statistic);
  if (!statistic) {
    return fail(ErrorCode::kInput, "there is no statistic " + stat.statistic);
  }
  const auto dimensions = metric::views_of(stat.metric.dimensions);
  std::vector<metric::SeriesId> series;
  for (const auto& found :
       store_.find({scope, stat.metric.name_space, stat.metric.name, dimensions},
                   stat.unit.empty() ? std::nullopt : metric::parse_unit(stat.unit))) {
    series.push_back(found.series);
  }
  const TimeMs step_ms = stat.period_s * 1000;
  const TimeMs end_ms = now_ms - now_ms % step_ms;
  const TimeMs start_ms = end_ms - kTrainingMs / step_ms * step_ms;
  WEIR_ASSIGN_OR_RETURN(
      const metric::Reading reading,
      store_.read(series, start_ms, end_ms, stat.period_s, statistic->needs_distribution()));
  static const std::vector<ExcludedTime> kNone;
  const auto left_out = excluded_.find(entry.detector);
  const std::vector<ExcludedTime>& excluded =
      left_out == excluded_.end() ? kNone : left_out->second;
  std::vector<TimeMs> times;
  std::vector<double> values;
  for (std::size_t i = 0; i < reading.aggregates.size(); ++i) {
    const TimeMs time_ms = reading.time(i);
    const bool is_excluded = std::any_of(
        excluded.begin(), excluded.end(),
        [&](const ExcludedTime& e) { return time_ms >= e.begin_ms && time_ms < e.end_ms; });
    const auto value =
        is_excluded ? std::nullopt
                    : compute(*statistic, reading.aggregates[i],
                              reading.distributions.empty() ? nullptr : &reading.distributions[i]);
    if (value) {
      times.push_back(time_ms);
      values.push_back(*value);
    }
  }
  entry.model = SeasonModel::train(times, values);
  entry.trained_ms = now_ms;
  return &entry;
}

Result<std::vector<metric::BandPoint>> AnomalyModels::band(std::string_view scope,
                                                           const metric::MetricStat& stat,
                                                           std::span<const TimeMs> times_ms) {
  const std::lock_guard lock(mutex_);
  WEIR_ASSIGN_OR_RETURN(const Entry* const entry, fresh_entry(scope, stat));
  std::vector<metric::BandPoint> points;
  points.reserve(times_ms.size());
  for (const TimeMs time_ms : times_ms) {
    points.push_back(entry->model.at(time_ms));
  }
  return points;
}

void AnomalyModels::set_excluded(std::string_view scope, const metric::MetricStat& stat,
                                 std::vector<ExcludedTime> times) {
  const std::lock_guard lock(mutex_);
  const std::string key = detector_key(scope, stat);
  std::erase_if(entries_, [&](const auto& entry) { return entry.second.detector == key; });
  if (times.empty()) {
    excluded_.erase(key);
  } else {
    excluded_[key] = std::move(times);
  }
}

Result<TrainingState> AnomalyModels::state(std::string_view scope, const metric::MetricStat& stat) {
  const std::lock_guard lock(mutex_);
  WEIR_ASSIGN_OR_RETURN(const Entry* const entry, fresh_entry(scope, stat));
  return entry->model.is_trained() ? TrainingState::kTrained
                                   : TrainingState::kTrainedInsufficientData;
}

}  // namespace weir::alarm

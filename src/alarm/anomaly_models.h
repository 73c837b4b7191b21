#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "alarm/season_model.h"
#include "base/clock.h"
#include "metric/anomaly_bands.h"
#include "metric/metric_store.h"

namespace weir::alarm {

// StateValue of an anomaly detector.
enum class TrainingState : std::uint8_t { kPendingTraining, kTrainedInsufficientData, kTrained };
[[nodiscard]] std::string_view name_of(TrainingState state);  // "TRAINED_INSUFFICIENT_DATA"

struct ExcludedTime {
  TimeMs begin_ms = 0;
  TimeMs end_ms = 0;
};

// Models of series, trained on the last two weeks of what is stored when somebody asks for a band,
// and again when they are an hour old. Nothing is kept on disk: training takes milliseconds. Holds
// at most kMaxModels, the longest unused of which is forgotten. Thread-safe.
class AnomalyModels final : public metric::AnomalyBands {
 public:
  static constexpr TimeMs kTrainingMs = TimeMs{14} * 86'400'000;
  static constexpr TimeMs kRetrainMs = 3'600'000;
  static constexpr std::size_t kMaxModels = 10'000;

  AnomalyModels(const metric::MetricStore& store, const Clock& clock)
      : store_(store), clock_(clock) {}

  [[nodiscard]] Result<std::vector<metric::BandPoint>> band(
      std::string_view scope, const metric::MetricStat& stat,
      std::span<const TimeMs> times_ms) override;
  // Training leaves these times of a metric's statistic out, whatever period and unit a band is
  // asked with; replaces what was set before, and forgets its models.
  void set_excluded(std::string_view scope, const metric::MetricStat& stat,
                    std::vector<ExcludedTime> times);
  // Trains where that has not happened yet.
  [[nodiscard]] Result<TrainingState> state(std::string_view scope, const metric::MetricStat& stat);

 private:
  struct Entry {
    SeasonModel model;
    TimeMs trained_ms = INT64_MIN;
    std::uint64_t last_use = 0;
    std::string detector;  // key of what its times are left out by
  };
  [[nodiscard]] Result<Entry*> fresh_entry(std::string_view scope, const metric::MetricStat& stat);
  void forget_oldest();

  const metric::MetricStore& store_;
  const Clock& clock_;
  std::mutex mutex_;
  std::map<std::string, Entry, std::less<>> entries_;
  std::map<std::string, std::vector<ExcludedTime>, std::less<>> excluded_;  // by detector
  std::uint64_t num_uses_ = 0;
};

}  // namespace weir::alarm

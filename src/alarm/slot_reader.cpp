#include "alarm/slot_reader.h"

#include "metric/statistic.h"

namespace weir::alarm {
namespace {

Result<std::vector<Slot>> read_metric(const metric::MetricStore& store, std::string_view scope,
                                      const metric::MetricStat& stat, TimeMs end_ms,
                                      std::int64_t num_slots) {
  const auto statistic = metric::parse_statistic(stat.statistic);
  if (!statistic) {
    return fail(ErrorCode::kInput, "no such statistic: " + stat.statistic);
  }
  const auto dimensions = metric::views_of(stat.metric.dimensions);
  const auto unit = stat.unit.empty() ? std::nullopt : metric::parse_unit(stat.unit);
  std::vector<metric::SeriesId> series;
  for (const auto& found :
       store.find({scope, stat.metric.name_space, stat.metric.name, dimensions}, unit)) {
    series.push_back(found.series);
  }
  const TimeMs start_ms = end_ms - num_slots * stat.period_s * 1000;
  WEIR_ASSIGN_OR_RETURN(
      const metric::Reading reading,
      store.read(series, start_ms, end_ms, stat.period_s, statistic->needs_distribution()));
  std::vector<Slot> slots(reading.aggregates.size());
  for (std::size_t i = 0; i < slots.size(); ++i) {
    slots[i].time_ms = reading.time(i);
    slots[i].sample_count = reading.aggregates[i].count;
    slots[i].value = compute(*statistic, reading.aggregates[i],
                             reading.distributions.empty() ? nullptr : &reading.distributions[i]);
  }
  return slots;
}

}  // namespace

Result<std::vector<Slot>> read_slots(const metric::MetricStore& store, metric::AnomalyBands*,
                                     std::string_view scope, const MetricAlarm& alarm,
                                     TimeMs end_ms, std::int64_t num_slots) {
  if (alarm.metric) {
    return read_metric(store, scope, *alarm.metric, end_ms, num_slots);
  }
  const metric::DataQuery* const query = alarm.returned_query();
  if (query == nullptr || !query->metric_stat) {
    return fail(ErrorCode::kUnsupported, "alarms of expressions cannot be evaluated yet");
  }
  return read_metric(store, scope, *query->metric_stat, end_ms, num_slots);
}

}  // namespace weir::alarm

#include "alarm/slot_reader.h"

#include "metric/query_run.h"
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

// Has the alarm's expressions computed, and puts what they give into their slots.
Result<std::vector<Slot>> read_expression(const metric::MetricStore& store,
                                          metric::AnomalyBands* bands, std::string_view scope,
                                          const MetricAlarm& alarm, TimeMs end_ms,
                                          std::int64_t num_slots) {
  const TimeMs step_ms = alarm.period_s() * 1000;
  const metric::DataQuery* const returned = alarm.returned_query();
  if (returned == nullptr) {
    return fail(ErrorCode::kInput, "alarm " + alarm.name + ": none of its metrics returns data");
  }
  std::vector<metric::DataQuery> queries = alarm.metrics;
  for (metric::DataQuery& query : queries) {
    query.return_data = query.id == returned->id || query.id == alarm.threshold_metric_id;
    if (!query.metric_stat && !query.period_s) {
      query.period_s = alarm.period_s();
    }
  }
  metric::QueryRange range;
  range.scope = scope;
  range.start_ms = end_ms - num_slots * step_ms;
  range.end_ms = end_ms;
  range.now_ms = end_ms;
  range.rounds_start = false;
  range.bands = bands;
  WEIR_ASSIGN_OR_RETURN(const auto results, metric::run_queries(store, queries, range));
  if (!results) {
    return fail(ErrorCode::kInput, "alarm " + alarm.name + ": " + results.error().message);
  }
  std::vector<Slot> slots(static_cast<std::size_t>(num_slots));
  for (std::size_t i = 0; i < slots.size(); ++i) {
    slots[i].time_ms = range.start_ms + static_cast<TimeMs>(i) * step_ms;
  }
  const auto for_each = [&](const metric::DataResult& result, const auto& put) {
    for (std::size_t i = 0; i < result.times.size(); ++i) {
      const TimeMs place = (result.times[i] - range.start_ms) / step_ms;
      if (place >= 0 && place < num_slots) {
        put(slots[static_cast<std::size_t>(place)], i);
      }
    }
  };
  int num_returned = 0;
  int num_bounds = 0;
  std::vector<char> has_band(slots.size(), 0);
  for (const metric::DataResult& result : *results) {
    if (result.id == returned->id) {
      if (++num_returned > 1) {
        return fail(ErrorCode::kInput, "alarm " + alarm.name + ": " + result.id +
                                           " gives several series, one is needed");
      }
      for_each(result, [&](Slot& slot, std::size_t i) {
        slot.value = result.values[i];
        slot.sample_count = result.sample_counts.empty() ? 0 : result.sample_counts[i];
      });
    } else {  // the band: its upper series, then its lower one
      const bool is_upper = num_bounds++ == 0;
      for_each(result, [&](Slot& slot, std::size_t i) {
        (is_upper ? slot.upper : slot.lower) = result.values[i];
        has_band[static_cast<std::size_t>(&slot - slots.data())] = 1;
      });
    }
  }
  if (is_band(alarm.comparison)) {
    if (num_bounds != 2) {
      return fail(ErrorCode::kInput, "alarm " + alarm.name + ": " + *alarm.threshold_metric_id +
                                         " is no band of an upper and a lower series");
    }
    for (std::size_t i = 0; i < slots.size(); ++i) {
      if (has_band[i] == 0) {  // nothing to compare with
        slots[i].value.reset();
      }
    }
  }
  return slots;
}

}  // namespace

Result<std::vector<Slot>> read_slots(const metric::MetricStore& store, metric::AnomalyBands* bands,
                                     std::string_view scope, const MetricAlarm& alarm,
                                     TimeMs end_ms, std::int64_t num_slots) {
  return alarm.metric ? read_metric(store, scope, *alarm.metric, end_ms, num_slots)
                      : read_expression(store, bands, scope, alarm, end_ms, num_slots);
}

}  // namespace weir::alarm

#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "metric/anomaly_bands.h"
#include "metric/data_query.h"
#include "metric/metric_store.h"
#include "metric/refusal.h"

namespace weir::metric {

struct QueryRange {
  std::string scope;  // account and region
  TimeMs start_ms = 0;
  TimeMs end_ms = 0;
  TimeMs now_ms = 0;
  // Rounds the start as GetMetricData does, and gives nothing where a period is too short for data
  // so old. Alarms ask for times of their own.
  bool rounds_start = true;
  std::int64_t utc_offset_s = 0;  // of times in labels
  AnomalyBands* bands = nullptr;  // null: ANOMALY_DETECTION_BAND is refused
};

struct DataMessage {
  std::string code;
  std::string value;
};

// A series of the answer. A query that gives several (SEARCH, GROUP BY) has several, all of its id.
struct DataResult {
  std::string id;
  std::string label;
  std::int64_t period_s = 60;
  std::vector<TimeMs> times;  // ascending
  std::vector<double> values;
  std::vector<double> sample_counts;  // of a metric, else empty
  std::vector<DataMessage> messages;  // MultipleUnits ..
};

// Which results of all are wanted.
struct ResultWindow {
  std::size_t first = 0;  // those before are left out
  // As soon as the results have so many points, those behind may be left out.
  std::size_t num_points = std::numeric_limits<std::size_t>::max();
};

// Answers queries that check_queries() has passed: those with ReturnData, in their order. Other
// queries are computed where expressions use them. Refuses with ValidationError what an expression
// does wrong ("Error in expression 'e1': at character 5: ..").
[[nodiscard]] Result<Checked<std::vector<DataResult>>> run_queries(
    const MetricStore& store, std::span<const DataQuery> queries, const QueryRange& range,
    const ResultWindow& window = {});

// Checks expressions without data: syntax, and ids that nobody has.
[[nodiscard]] Checked<void> check_expressions(std::span<const DataQuery> queries);

// CloudWatch's rounding of StartTime by age: to the minute for 15 days, to five minutes for 63, to
// the hour before; for periods of 1, 5, 10, 20 and 30 seconds to that.
[[nodiscard]] TimeMs round_start(TimeMs start_ms, TimeMs now_ms, std::int64_t period_s);
// Whether data of that age comes in such periods: multiples of 60 s past 3 hours, of 300 s past 15
// days, of 3,600 s past 63 days.
[[nodiscard]] bool has_period(TimeMs start_ms, TimeMs now_ms, std::int64_t period_s);

// The points that a statistic has in periods of a time range, for GetMetricStatistics: one row a
// unit and period with data.
struct StatisticRow {
  TimeMs time_ms = 0;
  Unit unit = Unit::kNone;
  Aggregate aggregate;
  sketch::Distribution values;  // empty where no statistic needs it
};
[[nodiscard]] Result<std::vector<StatisticRow>> read_statistics(
    const MetricStore& store, const MetricName& name, std::optional<Unit> unit,
    std::int64_t period_s, bool wants_values, const QueryRange& range);

}  // namespace weir::metric

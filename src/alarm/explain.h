#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "alarm/definition.h"
#include "alarm/evaluation.h"
#include "base/result.h"
#include "metric/anomaly_bands.h"
#include "metric/metric_store.h"

namespace weir::alarm {

// A metric that an alarm looks at, or nearly does.
struct ExplainedMetric {
  std::string query_id;  // of an alarm of expressions; "m1" else
  metric::MetricReference metric;
  std::vector<std::string> units;
  TimeMs last_ms = 0;  // its newest sample
  // How it differs from what the alarm asks for; empty: it is what the alarm asks for.
  std::vector<std::string> differences;
};

// A stretch of periods without data.
struct Gap {
  TimeMs begin_ms = 0;
  TimeMs end_ms = 0;
};

// Why a metric alarm is in the state it is in.
struct Explanation {
  std::vector<ExplainedMetric> matching;
  std::vector<ExplainedMetric> near;  // the closest first, at most 10
  TimeMs window_end_ms = 0;
  std::vector<Slot> slots;               // the range that was judged, oldest first
  std::optional<Evaluation> evaluation;  // absent: could not be computed, `problem` says why
  std::string problem;
  std::vector<Gap> gaps;  // in the range
  std::optional<TimeMs> next_evaluation_ms;
  std::vector<std::string> reasons;  // sentences, the most telling first
};

// Evaluates the alarm as of now without changing it, and looks for what it misses.
[[nodiscard]] Explanation explain(const metric::MetricStore& store, metric::AnomalyBands* bands,
                                  const Alarm& alarm, TimeMs now_ms,
                                  std::optional<TimeMs> next_evaluation_ms);

// What a metric that is there lacks or has besides, in words: "it has InstanceId=i-1 besides".
[[nodiscard]] std::vector<std::string> differences_of(const metric::MetricReference& wanted,
                                                      std::span<const metric::DimensionView> found);

// Of a composite alarm: its rule, and how its children are. `find` gives an alarm of its scope.
[[nodiscard]] Explanation explain_composite(
    const Alarm& alarm, const std::function<std::optional<Alarm>(const std::string&)>& find);

}  // namespace weir::alarm

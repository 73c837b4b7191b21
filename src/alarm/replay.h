#pragma once

#include <string>
#include <vector>

#include "alarm/definition.h"
#include "base/result.h"
#include "metric/anomaly_bands.h"
#include "metric/metric_store.h"

namespace weir::alarm {

struct ReplayedTransition {
  TimeMs time_ms = 0;
  StateValue old_value = StateValue::kInsufficientData;
  StateValue new_value = StateValue::kInsufficientData;
  std::string reason;
};

// A time for which what is stored no longer decides: it was rolled up into longer periods than the
// alarm's.
struct UnknownStretch {
  TimeMs begin_ms = 0;
  TimeMs end_ms = 0;
  std::int64_t resolution_s = 0;  // of what is left
};

// The resolution at which a stretch was judged: alarms slide by the minute, roll-ups do not.
struct ReplayedStretch {
  TimeMs begin_ms = 0;
  TimeMs end_ms = 0;
  std::int64_t step_s = 0;  // between evaluations
};

struct Replay {
  std::vector<ReplayedTransition> transitions;
  std::vector<UnknownStretch> unknown;
  std::vector<ReplayedStretch> stretches;
  std::size_t num_evaluations = 0;
  StateValue final_value = StateValue::kInsufficientData;
};

// What a metric alarm would have done from `since_ms` to `now_ms` on the data that is stored now,
// as if it had been created then. Data that came late counts as if it had been there, which is the
// one way in which the past may have looked different. After a stretch that is unknown the state
// goes on from what it was before.
[[nodiscard]] Result<Replay> replay(const metric::MetricStore& store, metric::AnomalyBands* bands,
                                    std::string_view scope, const MetricAlarm& alarm,
                                    TimeMs since_ms, TimeMs now_ms);

}  // namespace weir::alarm

#pragma once

#include <string_view>
#include <vector>

#include "alarm/evaluation.h"
#include "base/result.h"
#include "metric/anomaly_bands.h"
#include "metric/metric_store.h"

namespace weir::alarm {

// Reads the slots that a metric alarm looks at when the newest period ends at `end_ms`: `num_slots`
// periods, oldest first. An alarm of expressions has them computed; `bands` answers
// ANOMALY_DETECTION_BAND and may be null where no alarm uses it. Fails where data cannot be read or
// an expression cannot be computed; the message says why.
[[nodiscard]] Result<std::vector<Slot>> read_slots(const metric::MetricStore& store,
                                                   metric::AnomalyBands* bands,
                                                   std::string_view scope, const MetricAlarm& alarm,
                                                   TimeMs end_ms, std::int64_t num_slots);

}  // namespace weir::alarm

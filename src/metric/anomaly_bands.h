#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "metric/data_query.h"

namespace weir::metric {

// Expected values of a series: middle and width of one standard deviation, one a period. NaN where
// nothing is known.
struct BandPoint {
  double middle = 0;
  double deviation = 0;
};

// Answers ANOMALY_DETECTION_BAND: what a metric is expected to be at `times_ms`, by a model of its
// own making. Implemented by who keeps models.
class AnomalyBands {
 public:
  virtual ~AnomalyBands() = default;
  [[nodiscard]] virtual Result<std::vector<BandPoint>> band(std::string_view scope,
                                                            const MetricStat& stat,
                                                            std::span<const TimeMs> times_ms) = 0;
};

}  // namespace weir::metric

#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/clock.h"
#include "metric/anomaly_bands.h"

namespace weir::alarm {

// A series as a sum of a level, a trend, a shape of the day, a level of each day of the week and a
// shape of its own for weekends, found by least squares; what data cannot tell is left out (a trend
// below 3 days, the week below 7, the day below 1). Outliers are pulled in to 3 deviations and the
// fit is repeated, so that a spike in the past moves nothing. Immutable.
class SeasonModel {
 public:
  // Points that are needed to say anything.
  static constexpr std::size_t kMinPoints = 30;

  // `times_ms` ascend; as many values. Trained on nothing where there are fewer than kMinPoints.
  [[nodiscard]] static SeasonModel train(std::span<const TimeMs> times_ms,
                                         std::span<const double> values);

  [[nodiscard]] bool is_trained() const { return !weights_.empty(); }
  // What a point at that time is expected to be. The deviation holds noise and what is not known of
  // the weights. NaN where nothing was learnt.
  [[nodiscard]] metric::BandPoint at(TimeMs time_ms) const;

 private:
  void fill_features(TimeMs time_ms, std::vector<double>& out) const;

  TimeMs origin_ms_ = 0;
  double span_ms_ = 1;
  int num_day_waves_ = 0;
  bool has_trend_ = false;
  bool has_week_ = false;
  double deviation_ = 0;
  std::vector<double> weights_;
  std::vector<double> factor_;  // Cholesky's, of the normal equations, row by row
};

}  // namespace weir::alarm

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "metric/aggregate.h"
#include "sketch/distribution.h"

namespace weir::metric {

// A statistic as CloudWatch names it (facts: section 3): SampleCount, Sum, Average, Minimum,
// Maximum; p90; tm, wm, tc, ts with one number or TM, WM, TC, TS with a range; IQM; PR.
struct Statistic {
  enum class Kind : std::uint8_t {
    kSampleCount,
    kSum,
    kAverage,
    kMinimum,
    kMaximum,
    kPercentile,      // high_fraction
    kTrimmedMean,     // TM: average of what is left
    kWinsorisedMean,  // WM: outliers replaced by the bounds
    kTrimmedCount,    // TC
    kTrimmedSum,      // TS
    kPercentileRank,  // PR: percent of the values within
  };
  Kind kind = Kind::kAverage;
  // Bounds are fractions of the count, or values (low exclusive, high inclusive).
  bool has_values_as_bounds = false;
  double low = 0;
  double high = 1;
  std::string name;  // as it was given

  // Whether count, sum, minimum and maximum do not suffice.
  [[nodiscard]] bool needs_distribution() const { return kind >= Kind::kPercentile; }
  [[nodiscard]] bool operator==(const Statistic& other) const {
    return kind == other.kind && has_values_as_bounds == other.has_values_as_bounds &&
           low == other.low && high == other.high;
  }
};

// nullopt where CloudWatch has no such statistic.
[[nodiscard]] std::optional<Statistic> parse_statistic(std::string_view name);
// One of SampleCount, Average, Sum, Minimum, Maximum, as the parameter `Statistics` takes it.
[[nodiscard]] std::optional<Statistic> parse_basic_statistic(std::string_view name);
// One of the others: the parameter `ExtendedStatistics`.
[[nodiscard]] std::optional<Statistic> parse_extended_statistic(std::string_view name);

// The statistic of what fell into a period; nullopt where there is none: no samples, an average of
// a count of 0, percentiles without raw values or with negative ones (p0 and p100 excepted, which
// are minimum and maximum). `distribution` may be null where it is not needed.
[[nodiscard]] std::optional<double> compute(const Statistic& statistic, const Aggregate& aggregate,
                                            const sketch::Distribution* distribution);

}  // namespace weir::metric

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "metric/refusal.h"
#include "metric/unit.h"

namespace weir::metric {

// A name and its value, as texts that somebody else keeps.
struct DimensionView {
  std::string_view name;
  std::string_view value;
};

struct StatisticSet {
  double sample_count = 0;
  double sum = 0;
  double minimum = 0;
  double maximum = 0;
};

// One MetricDatum of a PutMetricData call, decoded. Texts and arrays belong to the caller and
// outlive the call that takes the datum.
struct Datum {
  std::string_view name;
  std::span<const DimensionView> dimensions;
  std::optional<TimeMs> timestamp;  // absent: now
  std::optional<double> value;
  std::span<const double> values;
  std::span<const double> counts;                  // empty: 1 each
  std::optional<StatisticSet> statistics;          // wins over values given beside it
  std::string_view unit;                           // empty: None
  std::optional<std::int64_t> storage_resolution;  // 1 or 60 (absent)
};

// CloudWatch's limits (API reference of PutMetricData, 2024).
inline constexpr std::size_t kMaxDatums = 1000;
inline constexpr std::size_t kMaxValues = 150;
inline constexpr std::size_t kMaxDimensions = 30;
inline constexpr std::size_t kMaxNameBytes = 255;
inline constexpr std::size_t kMaxDimensionValueBytes = 1024;
inline constexpr TimeMs kMaxPastMs = TimeMs{14} * 24 * 3600 * 1000;
inline constexpr TimeMs kMaxFutureMs = TimeMs{2} * 3600 * 1000;
// Values lie within plus and minus this: 2^360.
inline constexpr double kMaxMagnitude = 0x1p360;

// Checks all datums before any is stored, in CloudWatch's words. `accepts_aws_namespaces` lets
// `AWS/` pass, for a server's own writers.
[[nodiscard]] Checked<void> check_put(std::string_view name_space, std::span<const Datum> datums,
                                      TimeMs now_ms, bool accepts_aws_namespaces = false);

// Checks texts that name a metric, as PutMetricData, GetMetricData and PutMetricAlarm share them.
// `where` is put in front of a parameter's name: "MetricData.member.1.".
[[nodiscard]] Checked<void> check_namespace(std::string_view name_space, std::string_view where);
[[nodiscard]] Checked<void> check_metric_name(std::string_view name, std::string_view where);
[[nodiscard]] Checked<void> check_dimensions(std::span<const DimensionView> dimensions,
                                             std::string_view where);

}  // namespace weir::metric

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "metric/datum.h"
#include "metric/refusal.h"
#include "metric/series_book.h"

namespace weir::metric {

struct Dimension {
  std::string name;
  std::string value;
  bool operator==(const Dimension&) const = default;
};

// Names a metric, texts its own.
struct MetricReference {
  std::string name_space;
  std::string name;
  std::vector<Dimension> dimensions;
  bool operator==(const MetricReference&) const = default;
};
[[nodiscard]] std::vector<DimensionView> views_of(std::span<const Dimension> dimensions);
// As views, sorted by name: what the book keeps.
[[nodiscard]] std::vector<Dimension> copy_of(std::span<const DimensionView> dimensions);

// A metric, how it is added up, and which unit is looked at (empty: any).
struct MetricStat {
  MetricReference metric;
  std::int64_t period_s = 60;
  std::string statistic;
  std::string unit;
  bool operator==(const MetricStat&) const = default;
};

// A MetricDataQuery: exactly one of metric_stat and expression.
struct DataQuery {
  std::string id;
  std::optional<MetricStat> metric_stat;
  std::string expression;
  std::optional<std::string> label;
  std::optional<std::int64_t> period_s;  // of an expression
  std::optional<bool> return_data;       // absent: true
  std::string account_id;
  bool operator==(const DataQuery&) const = default;
};

inline constexpr std::size_t kMaxQueries = 500;
inline constexpr std::size_t kMaxExpressionBytes = 2048;

// 1, 5, 10, 20, 30 or a multiple of 60.
[[nodiscard]] bool is_period(std::int64_t period_s);

// Checks ids, periods, statistics and that each query is one thing, in CloudWatch's words; not what
// expressions say. `where` stands before a member's number: "MetricDataQueries" or "Metrics".
[[nodiscard]] Checked<void> check_queries(std::span<const DataQuery> queries,
                                          std::string_view where);

}  // namespace weir::metric

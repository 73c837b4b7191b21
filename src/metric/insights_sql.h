#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "metric/metric_store.h"

namespace weir::metric {

// A Metrics Insights query, parsed (user guide, "Query components and syntax", 2024):
//   SELECT AVG|COUNT|MAX|MIN|SUM(metric) FROM "ns" | SCHEMA("ns", dim, ..)
//   [WHERE dim = 'v' AND dim != 'v' ..] [GROUP BY dim, ..] [ORDER BY F() ASC|DESC] [LIMIT n]
struct InsightsQuery {
  enum class Function : std::uint8_t { kAvg, kCount, kMax, kMin, kSum };
  struct Condition {
    std::string dimension;
    std::string value;
    bool is_negated = false;  // !=
  };
  Function function = Function::kAvg;
  std::string metric_name;
  std::string name_space;
  bool has_schema = false;              // exactly the dimensions of the schema
  std::vector<std::string> dimensions;  // of the schema, sorted
  std::vector<Condition> conditions;    // all of them must hold
  std::vector<std::string> group_by;
  std::optional<Function> order_by;
  bool is_descending = false;
  std::size_t limit = kMaxLimit;

  static constexpr std::size_t kMaxLimit = 500;
  static constexpr std::size_t kMaxMetrics = 10'000;  // that a query looks at

  [[nodiscard]] bool matches(const ListedMetric& metric) const;
  // Values of the grouping dimensions, "Other" where the metric lacks one; joined by a space.
  [[nodiscard]] std::string group_of(const ListedMetric& metric) const;
};

// Whether an expression is such a query rather than metric math.
[[nodiscard]] bool is_insights_query(std::string_view expression);
// An error says at which character. Hardened against untrusted input.
[[nodiscard]] Result<InsightsQuery> parse_insights_query(std::string_view text);

// A group's aggregate as the function sees it; nullopt where there is none.
[[nodiscard]] std::optional<double> compute(InsightsQuery::Function function,
                                            const Aggregate& aggregate);

}  // namespace weir::metric

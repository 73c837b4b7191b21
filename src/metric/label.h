#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "metric/data_query.h"

namespace weir::metric {

// Names series that are shown together: each by its metric's name, and by what else tells them
// apart (dimension values, statistic, period), as CloudWatch does: "metric1 Sum" and "metric1
// Minimum".
[[nodiscard]] std::vector<std::string> distinct_labels(std::span<const MetricStat* const> stats);

// What a label of the user's may speak of.
struct LabelContext {
  std::string_view plain_label;  // ${LABEL}
  std::span<const TimeMs> times;
  std::span<const double> values;
  std::int64_t period_s = 60;
  const MetricStat* stat = nullptr;  // ${PROP('Dim.X')}; null: not a metric
  std::string_view scope;            // account and region
  std::int64_t utc_offset_s = 0;     // LabelOptions.Timezone
};

// Replaces ${MAX}, ${AVG}, ${LAST_TIME}, ${PROP('MetricName')} .. in a label (user guide, "Using
// dynamic labels", 2024); what is unknown stays as it is.
[[nodiscard]] std::string expand_label(std::string_view label, const LabelContext& context);

}  // namespace weir::metric

#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "dashboard/widget_time.h"
#include "format/tree.h"

namespace weir::dashboard {

// What a row of a metric widget asks.
struct WidgetQuery {
  format::Tree query;    // a member of MetricDataQueries
  std::string region;    // "": of whoever asks
  format::Tree options;  // of the row: colour, axis ..
};

// The queries of a metric widget's properties, in the order of its rows. `period_of` gives the
// period in seconds that stands for a row's own one. Rows without an id are m1, e2 ..: of metrics
// and of expressions.
[[nodiscard]] std::vector<WidgetQuery> widget_queries(
    const format::Tree& properties, const std::function<std::int64_t(std::int64_t)>& period_of);

// The same as a dashboard shows them: its periods go with the range, but where the dashboard
// inherits them.
[[nodiscard]] std::vector<WidgetQuery> widget_queries(const format::Tree& properties,
                                                      const WidgetSpan& span, bool inherits,
                                                      TimeMs now_ms);

// What an alarm watches, as a metric widget's rows; `alarm` has the members of DescribeAlarms. Null
// of a composite alarm.
[[nodiscard]] format::Tree alarm_rows(const format::Tree& alarm);

}  // namespace weir::dashboard

#pragma once

#include "alarm/definition.h"
#include "api/service.h"

namespace weir::api::cloudwatch {

// Alarms as CloudWatch's clients write and read them.

[[nodiscard]] tl::expected<alarm::MetricAlarm, ApiError> read_metric_alarm(const Tree& input);
[[nodiscard]] alarm::CompositeAlarm read_composite_alarm(const Tree& input);
[[nodiscard]] Tree metric_alarm_tree(const alarm::Alarm& alarm);
[[nodiscard]] Tree composite_alarm_tree(const alarm::Alarm& alarm);

[[nodiscard]] std::vector<metric::Dimension> read_dimensions(const Tree& list);
[[nodiscard]] metric::DataQuery read_data_query(const Tree& tree);

}  // namespace weir::api::cloudwatch

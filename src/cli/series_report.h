#pragma once

#include <vector>

#include "base/result.h"
#include "cli/arguments.h"
#include "cli/environment.h"
#include "cli/metric_query.h"
#include "cli/series_output.h"
#include "format/tree.h"

namespace weir::cli {

// What series rest on, as --report FILE has it: points, gaps, first and last, why one is empty.
[[nodiscard]] format::Tree series_report(const MetricQuestion& question,
                                         const std::vector<Series>& series,
                                         const format::Tree& answer);
// The same of each widget of a dashboard (GET /api/v1/dashboards/{name}/data), beside what was
// wrong with it and the rows of its query.
[[nodiscard]] format::Tree dashboard_report(const format::Tree& data);

// Writes it where --report says; nothing without that.
[[nodiscard]] Result<void> write_report(const format::Tree& report, const Arguments& arguments,
                                        Environment& environment);

}  // namespace weir::cli

#pragma once

#include <functional>

#include "base/result.h"
#include "console/flow_room.h"
#include "console/time_range.h"
#include "format/tree.h"

namespace weir::console {

// {"stepMs", "timesMs", "records", "skipdata", "nodata", "gaps", "newestMs", "oldestMs"}: how many
// records begin in each step, and where none does.
[[nodiscard]] Result<format::Tree> coverage(const FlowRoom& room, std::optional<TimeSpan> span,
                                            std::int64_t points);

// What goes on in a time: sums by step beside those of the time before, who and what is greatest.
// Steps are whole: the first begins at or before `span.since`.
[[nodiscard]] Result<format::Tree> overview(const FlowRoom& room, const TimeSpan& span,
                                            std::int64_t points);

}  // namespace weir::console

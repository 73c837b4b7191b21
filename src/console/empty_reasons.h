#pragma once

#include "base/result.h"
#include "console/flow_room.h"
#include "format/tree.h"

namespace weir::console {

// "emptyBecause": why an answer about flows has no rows, most telling cause first; an empty list
// where it has some. `report` is of the answer, `range` what was asked for.
[[nodiscard]] Result<format::Tree> empty_reasons(const FlowRoom& room,
                                                 const query::AnswerReport& report,
                                                 const column::TimeRange& range, bool has_rows);

}  // namespace weir::console

#pragma once

#include <string>

#include "base/result.h"
#include "console/flow_room.h"
#include "console/time_range.h"
#include "format/tree.h"

namespace weir::console {

// {"fields", "functions", "keywords"}: what a query may name, for an editor's completion.
[[nodiscard]] Result<format::Tree> field_list(const FlowRoom& room);

struct FieldValuesRequest {
  std::string field;
  std::string prefix;  // of the value's text; "": any
  TimeSpan span;
  std::size_t limit = 20;
};
// {"values": [{"value", "records"}]}, most records first.
[[nodiscard]] Result<format::Tree> field_values(const FlowRoom& room,
                                                const FieldValuesRequest& request);

}  // namespace weir::console

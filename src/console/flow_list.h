#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "console/flow_room.h"
#include "console/time_range.h"
#include "format/tree.h"

namespace weir::console {

// A page of flow records, newest first.
struct FlowPageRequest {
  std::string filter;
  TimeSpan span;
  std::size_t limit = 200;
  std::string cursor;  // of the page before; "": the first
};
// {"records", "cursor", "report", "emptyBecause"}. Reads backwards from the end, no more than the
// page needs.
[[nodiscard]] Result<format::Tree> flow_page(const FlowRoom& room, const FlowPageRequest& request);

// Names of the flow table's columns, as a list for `display`.
[[nodiscard]] Result<std::vector<std::string>> record_fields(column::Table& table);
// A record without the fields that it lacks.
[[nodiscard]] format::Tree record_tree(const column::Schema& schema,
                                       const std::vector<column::Value>& row);

}  // namespace weir::console

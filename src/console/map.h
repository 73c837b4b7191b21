#pragma once

#include <string>

#include "base/result.h"
#include "console/flow_room.h"
#include "console/time_range.h"
#include "format/tree.h"

namespace weir::console {

struct MapRequest {
  TimeSpan span;
  std::string within;      // a node's id: its parts; "": the whole
  std::size_t limit = 60;  // nodes at most; the rest is counted
};

// Who talks to whom, as a graph: by VPC and subnet where the records say them, else by prefix, with
// everything that is not ours as one node.
[[nodiscard]] Result<format::Tree> flow_map(const FlowRoom& room, const MapRequest& request);

}  // namespace weir::console

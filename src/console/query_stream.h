#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "api/native_api.h"
#include "console/flow_room.h"

namespace weir::console {

// What queries are answered from beside flows.
struct QueryRoom {
  FlowRoom flows;
  // The log groups that SOURCE names, in the server's own region.
  std::function<Result<std::shared_ptr<column::Table>>(const std::vector<std::string>& names,
                                                       const std::vector<std::string>& prefixes)>
      groups;
  std::function<Result<std::shared_ptr<column::Table>>(std::string_view)> lookup;
  std::size_t max_running = 4;  // queries at a time, past it 503
};

// POST /api/v1/query: rows as they come, progress meanwhile, and at the end what they rest on.
void add_query_route(api::NativeApi& native, const QueryRoom& room);

}  // namespace weir::console

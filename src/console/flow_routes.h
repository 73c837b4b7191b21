#pragma once

#include "api/native_api.h"
#include "console/flow_room.h"
#include "store/store.h"

namespace weir::console {

// What is asked about flows: explore, coverage, fields and their values, flows, flows/tail,
// addresses. `room` and `store` outlive the routes.
void add_flow_routes(api::NativeApi& native, const FlowRoom& room, store::Store& store);

// The refusal of a question whose filter does not hold together: with its place and what may have
// been meant.
[[nodiscard]] http::Response filter_problem(const api::RouteCall& call, const FlowRoom& room,
                                            const std::string& filter, const Error& error);

}  // namespace weir::console

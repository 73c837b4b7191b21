#pragma once

#include "base/result.h"
#include "cli/arguments.h"
#include "cli/environment.h"
#include "cli/packet_input.h"
#include "flow/meter/meter.h"

namespace weir::cli {

[[nodiscard]] Result<flow::MeterOptions> read_meter_options(const Arguments& arguments);

// weir packets --flows: gives records as flows end; the exit code.
[[nodiscard]] Result<int> meter_flows(PacketInput& input, const Arguments& arguments,
                                      Environment& environment);

}  // namespace weir::cli

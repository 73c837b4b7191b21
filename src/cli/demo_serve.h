#pragma once

#include <string>

#include "base/result.h"
#include "cli/environment.h"
#include "simulate/simulator.h"

namespace weir::cli {

// Serves a simulated VPC on loopback until Ctrl-C: six hours of its flow logs, and what is recorded
// from then on as it comes, with metrics, alarms and a dashboard of them. `folder` is where the
// store lies. The exit code.
[[nodiscard]] Result<int> serve_demo(const simulate::SimulationOptions& options,
                                     const std::string& folder, Environment& environment);

}  // namespace weir::cli

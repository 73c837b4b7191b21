#pragma once

#include "base/result.h"
#include "cli/environment.h"

namespace weir::cli {

// Replays an hour of a host that publishes its network's state to CloudWatch, with a dashboard and
// three alarms that name no dimensions: once as AWS would have it, where the alarms never see data,
// and once with the roll-up they were written for, where they go to ALARM and back and a subscriber
// is told. A real server on loopback, called as AWS's clients call it; its clock is turned. The
// exit code.
[[nodiscard]] Result<int> replay_seed(Environment& environment);

}  // namespace weir::cli

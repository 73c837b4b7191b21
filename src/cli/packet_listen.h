#pragma once

#include "base/result.h"
#include "cli/arguments.h"
#include "cli/environment.h"

namespace weir::cli {

// weir packets --listen: what comes to this machine by GENEVE and VXLAN, as packets, flows or
// counts, until interrupted; the exit code.
[[nodiscard]] Result<int> listen_to_packets(const Arguments& arguments, Environment& environment);

}  // namespace weir::cli

#pragma once

#include "base/result.h"
#include "cli/arguments.h"
#include "cli/environment.h"

namespace weir::cli {

// weir packets watch --interface: what gateways and the appliances behind interfaces of this
// machine do, both legs of it, until interrupted; the exit code.
[[nodiscard]] Result<int> watch_interfaces(const Arguments& arguments, Environment& environment);

}  // namespace weir::cli

#pragma once

#include <vector>

#include "doctor/setup.h"

namespace weir::doctor {

// Tokens of a layout that AWS has no field for: it refuses to create such a flow log.
void check_format(const LogFormat& format, std::vector<Finding>& findings);

}  // namespace weir::doctor

#pragma once

#include "api/service.h"

namespace weir::api::cloudwatch {

// CloudWatch with its shapes and names, without operations: each room's add_*_operations brings
// those over it.
[[nodiscard]] Service make_cloudwatch_service();

}  // namespace weir::api::cloudwatch

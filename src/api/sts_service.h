#pragma once

#include "api/service.h"

namespace weir::api {

// STS: GetCallerIdentity, by which clients ask who they are.
[[nodiscard]] Service make_sts_service();

}  // namespace weir::api

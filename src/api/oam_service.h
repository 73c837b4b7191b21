#pragma once

#include "api/service.h"

namespace weir::api {

// CloudWatch's cross-account access (OAM): ListSinks, by which Grafana asks whether there is any.
// There is none here.
[[nodiscard]] Service make_oam_service();

}  // namespace weir::api

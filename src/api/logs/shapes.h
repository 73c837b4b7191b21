#pragma once

#include <string_view>

namespace weir::api::logs {

// CloudWatch Logs' operations in the language of ShapeTable (API version 2014-03-28).
extern const std::string_view kShapes;

}  // namespace weir::api::logs

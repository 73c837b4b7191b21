#pragma once

#include <string_view>

namespace weir::api::cloudwatch {

// CloudWatch's operations in the language of ShapeTable (API version 2010-08-01).
extern const std::string_view kShapes;

}  // namespace weir::api::cloudwatch

#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "api/service.h"

namespace weir::api {

// A body without its content coding: itself, or inflated into `room`. Hardened against untrusted
// input.
[[nodiscard]] tl::expected<const std::string*, ApiError> plain_body(std::string_view coding,
                                                                    const std::string& body,
                                                                    std::size_t max_bytes,
                                                                    std::string& room);

}  // namespace weir::api

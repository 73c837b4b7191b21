#pragma once

#include <cstddef>
#include <string>

#include "api/service.h"
#include "http/message.h"

namespace weir::api {

// A request's body without its content coding: its own, or inflated into `room`. Hardened against
// untrusted input.
[[nodiscard]] tl::expected<const std::string*, ApiError> plain_body(const http::Request& request,
                                                                    std::size_t max_bytes,
                                                                    std::string& room);

}  // namespace weir::api

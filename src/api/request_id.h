#pragma once

#include <string>

namespace weir::api {

// The name of one request in its answer and in the log, as AWS writes them: a random UUID.
[[nodiscard]] std::string make_request_id();

}  // namespace weir::api

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "http/message.h"

namespace weir::aws {

// The text that a signature covers: method, path, query, headers, payload hash. `is_s3`: the path
// is taken as it is; else it is normalised and encoded once more. Any X-Amz-Signature in the query
// is left out.
[[nodiscard]] std::string canonical_request(const http::Request& request,
                                            const std::vector<std::string>& signed_headers,
                                            std::string_view payload_hash, bool is_s3);
// Values of one header, trimmed, runs of spaces as one, joined by ','.
[[nodiscard]] std::string canonical_header(const http::Headers& headers, std::string_view name);

}  // namespace weir::aws

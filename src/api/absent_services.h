#pragma once

#include <string>
#include <string_view>

#include "http/message.h"

namespace weir::api {

// Services of AWS that this server has nothing of, and the command of Weir's that does what is
// wanted of them here. "" where a service has none.
[[nodiscard]] std::string_view advice_for(std::string_view signing_name, std::string_view version);

// S3's own form of an error, which its clients alone read.
[[nodiscard]] http::Response s3_refusal(const http::Request& request, std::string_view request_id);

}  // namespace weir::api

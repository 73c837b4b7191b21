#pragma once

#include <functional>
#include <optional>
#include <string>

#include "http/client.h"
#include "probe/measurement.h"
#include "probe/settings.h"

namespace weir::probe {

using HttpSend =
    std::function<Result<http::Response>(const http::ClientRequest&, const http::ClientOptions&)>;
using Variables = std::function<std::optional<std::string>(const std::string&)>;

// Who measures: what the settings say, else IMDSv2 (asked for 300 ms at most), else "unknown".
// AWS_EC2_METADATA_DISABLED and AWS_EC2_METADATA_SERVICE_ENDPOINT are heeded.
[[nodiscard]] Identity look_up_identity(const Settings& settings, const Variables& environment,
                                        const HttpSend& send);
// The settings', else AWS_REGION, AWS_DEFAULT_REGION, us-east-1.
[[nodiscard]] std::string region_of(const Settings& settings, const Variables& environment);

}  // namespace weir::probe

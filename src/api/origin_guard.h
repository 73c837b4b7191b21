#pragma once

#include <optional>
#include <string>
#include <vector>

#include "http/message.h"

namespace weir::api {

// Keeps web pages from reaching a server that trusts its own machine: a page may make a browser
// send requests to loopback, by its own name (DNS rebinding) or across sites.
//
// `hosts` are the names that the server may be called by beside loopback addresses and localhost.
// Gives the reason where a request must be refused.
[[nodiscard]] std::optional<std::string> find_foreign_origin(const http::Request& request,
                                                             const std::vector<std::string>& hosts);

// The host of "host", "host:port" or "[v6]:port".
[[nodiscard]] std::string host_of(std::string_view authority);

}  // namespace weir::api

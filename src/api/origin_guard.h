#pragma once

#include <optional>
#include <string>
#include <string_view>
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

// The same for a server that asks for keys, whatever names it is called by: a reason where the
// request comes from a page of another origin.
[[nodiscard]] std::optional<std::string> find_foreign_page(const http::Request& request);
// For a request that a browser's cookie vouches for: a reason where it would change something and
// does not come from this server's own page, which alone knows `csrf_token`.
[[nodiscard]] std::optional<std::string> find_forgery(const http::Request& request,
                                                      std::string_view csrf_token);
// Whether a person follows a link: what is asked for replaces the page that the link was on.
[[nodiscard]] bool is_navigation(const http::Request& request);

inline constexpr std::string_view kSessionCookie = "weir_session";
// The cookie's value; "": none was sent.
[[nodiscard]] std::string_view session_cookie(const http::Request& request);

// The host of "host", "host:port" or "[v6]:port".
[[nodiscard]] std::string host_of(std::string_view authority);

}  // namespace weir::api

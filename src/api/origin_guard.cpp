#include "api/origin_guard.h"

#include <fmt/format.h>

#include <algorithm>

#include "aws/digest.h"
#include "base/ip_address.h"

namespace weir::api {
namespace {

bool is_own(const std::string& host, const std::vector<std::string>& hosts) {
  if (http::equals_ignoring_case(host, "localhost") || host.ends_with(".localhost")) {
    return true;
  }
  if (const auto address = parse_ip(host)) {
    static const IpPrefix kLoopback = parse_prefix("127.0.0.0/8").value();
    static const IpAddress kLoopback6 = parse_ip("::1").value();
    return kLoopback.contains(*address) || *address == kLoopback6 ||
           std::find(hosts.begin(), hosts.end(), host) != hosts.end();
  }
  return std::any_of(hosts.begin(), hosts.end(),
                     [&](const std::string& own) { return http::equals_ignoring_case(own, host); });
}

std::optional<std::string> find_foreign_site(const http::Request& request) {
  const std::string_view site = request.header("sec-fetch-site");
  if (site == "cross-site" || site == "same-site") {
    return fmt::format("the request comes from a page of another site (Sec-Fetch-Site: {})", site);
  }
  return std::nullopt;
}

}  // namespace

std::string host_of(std::string_view authority) {
  if (authority.starts_with('[')) {
    return std::string(authority.substr(1, authority.find(']') - 1));
  }
  return std::string(authority.substr(0, authority.find(':')));
}

std::optional<std::string> find_foreign_origin(const http::Request& request,
                                               const std::vector<std::string>& hosts) {
  const std::string host = host_of(request.header("host"));
  if (!is_own(host, hosts)) {
    return fmt::format(
        "the Host header '{}' is none of this server's names; add it to server.hosts "
        "in the configuration if it is",
        host);
  }
  const std::string_view origin = request.header("origin");
  if (!origin.empty()) {
    const std::size_t scheme = origin.find("://");
    const std::string origin_host =
        scheme == std::string_view::npos ? "" : host_of(origin.substr(scheme + 3));
    if (!is_own(origin_host, hosts)) {
      return fmt::format("the request comes from a page of another origin ({})", origin);
    }
  }
  return find_foreign_site(request);
}

std::optional<std::string> find_foreign_page(const http::Request& request) {
  const std::string_view origin = request.header("origin");
  const std::size_t scheme = origin.find("://");
  if (!origin.empty() &&
      (scheme == std::string_view::npos ||
       !http::equals_ignoring_case(origin.substr(scheme + 3), request.header("host")))) {
    return fmt::format("the request comes from a page of another origin ({})", origin);
  }
  return find_foreign_site(request);
}

std::optional<std::string> find_forgery(const http::Request& request, std::string_view csrf_token) {
  if (request.method == "GET" || request.method == "HEAD") {
    return std::nullopt;
  }
  if (auto reason = find_foreign_page(request)) {
    return reason;
  }
  if (!aws::equals_in_constant_time(request.header("x-weir-csrf"), csrf_token)) {
    return "a changing call with a session's cookie carries X-Weir-Csrf: the csrfToken of "
           "/api/v1/session";
  }
  return std::nullopt;
}

bool is_navigation(const http::Request& request) {
  return request.method == "GET" && request.header("sec-fetch-mode") == "navigate" &&
         request.header("sec-fetch-dest") == "document";
}

std::string_view session_cookie(const http::Request& request) {
  std::string_view cookies = request.header("cookie");
  while (!cookies.empty()) {
    std::string_view pair = cookies.substr(0, cookies.find(';'));
    cookies.remove_prefix(std::min(pair.size() + 1, cookies.size()));
    while (pair.starts_with(' ')) {
      pair.remove_prefix(1);
    }
    if (pair.starts_with(kSessionCookie) && pair.substr(kSessionCookie.size()).starts_with('=')) {
      return pair.substr(kSessionCookie.size() + 1);
    }
  }
  return {};
}

}  // namespace weir::api

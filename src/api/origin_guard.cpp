#include "api/origin_guard.h"

#include <fmt/format.h>

#include <algorithm>

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
  const std::string_view site = request.header("sec-fetch-site");
  if (site == "cross-site" || site == "same-site") {
    return fmt::format("the request comes from a page of another site (Sec-Fetch-Site: {})", site);
  }
  return std::nullopt;
}

}  // namespace weir::api

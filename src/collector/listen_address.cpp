#include "collector/listen_address.h"

#include <fmt/format.h>

#include "base/number.h"

namespace weir::collector {
namespace {

constexpr std::uint16_t kGenevePort = 6081;
constexpr std::uint16_t kVxlanPort = 4789;

}  // namespace

Result<std::vector<ListenAddress>> parse_listen_address(std::string_view text) {
  const auto refuse = [&] {
    return fail(ErrorCode::kUsage,
                fmt::format("'{}' is no address to listen on, as in 127.0.0.1:6081, [::1]:4789 or "
                            "10.0.1.99",
                            text));
  };
  std::string_view host = text;
  std::string_view port;
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == std::string_view::npos) {
      return refuse();
    }
    host = text.substr(1, end - 1);
    port = text.substr(end + 1);
    if (!port.empty() && port.front() != ':') {
      return refuse();
    }
  } else if (const auto colon = text.find(':');
             colon != std::string_view::npos && colon == text.rfind(':')) {
    host = text.substr(0, colon);
    port = text.substr(colon);
  }
  const auto address = parse_ip(host);
  if (!address) {
    return refuse();
  }
  if (port.empty()) {
    return std::vector<ListenAddress>{{*address, kGenevePort}, {*address, kVxlanPort}};
  }
  const auto number = parse_int64(port.substr(1));
  if (!number || *number < 0 || *number > 65'535) {
    return refuse();
  }
  return std::vector<ListenAddress>{{*address, static_cast<std::uint16_t>(*number)}};
}

std::string to_string(const ListenAddress& address) {
  return address.address.is_v4()
             ? fmt::format("{}:{}", weir::to_string(address.address), address.port)
             : fmt::format("[{}]:{}", weir::to_string(address.address), address.port);
}

bool is_loopback(const IpAddress& address) {
  return address.is_v4() ? address.v4() >> 24 == 127 : address == IpAddress{0, 1};
}

}  // namespace weir::collector

#include "probe/target_text.h"

#include <fmt/format.h>

#include "base/ip_address.h"
#include "base/number.h"
#include "probe/dns_message.h"

namespace weir::probe {

std::string_view name_of(Method method) {
  return method == Method::kTcp ? "tcp" : method == Method::kUdp ? "udp" : "icmp";
}

std::string TargetText::label() const {
  return method == Method::kIcmp ? host : fmt::format("{}:{}", host, port);
}

Result<TargetText> parse_target(std::string_view text) {
  const auto refuse = [&] {
    return fail(ErrorCode::kUsage,
                fmt::format("'{}' is no target: a host such as 10.0.0.5, ::1 or db.internal, "
                            "tcp://HOST:PORT or udp://HOST:PORT",
                            text.substr(0, 300)));
  };
  TargetText target;
  target.text = text;
  std::string_view host = text;
  if (host.starts_with("tcp://") || host.starts_with("udp://")) {
    target.method = host.front() == 't' ? Method::kTcp : Method::kUdp;
    host.remove_prefix(6);
    const std::size_t colon = host.rfind(':');
    const auto port =
        colon == std::string_view::npos ? std::nullopt : parse_int64(host.substr(colon + 1));
    if (!port || *port < 1 || *port > 65'535) {
      return refuse();
    }
    target.port = static_cast<std::uint16_t>(*port);
    host = host.substr(0, colon);
  }
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  }
  if (!parse_ip(host) && !write_dns_query(host, DnsType::kA, 0)) {
    return refuse();
  }
  target.host = host;
  return target;
}

}  // namespace weir::probe

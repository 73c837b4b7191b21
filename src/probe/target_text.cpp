#include "probe/target_text.h"

#include <fmt/format.h>

#include "base/ip_address.h"
#include "base/number.h"
#include "probe/dns_message.h"

namespace weir::probe {

Result<TargetText> parse_target(std::string_view text) {
  const auto refuse = [&] {
    return fail(ErrorCode::kUsage,
                fmt::format("'{}' is no target: a host such as 10.0.0.5, ::1 or db.internal, or "
                            "tcp://HOST:PORT",
                            text.substr(0, 300)));
  };
  TargetText target;
  target.text = text;
  std::string_view host = text;
  if (host.starts_with("tcp://")) {
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

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "probe/dns_message.h"

namespace weir::probe {

enum class Method : std::uint8_t { kIcmp, kTcp, kUdp, kDns, kHttp };
[[nodiscard]] std::string_view name_of(Method method);  // "icmp", "tcp", "udp", "dns", "http"

// A target as people write it: a host is pinged; tcp://HOST:PORT is connected to, udp://HOST:PORT
// is an echo service; dns://SERVER[:PORT]/NAME[?type=AAAA] (RFC 4501) asks a name server, and
// http(s)://HOST[:PORT][/PATH] gets a page.
struct TargetText {
  std::string text;
  std::string host;        // a name or an address, without brackets
  std::uint16_t port = 0;  // of all but ICMP
  Method method = Method::kIcmp;
  std::string dns_name;  // what the name server is asked for
  DnsType dns_type = DnsType::kA;
  std::string url;  // of HTTP
  // The host, with its port where it has one; of DNS and HTTP the text.
  [[nodiscard]] std::string label() const;
};
// kUsage with the accepted forms.
[[nodiscard]] Result<TargetText> parse_target(std::string_view text);

}  // namespace weir::probe

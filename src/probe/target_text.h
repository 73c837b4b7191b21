#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace weir::probe {

enum class Method : std::uint8_t { kIcmp, kTcp, kUdp };
[[nodiscard]] std::string_view name_of(Method method);  // "icmp", "tcp", "udp"

// A target as people write it: a host is pinged; tcp://HOST:PORT is connected to, udp://HOST:PORT
// is an echo service.
struct TargetText {
  std::string text;
  std::string host;        // a name or an address, without brackets
  std::uint16_t port = 0;  // of TCP and UDP
  Method method = Method::kIcmp;
  // The host, with its port where it has one.
  [[nodiscard]] std::string label() const;
};
// kUsage with the accepted forms.
[[nodiscard]] Result<TargetText> parse_target(std::string_view text);

}  // namespace weir::probe

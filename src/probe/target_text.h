#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace weir::probe {

// A target as people write it: a host is pinged; "tcp://HOST:PORT" is connected to.
struct TargetText {
  std::string text;
  std::string host;        // a name or an address, without brackets
  std::uint16_t port = 0;  // 0: ICMP
  [[nodiscard]] bool is_tcp() const { return port != 0; }
};
// kUsage with the accepted forms.
[[nodiscard]] Result<TargetText> parse_target(std::string_view text);

}  // namespace weir::probe

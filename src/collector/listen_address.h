#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip_address.h"
#include "base/result.h"

namespace weir::collector {

struct ListenAddress {
  IpAddress address;
  std::uint16_t port = 0;  // 0: the kernel picks one
};

// "127.0.0.1:6081", "[::1]:4789"; without a port it stands for both tunnels' ports.
[[nodiscard]] Result<std::vector<ListenAddress>> parse_listen_address(std::string_view text);
[[nodiscard]] std::string to_string(const ListenAddress& address);
// Nobody on another machine can send there.
[[nodiscard]] bool is_loopback(const IpAddress& address);

}  // namespace weir::collector

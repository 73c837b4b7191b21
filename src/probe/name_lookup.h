#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/ip_address.h"
#include "base/result.h"
#include "io/file_system.h"

namespace weir::probe {

struct NameServers {
  std::vector<IpAddress> addresses;  // of /etc/resolv.conf
  std::uint16_t port = 53;
  std::int64_t timeout_ms = 2'000;  // for each try
};
[[nodiscard]] NameServers read_name_servers(io::FileSystem& files);

struct LookedUp {
  IpAddress address;
  std::int64_t valid_s = 0;  // until it is to be looked up again; INT32_MAX of an address
  double duration_ms = 0;    // of the DNS query; 0 where none was needed
};

// An address for a host: itself, of /etc/hosts, else by DNS (A, then AAAA), whose TTL is kept.
// Search domains and other sources of names are not asked. Waits for the answer. kNotFound where
// the name has no address, kRemote where no server answered.
[[nodiscard]] Result<LookedUp> look_up(const std::string& host, const NameServers& servers,
                                       io::FileSystem& files);

}  // namespace weir::probe

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "base/result.h"
#include "probe/echo_message.h"
#include "probe/echo_transport.h"

namespace weir::probe {

struct IcmpOptions {
  enum class Method : std::uint8_t { kAny, kDatagram, kRaw };
  Method method = Method::kAny;  // kAny: datagram, else raw
  bool needs_v4 = true;
  bool needs_v6 = false;
  std::size_t payload_bytes = kDefaultPayloadBytes;  // at least kStampBytes
  int ttl = 64;
  bool is_whole = false;  // packets leave whole or not at all, whatever the route is said to take
};

// ICMP echo over one socket for each version of IP: datagram sockets where
// net.ipv4.ping_group_range has the group of this process, else raw ones, which take CAP_NET_RAW
// and let the kernel leave others' answers out by a filter. Times are the kernel's
// (SO_TIMESTAMPING), errors those of the error queue (IP_RECVERR).
//
// kUnauthorized where neither kind may be opened; the message says what to grant.
[[nodiscard]] Result<std::unique_ptr<EchoTransport>> open_icmp(const IcmpOptions& options);

// The same by UDP to an echo service (RFC 862). No privilege is needed; where nobody listens, hosts
// say so (kUnreachable). `options.method` is not looked at.
[[nodiscard]] Result<std::unique_ptr<EchoTransport>> open_udp_echo(const IcmpOptions& options);

}  // namespace weir::probe

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/ip_address.h"
#include "base/result.h"
#include "probe/echo_transport.h"

namespace weir::probe {

struct TraceHop {
  std::uint8_t ttl = 0;
  std::vector<IpAddress> addresses;  // who answered, in the order in which they did; mostly one
  std::vector<double> rtts_ms;       // of the probes that were answered
  std::uint32_t sent = 0;
  bool is_target = false;
  bool is_unreachable = false;  // it says that there is no way on
};

// The largest packet that passes whole, IP header included.
struct PathMtu {
  enum class Limit : std::uint8_t {
    kHost,     // this host's interface takes no more
    kRouter,   // `told_by` said so
    kSilence,  // larger ones vanish and nobody says why: a black hole
    kNone,     // as much as was asked for passes
  };
  std::uint32_t bytes = 0;
  Limit limit = Limit::kNone;
  IpAddress told_by;
};
[[nodiscard]] std::string_view name_of(PathMtu::Limit limit);  // "host", "router", "silence", ..

struct PathTrace {
  IpAddress address;
  std::string method;
  TimeMs time = 0;
  std::vector<TraceHop> hops;  // up to the target, else up to the last that answered
  bool is_reached = false;
  std::optional<PathMtu> mtu;  // absent where the target does not answer
};

struct TraceOptions {
  int max_hops = 30;
  int attempts = 3;         // for each hop
  int max_silent_hops = 8;  // in a row, behind which nobody is expected to answer
  std::int64_t timeout_ms = 1'000;
  bool wants_mtu = true;
  std::uint32_t max_mtu = 9'001;
  // Whether an address is this host's: what the host itself says of a neighbour that does not
  // answer is no hop's word. Null: none is.
  std::function<bool(const IpAddress&)> is_own;
};

// What a transport is opened for, as its probes leave whole or not at all: datagram or raw ICMP,
// else UDP, which needs no privilege; `method` is "any", "icmp" or "udp".
[[nodiscard]] Result<std::unique_ptr<EchoTransport>> open_trace_transport(std::string_view method,
                                                                          std::uint32_t max_mtu);

// Finds the way to a host by probes whose TTL ends on it, then the path MTU by probes that must not
// be cut. A second for each few hops that say nothing; the wire alone decides, nothing is cached.
// kCancelled where it was. The transport is used for nothing else meanwhile.
[[nodiscard]] Result<PathTrace> trace_path(EchoTransport& transport, const Clock& clock,
                                           const IpAddress& address, const TraceOptions& options,
                                           const CancelToken& cancel);

}  // namespace weir::probe

#pragma once

#include <poll.h>

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/ip_address.h"
#include "probe/round_detail.h"
#include "probe/target_text.h"

namespace weir::probe {

struct EchoRequest {
  IpAddress address;
  std::uint32_t target = 0;
  std::uint32_t sequence = 0;
  bool was_sent = false;            // set by send()
  std::uint16_t port = 0;           // where a method has ports
  std::uint8_t ttl = 0;             // 0: as the transport was opened with
  std::uint16_t payload_bytes = 0;  // likewise, which is the most as well
  int error = 0;                    // set by send(): errno of one that was not sent; 0: not known
};

// The target of an event whose probe is told by address and low sequence bits alone.
inline constexpr std::uint32_t kUnknownTarget = UINT32_MAX;

struct EchoEvent {
  enum class Kind : std::uint8_t {
    kTransmitted,
    kReply,
    kUnreachable,
    kTtlExceeded,
    kTooBig,
    kFailed,
    kNotSent,  // found out behind send()
  };
  Kind kind = Kind::kReply;
  std::uint32_t target = 0;
  std::uint32_t sequence = 0;  // its low 16 bits alone where the target is unknown
  std::uint8_t ttl = 0;
  std::uint16_t port = 0;  // of an error by UDP: where the probe was sent to
  std::uint32_t mtu = 0;   // of kTooBig: what fits
  IpAddress address;       // of an error: where the probe was sent to
  IpAddress from;          // who answered
  std::int64_t sent_monotonic_ns = 0;
  std::int64_t sent_wall_ns = 0;
  std::int64_t kernel_wall_ns = 0;  // when it left or came; 0 = not told
  std::int64_t received_monotonic_ns = 0;
  std::int64_t received_wall_ns = 0;
};

// Sends echo requests and tells what comes back. Never blocks but in wait(). One thread.
class EchoTransport {
 public:
  virtual ~EchoTransport() = default;
  // Sets `was_sent` of each; what could not be sent did not leave this machine.
  virtual void send(std::span<EchoRequest> requests) = 0;
  // Appends what came since.
  virtual void receive(std::vector<EchoEvent>& events) = 0;
  // Returns when something came, or after `limit_ns`.
  virtual void wait(std::int64_t limit_ns) = 0;
  // What is readable when something came, for who waits for several.
  virtual void add_descriptors(std::vector<pollfd>& descriptors) const = 0;
  // Answers that this machine's own socket had no room for: such a loss is not the network's.
  [[nodiscard]] virtual std::uint64_t num_dropped() const = 0;
  [[nodiscard]] virtual std::string_view method() const = 0;  // "datagram", "raw", "tcp", "udp" ..
  // What a target's probes ask for, before the first of them; of methods that ask for something.
  virtual void describe(std::uint32_t /*target*/, const TargetText& /*text*/) {}
  // What else its answers said since the last call.
  [[nodiscard]] virtual RoundDetail take_detail(std::uint32_t /*target*/) { return {}; }
};

}  // namespace weir::probe

#pragma once

#include <poll.h>

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/ip_address.h"
#include "probe/descriptor.h"

namespace weir::probe {

// One query to a name server over TCP (RFC 7766), for an answer that did not fit into a datagram:
// each message stands behind two bytes of its length. Never waits; reads no more than one answer,
// 65,535 bytes at most.
class DnsStream {
 public:
  enum class State : std::uint8_t {
    kOpen,         // nothing yet
    kAnswered,     // answer() has it
    kUnreachable,  // nobody takes the connection
    kBroken,       // it ended before the answer did
  };

  // Begins to connect; nullopt where this machine cannot (no socket, no route).
  [[nodiscard]] static std::optional<DnsStream> start(const IpAddress& server, std::uint16_t port,
                                                      std::span<const std::uint8_t> query);

  // Does what can be done now.
  State advance();
  [[nodiscard]] std::span<const std::uint8_t> answer() const {
    return std::span(received_).subspan(kLengthBytes);
  }
  // What to wait for.
  [[nodiscard]] pollfd awaited() const;

 private:
  static constexpr std::size_t kLengthBytes = 2;

  State send_rest();
  State receive_rest();

  Descriptor socket_;
  std::vector<std::uint8_t> to_send_;  // length and query
  std::size_t num_sent_ = 0;
  bool is_connected_ = false;
  std::vector<std::uint8_t> received_;  // length and as much of the answer as came
};

}  // namespace weir::probe

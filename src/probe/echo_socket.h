#pragma once

#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/result.h"
#include "probe/descriptor.h"
#include "probe/echo_transport.h"
#include "probe/socket_transport.h"

namespace weir::probe {

// What the messages of one call of recvmmsg or sendmmsg live in.
class MessageBatch {
 public:
  static constexpr std::size_t kMessages = 64;

  explicit MessageBatch(std::size_t num_bytes);
  // Readies all for receiving.
  void prepare();
  // Readies message `i` for sending `num_bytes` of its buffer to `address`.
  void address_to(std::size_t i, const EchoRequest& request, std::size_t num_bytes);

  [[nodiscard]] std::span<std::uint8_t> buffer(std::size_t i) {
    return {bytes_.data() + i * num_bytes_, num_bytes_};
  }
  [[nodiscard]] mmsghdr* messages() { return messages_.data(); }
  [[nodiscard]] const mmsghdr& message(std::size_t i) const { return messages_[i]; }
  [[nodiscard]] IpAddress name(std::size_t i) const;
  [[nodiscard]] std::uint16_t port(std::size_t i) const;

 private:
  static constexpr std::size_t kControlBytes = 512;

  std::size_t num_bytes_;
  std::vector<std::uint8_t> bytes_;
  std::array<mmsghdr, kMessages> messages_{};
  std::array<iovec, kMessages> parts_{};
  std::array<sockaddr_storage, kMessages> names_{};
  std::vector<std::uint8_t> control_;
};

enum class EchoKind : std::uint8_t { kDatagram, kRaw, kUdp };  // the first two: ICMP

// One socket of one version of IP.
class EchoSocket {
 public:
  // kUnauthorized where the kernel does not let this process have one.
  [[nodiscard]] static Result<EchoSocket> open(bool is_v6, EchoKind kind, std::uint64_t cookie,
                                               const IcmpOptions& options);

  void send(std::span<EchoRequest*> requests, MessageBatch& batch);
  void receive(std::vector<EchoEvent>& events, MessageBatch& batch);
  [[nodiscard]] int descriptor() const { return descriptor_.get(); }
  [[nodiscard]] std::uint64_t num_dropped() const { return num_dropped_; }

 private:
  [[nodiscard]] Result<void> configure(const IcmpOptions& options);
  [[nodiscard]] std::size_t payload_of(const EchoRequest& request) const;
  [[nodiscard]] std::optional<EchoStamp> find_stamp(std::span<const std::uint8_t> packet) const;
  void take_error(std::size_t i, const MessageBatch& batch, std::span<const std::uint8_t> bytes,
                  std::vector<EchoEvent>& events);
  void take_reply(std::size_t i, const MessageBatch& batch, std::span<const std::uint8_t> bytes,
                  std::vector<EchoEvent>& events);

  Descriptor descriptor_;
  bool is_v6_ = false;
  EchoKind kind_ = EchoKind::kDatagram;
  std::size_t header_bytes_ = kEchoHeaderBytes;  // in front of a payload
  std::uint16_t identifier_ = 0;
  std::uint64_t cookie_ = 0;
  std::size_t payload_bytes_ = 0;
  std::uint32_t dropped_seen_ = 0;
  std::uint64_t num_dropped_ = 0;
};

}  // namespace weir::probe

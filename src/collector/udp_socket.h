#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "base/ip_address.h"
#include "base/result.h"
#include "collector/listen_address.h"

namespace weir::collector {

struct UdpSocketOptions {
  std::size_t receive_buffer_bytes = std::size_t{32} << 20;  // asked for; the system may give less
  // Datagrams that the kernel joined come as one. Not for who sends them on one by one.
  bool joins_datagrams = true;
};

// A datagram, its IP and UDP headers put back in front. Lives until the next call of receive(),
// one that came joined with others only until the next datagram.
struct Datagram {
  std::span<std::byte> frame;
  std::int64_t time_ns = 0;  // when the kernel got it
  IpAddress source;
};

// One of the sockets that share a UDP port. Not thread-safe.
class UdpSocket {
 public:
  [[nodiscard]] static Result<UdpSocket> open(const ListenAddress& address,
                                              const UdpSocketOptions& options);
  UdpSocket(UdpSocket&&) noexcept;
  UdpSocket& operator=(UdpSocket&&) noexcept;
  ~UdpSocket();

  [[nodiscard]] int descriptor() const;
  [[nodiscard]] ListenAddress address() const;  // with the port that it got
  [[nodiscard]] std::size_t receive_buffer_bytes() const;

  // Takes what has come, without waiting, as much as fits into one batch. How many messages the
  // kernel gave; 0: there is nothing. `take` gets each Datagram.
  template <class Take>
  std::size_t receive(Take take) {
    const std::size_t num_messages = fill_batch();
    for (std::size_t i = 0; i < num_messages; ++i) {
      Message message = read_message(i);
      do {  // an empty datagram is one too
        take(next_datagram(message));
      } while (!message.rest.empty());
    }
    return num_messages;
  }

  // Datagrams that the kernel let fall since the socket was opened.
  [[nodiscard]] std::uint64_t num_kernel_drops();

 private:
  struct Batch;
  struct Message {
    std::span<std::byte> rest;  // payloads, one after the other
    std::size_t segment_bytes = 0;
    std::int64_t time_ns = 0;
    IpAddress source;
    IpAddress destination;
    std::uint16_t source_port = 0;
  };
  explicit UdpSocket(std::unique_ptr<Batch> batch);
  std::size_t fill_batch();
  [[nodiscard]] Message read_message(std::size_t index);
  [[nodiscard]] Datagram next_datagram(Message& message) const;

  std::unique_ptr<Batch> batch_;
};

}  // namespace weir::collector

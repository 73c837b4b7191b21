#include "probe/dns_stream.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "probe/socket_address.h"

namespace weir::probe {

std::optional<DnsStream> DnsStream::start(const IpAddress& server, std::uint16_t port,
                                          std::span<const std::uint8_t> query) {
  DnsStream stream;
  stream.socket_ = Descriptor(
      ::socket(server.is_v4() ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!stream.socket_.is_open() || query.size() > UINT16_MAX) {
    return std::nullopt;
  }
  sockaddr_storage address{};
  const socklen_t length = write_address(server, port, address);
  const int done = connect(stream.socket_.get(), reinterpret_cast<sockaddr*>(&address), length);
  // A refusal at once, as loopback gives it, is told by advance() like one that comes later.
  if (done != 0 && errno != EINPROGRESS && errno != ECONNREFUSED) {
    return std::nullopt;
  }
  stream.to_send_ = {static_cast<std::uint8_t>(query.size() >> 8),
                     static_cast<std::uint8_t>(query.size())};
  stream.to_send_.insert(stream.to_send_.end(), query.begin(), query.end());
  return stream;
}

pollfd DnsStream::awaited() const {
  const bool is_sending = !is_connected_ || num_sent_ < to_send_.size();
  return {socket_.get(), static_cast<short>(is_sending ? POLLOUT : POLLIN), 0};
}

DnsStream::State DnsStream::advance() {
  if (num_sent_ < to_send_.size()) {
    const State state = send_rest();
    if (state != State::kOpen || num_sent_ < to_send_.size()) {
      return state;
    }
  }
  return receive_rest();
}

DnsStream::State DnsStream::send_rest() {
  while (num_sent_ < to_send_.size()) {
    const ssize_t count = ::send(socket_.get(), to_send_.data() + num_sent_,
                                 to_send_.size() - num_sent_, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count > 0) {
      is_connected_ = true;
      num_sent_ += static_cast<std::size_t>(count);
    } else if (count < 0 && (errno == EAGAIN || errno == EINPROGRESS)) {
      return State::kOpen;  // still connecting, or no room
    } else if (errno != EINTR) {
      return is_connected_ ? State::kBroken : State::kUnreachable;
    }
  }
  return State::kOpen;
}

DnsStream::State DnsStream::receive_rest() {
  std::array<std::uint8_t, 4096> part;
  for (;;) {
    std::size_t whole = kLengthBytes;
    if (received_.size() >= kLengthBytes) {
      whole += std::size_t{received_[0]} << 8 | received_[1];
      if (received_.size() == whole) {
        return State::kAnswered;
      }
    }
    const std::size_t wanted = std::min(whole - received_.size(), part.size());
    const ssize_t count = ::recv(socket_.get(), part.data(), wanted, MSG_DONTWAIT);
    if (count > 0) {
      received_.insert(received_.end(), part.begin(), part.begin() + count);
    } else if (count < 0 && errno == EAGAIN) {
      return State::kOpen;
    } else if (count == 0 || errno != EINTR) {
      return State::kBroken;
    }
  }
}

}  // namespace weir::probe

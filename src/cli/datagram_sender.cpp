#include "cli/datagram_sender.h"

#include <fmt/format.h>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

namespace weir::cli {

Result<DatagramSender> DatagramSender::open(std::string_view target) {
  const auto colon = target.rfind(':');
  std::string host(target.substr(0, colon));
  if (colon == std::string_view::npos || host.empty() || colon + 1 == target.size()) {
    return fail(ErrorCode::kUsage,
                fmt::format("'{}' is no address of a collector, as in 192.0.2.1:4739", target));
  }
  if (host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  const std::string port(target.substr(colon + 1));
  addrinfo hints{};
  hints.ai_socktype = SOCK_DGRAM;
  addrinfo* found = nullptr;
  if (const int error = ::getaddrinfo(host.c_str(), port.c_str(), &hints, &found); error != 0) {
    return fail(ErrorCode::kRemote, fmt::format("{}: {}", target, ::gai_strerror(error)));
  }
  int socket = -1;
  int error = 0;
  for (const addrinfo* address = found; address != nullptr && socket < 0;
       address = address->ai_next) {
    socket = ::socket(address->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (socket >= 0 && ::connect(socket, address->ai_addr, address->ai_addrlen) != 0) {
      error = errno;
      ::close(std::exchange(socket, -1));
    }
  }
  ::freeaddrinfo(found);
  if (socket < 0) {
    return fail(ErrorCode::kRemote,
                fmt::format("cannot send to {}: {}", target, std::strerror(error)));
  }
  return DatagramSender(socket);
}

DatagramSender::DatagramSender(DatagramSender&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)) {}

DatagramSender& DatagramSender::operator=(DatagramSender&& other) noexcept {
  std::swap(socket_, other.socket_);
  return *this;
}

DatagramSender::~DatagramSender() {
  if (socket_ >= 0) {
    ::close(socket_);
  }
}

Result<void> DatagramSender::send(std::span<const std::byte> datagram) {
  while (::send(socket_, datagram.data(), datagram.size(), MSG_NOSIGNAL) < 0) {
    if (errno != EINTR) {
      return fail(ErrorCode::kRemote,
                  fmt::format("the collector cannot be reached: {}", std::strerror(errno)));
    }
  }
  return {};
}

}  // namespace weir::cli

#include "collector/health_server.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

#include "collector/socket_address.h"

namespace weir::collector {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t kMaxConnections = 64;
constexpr std::size_t kMaxRequestBytes = 4096;
constexpr auto kPatience = std::chrono::seconds(2);
constexpr int kTickMs = 500;

}  // namespace

struct HealthServer::Connection {
  int socket = -1;
  SteadyClock::time_point since;
  std::string request;
  std::string rest;  // of the answer
  bool is_answering = false;
};

Result<std::unique_ptr<HealthServer>> HealthServer::open(const ListenAddress& address,
                                                         Answers answers) {
  sockaddr_storage bound{};
  socklen_t size = to_socket_address(address, bound);
  const int socket = ::socket(bound.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  const int one = 1;
  if (socket < 0 || ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) != 0 ||
      ::bind(socket, reinterpret_cast<const sockaddr*>(&bound), size) != 0 ||
      ::listen(socket, 64) != 0) {
    const int error = errno;
    if (socket >= 0) {
      ::close(socket);
    }
    return fail(ErrorCode::kRemote, fmt::format("cannot answer health checks on {}: {}",
                                                to_string(address), std::strerror(error)));
  }
  ListenAddress own = address;
  size = sizeof bound;
  if (::getsockname(socket, reinterpret_cast<sockaddr*>(&bound), &size) == 0) {
    own.port = port_of(bound);
  }
  const int wake = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  return std::unique_ptr<HealthServer>(new HealthServer(socket, wake, own, std::move(answers)));
}

HealthServer::HealthServer(int socket, int wake, ListenAddress address, Answers answers)
    : socket_(socket), wake_(wake), address_(address), answers_(std::move(answers)) {
  thread_ = std::thread([this] { run(); });
}

HealthServer::~HealthServer() {
  is_stopping_ = true;
  const std::uint64_t one = 1;
  static_cast<void>(::write(wake_, &one, sizeof one));
  thread_.join();
  ::close(wake_);
  ::close(socket_);
}

std::string HealthServer::answer(const std::string& request) const {
  const std::string_view line = std::string_view(request).substr(0, request.find("\r\n"));
  const bool is_head = line.starts_with("HEAD ");
  if (!is_head && !line.starts_with("GET ")) {
    return "HTTP/1.1 405 Method Not Allowed\r\nAllow: GET, HEAD\r\nContent-Length: 0\r\n"
           "Connection: close\r\n\r\n";
  }
  std::string_view path = line.substr(line.find(' ') + 1);
  path = path.substr(0, path.find(' '));
  const bool is_healthy = answers_.is_healthy();
  std::string body = is_healthy ? "healthy\n" : "draining\n";
  std::string_view status = is_healthy ? "200 OK" : "503 Service Unavailable";
  std::string_view type = "text/plain; charset=utf-8";
  if (path == "/metrics") {
    body = answers_.metrics();
    status = "200 OK";
    type = "text/plain; version=0.0.4; charset=utf-8";
  }
  return fmt::format(
      "HTTP/1.1 {}\r\nContent-Type: {}\r\nContent-Length: {}\r\nCache-Control: no-store\r\n"
      "Connection: close\r\n\r\n{}",
      status, type, body.size(), is_head ? "" : body);
}

void HealthServer::run() {
  std::vector<Connection> connections;
  std::vector<pollfd> polled;
  while (!is_stopping_) {
    const bool has_room = connections.size() < kMaxConnections;
    polled.assign({{wake_, POLLIN, 0}, {socket_, static_cast<short>(has_room ? POLLIN : 0), 0}});
    for (const Connection& connection : connections) {
      polled.push_back(
          {connection.socket, static_cast<short>(connection.is_answering ? POLLOUT : POLLIN), 0});
    }
    static_cast<void>(::poll(polled.data(), polled.size(), kTickMs));
    const auto now = SteadyClock::now();
    for (std::size_t i = connections.size(); i-- > 0;) {
      Connection& connection = connections[i];
      bool is_over = now - connection.since > kPatience;
      if (polled[i + 2].revents != 0 && !connection.is_answering) {
        std::array<char, 1024> piece{};
        const ssize_t size = ::recv(connection.socket, piece.data(), piece.size(), 0);
        is_over = is_over || size == 0 || (size < 0 && errno != EAGAIN && errno != EINTR);
        connection.request.append(piece.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
        if (connection.request.find("\r\n\r\n") != std::string::npos) {
          connection.rest = answer(connection.request);
          connection.is_answering = true;
        }
        is_over = is_over || connection.request.size() > kMaxRequestBytes;
      }
      if (connection.is_answering && !is_over) {
        const ssize_t size =
            ::send(connection.socket, connection.rest.data(), connection.rest.size(), MSG_NOSIGNAL);
        is_over = size < 0 && errno != EAGAIN && errno != EINTR;
        connection.rest.erase(0, size > 0 ? static_cast<std::size_t>(size) : 0);
        is_over = is_over || connection.rest.empty();
      }
      if (is_over) {
        ::close(connection.socket);
        connections.erase(connections.begin() + static_cast<std::ptrdiff_t>(i));
      }
    }
    while (connections.size() < kMaxConnections) {
      const int socket = ::accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
      if (socket < 0) {
        break;
      }
      connections.push_back({socket, now, {}, {}, false});
    }
  }
  for (const Connection& connection : connections) {
    ::close(connection.socket);
  }
}

}  // namespace weir::collector

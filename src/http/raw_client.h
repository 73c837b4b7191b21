#pragma once

// Of the tests of this room alone.

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>

namespace weir::http {

// A client that writes what it is told, well-formed or not.
class RawClient {
 public:
  explicit RawClient(std::uint16_t port) : socket_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
    const timeval limit{10, 0};
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address);
  }
  ~RawClient() { close(socket_); }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  void write(const std::string& text) {
    EXPECT_EQ(::send(socket_, text.data(), text.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(text.size()));
  }
  // What comes until the server closes, or until `mark` has come.
  std::string read_until(const std::string& mark) {
    while (text_.find(mark) == std::string::npos || mark.empty()) {
      char room[4096];
      const ssize_t num_bytes = recv(socket_, room, sizeof room, 0);
      if (num_bytes <= 0) {
        break;
      }
      text_.append(room, static_cast<std::size_t>(num_bytes));
    }
    return text_;
  }
  std::string read_all() { return read_until(""); }
  [[nodiscard]] int descriptor() const { return socket_; }

 private:
  int socket_;
  std::string text_;
};

}  // namespace weir::http

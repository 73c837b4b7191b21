#include "probe/socket_address.h"

#include <netinet/in.h>

#include <cstring>

#include "probe/descriptor.h"

namespace weir::probe {

socklen_t write_address(const IpAddress& address, std::uint16_t port, sockaddr_storage& out) {
  if (address.is_v4()) {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    v4.sin_addr.s_addr = htonl(address.v4());
    std::memcpy(&out, &v4, sizeof v4);
    return sizeof v4;
  }
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(port);
  for (int i = 0; i < 8; ++i) {
    v6.sin6_addr.s6_addr[i] = static_cast<std::uint8_t>(address.high >> (56 - 8 * i));
    v6.sin6_addr.s6_addr[i + 8] = static_cast<std::uint8_t>(address.low >> (56 - 8 * i));
  }
  std::memcpy(&out, &v6, sizeof v6);
  return sizeof v6;
}

IpAddress from_v6_bytes(const std::uint8_t* bytes) {
  IpAddress address;
  for (int i = 0; i < 8; ++i) {
    address.high = address.high << 8 | bytes[i];
    address.low = address.low << 8 | bytes[i + 8];
  }
  return address;
}

std::uint16_t read_port(const sockaddr_storage& address) {
  sockaddr_in v4{};  // whose port lies where IPv6's does
  std::memcpy(&v4, &address, sizeof v4);
  return ntohs(v4.sin_port);
}

IpAddress read_address(const sockaddr_storage& address) {
  if (address.ss_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &address, sizeof v4);
    return IpAddress::from_v4(ntohl(v4.sin_addr.s_addr));
  }
  if (address.ss_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, &address, sizeof v6);
    return from_v6_bytes(v6.sin6_addr.s6_addr);
  }
  return {};
}

bool has_route(const IpAddress& address, std::uint16_t port) {
  const Descriptor socket(
      ::socket(address.is_v4() ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_storage there{};
  const socklen_t length = write_address(address, port, there);
  return socket.is_open() &&
         connect(socket.get(), reinterpret_cast<sockaddr*>(&there), length) == 0;
}

bool is_own_address(const IpAddress& address) {
  const Descriptor socket(
      ::socket(address.is_v4() ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_storage here{};
  const socklen_t length = write_address(address, 0, here);
  return socket.is_open() && bind(socket.get(), reinterpret_cast<sockaddr*>(&here), length) == 0;
}

}  // namespace weir::probe

#include "collector/socket_address.h"

#include <cstring>

#include "packet/byte_order.h"

namespace weir::collector {

socklen_t to_socket_address(const ListenAddress& address, sockaddr_storage& to) {
  to = {};
  if (address.address.is_v4()) {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(address.port);
    v4.sin_addr.s_addr = htonl(address.address.v4());
    std::memcpy(&to, &v4, sizeof v4);
    return sizeof v4;
  }
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(address.port);
  store_address(reinterpret_cast<std::byte*>(&v6.sin6_addr), address.address);
  std::memcpy(&to, &v6, sizeof v6);
  return sizeof v6;
}

IpAddress address_of(const sockaddr_storage& from) {
  if (from.ss_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &from, sizeof v4);
    return IpAddress::from_v4(ntohl(v4.sin_addr.s_addr));
  }
  sockaddr_in6 v6{};
  std::memcpy(&v6, &from, sizeof v6);
  return address_of(v6.sin6_addr);
}

IpAddress address_of(const in6_addr& from) {
  const auto* const bytes = reinterpret_cast<const std::byte*>(&from);
  return {packet::load_be64(bytes), packet::load_be64(bytes + 8)};
}

std::uint16_t port_of(const sockaddr_storage& from) {
  in_port_t port = 0;  // at the same place in both families
  std::memcpy(&port, reinterpret_cast<const char*>(&from) + offsetof(sockaddr_in, sin_port),
              sizeof port);
  return ntohs(port);
}

void store_address(std::byte* at, const IpAddress& address) {
  for (std::size_t i = 0; i < 8; ++i) {
    at[i] = static_cast<std::byte>(address.high >> (56 - 8 * i));
    at[8 + i] = static_cast<std::byte>(address.low >> (56 - 8 * i));
  }
}

}  // namespace weir::collector

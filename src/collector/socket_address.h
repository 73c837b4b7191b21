#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>

#include "base/ip_address.h"
#include "collector/listen_address.h"

namespace weir::collector {

// Fills `to`; the bytes of it that hold the address.
[[nodiscard]] socklen_t to_socket_address(const ListenAddress& address, sockaddr_storage& to);
[[nodiscard]] IpAddress address_of(const sockaddr_storage& from);
[[nodiscard]] IpAddress address_of(const in6_addr& from);
[[nodiscard]] std::uint16_t port_of(const sockaddr_storage& from);
// Writes 16 bytes in network order.
void store_address(std::byte* at, const IpAddress& address);

}  // namespace weir::collector

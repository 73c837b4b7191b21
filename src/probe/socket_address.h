#pragma once

#include <sys/socket.h>

#include <cstdint>

#include "base/ip_address.h"

namespace weir::probe {

// Writes an address as the system has it, IPv4 as AF_INET; returns its length.
socklen_t write_address(const IpAddress& address, std::uint16_t port, sockaddr_storage& out);
[[nodiscard]] IpAddress read_address(const sockaddr_storage& address);
[[nodiscard]] std::uint16_t read_port(const sockaddr_storage& address);
// Whether this host itself has a way there; nothing is sent. errno says why not.
[[nodiscard]] bool has_route(const IpAddress& address, std::uint16_t port);
// Whether an address is one of this host's.
[[nodiscard]] bool is_own_address(const IpAddress& address);
// From 16 bytes in network order.
[[nodiscard]] IpAddress from_v6_bytes(const std::uint8_t* bytes);

}  // namespace weir::probe

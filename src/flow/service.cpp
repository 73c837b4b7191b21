#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include "flow/enrichment.h"
#include "flow/service_table.h"

namespace weir::flow {
namespace {

constexpr int kProtocolTcp = 6;
constexpr int kProtocolUdp = 17;
constexpr int kProtocolDccp = 33;
constexpr int kProtocolSctp = 132;
constexpr int kProtocolUdpLite = 136;

constexpr int kSynFlag = 2;
constexpr int kAckFlag = 16;

constexpr std::size_t kServiceTextSize = 32;

constexpr std::uint8_t transport_of(int protocol) {
  return protocol == kProtocolTcp    ? kTcp
         : protocol == kProtocolUdp  ? kUdp
         : protocol == kProtocolSctp ? kSctp
                                     : std::uint8_t{0};
}

bool has_ports(int protocol) {
  return transport_of(protocol) != 0 || protocol == kProtocolDccp || protocol == kProtocolUdpLite;
}

// The table by port, open addressing with 1 + its place in kWellKnownServices, 0 where free. Built
// by the compiler; a look-up asks for every row of a query.
constexpr std::size_t kServiceSlots = 2048;
static_assert(std::size(kWellKnownServices) * 3 < kServiceSlots);

constexpr std::size_t slot_of(std::uint32_t port) {
  return (port * 0x9e37'79b1U >> 16) % kServiceSlots;
}

constexpr std::array<std::uint16_t, kServiceSlots> kServiceIndex = [] {
  std::array<std::uint16_t, kServiceSlots> index{};
  for (std::size_t i = 0; i < std::size(kWellKnownServices); ++i) {
    std::size_t slot = slot_of(kWellKnownServices[i].port);
    while (index[slot] != 0) {
      slot = (slot + 1) % kServiceSlots;
    }
    index[slot] = static_cast<std::uint16_t>(i + 1);
  }
  return index;
}();

std::size_t write_service(std::string_view text, char* out) {
  const std::size_t size = std::min(text.size(), kServiceTextSize);
  std::memcpy(out, text.data(), size);
  return size;
}

std::size_t write_service(std::string_view prefix, int number, char* out) {
  const std::size_t size = write_service(prefix, out);
  return static_cast<std::size_t>(std::to_chars(out + size, out + kServiceTextSize, number).ptr -
                                  out);
}

// The side that a port number alone makes the server: the only known one, then the lower one.
// Port 0 is what fragments and absent values look like: the other one is better than it.
int server_port_of(int protocol, int source_port, int destination_port) {
  const bool knows_source = !service_at(protocol, source_port).empty();
  const bool knows_destination = !service_at(protocol, destination_port).empty();
  if (knows_source != knows_destination) {
    return knows_source ? source_port : destination_port;
  }
  if (source_port == 0 || destination_port == 0) {
    return std::max(source_port, destination_port);
  }
  return std::min(source_port, destination_port);
}

}  // namespace

std::string_view service_at(int protocol, int port) {
  const std::uint8_t transport = transport_of(protocol);
  if (transport == 0 || port < 0 || port > 65'535) {
    return {};
  }
  std::size_t slot = slot_of(static_cast<std::uint32_t>(port));
  for (; kServiceIndex[slot] != 0; slot = (slot + 1) % kServiceSlots) {
    const WellKnownService& service = kWellKnownServices[kServiceIndex[slot] - 1];
    if (service.port == port && (service.transports & transport) != 0) {
      return service.name;
    }
  }
  return {};
}

Initiator initiator_of(int protocol, std::optional<int> tcp_flags) {
  if (protocol != kProtocolTcp || !tcp_flags || (*tcp_flags & kSynFlag) == 0) {
    return Initiator::kUnknown;
  }
  return (*tcp_flags & kAckFlag) == 0 ? Initiator::kSource : Initiator::kDestination;
}

std::size_t service_of(int protocol, std::optional<int> source_port,
                       std::optional<int> destination_port, std::optional<int> tcp_flags,
                       char* out) {
  if (protocol < 0) {
    return 0;
  }
  const std::string_view protocol_text = protocol_name(protocol);
  if (!has_ports(protocol)) {
    return protocol_text.empty() ? write_service("Protocol-", protocol, out)
                                 : write_service(protocol_text, out);
  }
  std::optional<int> port;
  switch (initiator_of(protocol, tcp_flags)) {
    case Initiator::kSource:
      port = destination_port;
      break;
    case Initiator::kDestination:
      port = source_port;
      break;
    case Initiator::kUnknown:
      port = source_port && destination_port
                 ? server_port_of(protocol, *source_port, *destination_port)
             : source_port ? source_port
                           : destination_port;
      break;
  }
  if (!port) {
    return 0;
  }
  if (const std::string_view name = service_at(protocol, *port); !name.empty()) {
    return write_service(name, out);
  }
  char prefix[kServiceTextSize];
  const std::size_t size = write_service(protocol_text, prefix);
  prefix[size] = '/';
  return write_service({prefix, size + 1}, *port, out);
}

}  // namespace weir::flow

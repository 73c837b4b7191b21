// Sends GENEVE packets of many flows to a collector at a steady rate, many in one call
// (UDP_SEGMENT), as fast as one core can.
//
//   live_sender ADDRESS PORT PACKETS_PER_SECOND SECONDS [FLOWS [INNER_BYTES]]
//
// Each packet is a segment of one of FLOWS TCP connections through a gateway's endpoint, every
// other one the answer. Prints how many were sent, and in how many seconds.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <span>
#include <vector>

#include "packet/builder.h"
#include "packet/byte_order.h"

namespace {

using namespace weir;
using packet::Bytes;

constexpr int kUdpSegment = 103;
constexpr std::size_t kSockets = 16;  // outer source ports

double seconds_now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

Bytes datagram(std::uint32_t flow, bool is_answer, std::size_t inner_bytes) {
  const IpAddress client = IpAddress::from_v4(0x0a01'0000U + (flow >> 4));
  const IpAddress server = IpAddress::from_v4(0xc000'0209U);
  const auto port = static_cast<std::uint16_t>(20'000 + (flow & 15));
  const Bytes body(inner_bytes - 40);
  const Bytes inner = is_answer ? packet::tcp_packet(server, client, {443, port, 1, 1, 0x10}, body)
                                : packet::tcp_packet(client, server, {port, 443, 1, 1, 0x10}, body);
  return *packet::GeneveBuilder().protocol(0x0800).gateway(7, 8, flow).payload(inner).build();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) {
    std::fprintf(stderr, "usage: live_sender ADDRESS PORT RATE SECONDS [FLOWS [INNER_BYTES]]\n");
    return 2;
  }
  sockaddr_in target{};
  target.sin_family = AF_INET;
  target.sin_port = htons(static_cast<std::uint16_t>(std::atoi(argv[2])));
  ::inet_pton(AF_INET, argv[1], &target.sin_addr);
  const double rate = std::atof(argv[3]);
  const double duration = std::atof(argv[4]);
  const auto num_flows = static_cast<std::uint32_t>(argc > 5 ? std::atoi(argv[5]) : 10'000);
  const auto inner_bytes = static_cast<std::size_t>(argc > 6 ? std::atoi(argv[6]) : 200);

  std::vector<int> sockets;
  for (std::size_t i = 0; i < kSockets; ++i) {
    const int socket = ::socket(AF_INET, SOCK_DGRAM, 0);
    const int bytes = 8 << 20;
    ::setsockopt(socket, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
    if (::connect(socket, reinterpret_cast<const sockaddr*>(&target), sizeof target) != 0) {
      std::perror("connect");
      return 1;
    }
    sockets.push_back(socket);
  }
  const std::size_t size = datagram(0, false, inner_bytes).size();
  const std::size_t in_call = std::min<std::size_t>(64, 65'000 / size);
  for (const int socket : sockets) {
    const int segment = static_cast<int>(size);
    if (::setsockopt(socket, IPPROTO_UDP, kUdpSegment, &segment, sizeof segment) != 0) {
      std::perror("UDP_SEGMENT");
      return 1;
    }
  }
  // All packets of a round, one after the other; a call sends a stretch of them.
  Bytes round;
  for (std::uint32_t flow = 0; flow < num_flows; ++flow) {
    for (const bool is_answer : {false, true}) {
      const Bytes bytes = datagram(flow, is_answer, inner_bytes);
      round.insert(round.end(), bytes.begin(), bytes.end());
    }
  }
  const std::size_t num_packets = std::size_t{num_flows} * 2;
  const double begin = seconds_now();
  std::uint64_t sent = 0;
  std::uint64_t refused = 0;
  std::size_t place = 0;
  std::size_t call = 0;
  double now = begin;
  while (now - begin < duration) {
    const std::size_t count = std::min(in_call, num_packets - place);
    if (::send(sockets[call++ % kSockets], round.data() + place * size, count * size, 0) < 0) {
      refused += count;
    } else {
      sent += count;
    }
    place = (place + count) % num_packets;
    now = seconds_now();
    while (rate > 0 && static_cast<double>(sent + refused) > (now - begin) * rate) {
      now = seconds_now();
    }
  }
  std::printf("%llu %llu %.6f\n", static_cast<unsigned long long>(sent),
              static_cast<unsigned long long>(refused), now - begin);
  for (const int socket : sockets) {
    ::close(socket);
  }
  return 0;
}

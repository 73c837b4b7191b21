// Reads a capture with the parser of gwlbtun (aws-gateway-load-balancer-tunnel-handler, MIT-0): the
// GENEVE header, its three options, and the inner IP header. A peer of bench/packet_run, which
// compiles it with gwlbtun's sources where they can be had. gwlbtun reads sockets, so the headers
// around UDP are passed over here.
//
//   peer_gwlbtun CAPTURE [hot]    prints packets, those that it takes; hot: the first 20,000, 100
//   times

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <exception>
#include <vector>

#include "GenevePacket.h"
#include "PacketHeaderV4.h"
#include "PacketHeaderV6.h"

namespace {

constexpr std::size_t kFileHeader = 24;
constexpr std::size_t kRecordHeader = 16;
constexpr std::size_t kEthernet = 14;

unsigned long packets = 0;
unsigned long taken = 0;
unsigned long sum = 0;

void take(unsigned char* frame, std::size_t size) {
  ++packets;
  const std::size_t ip_bytes = size > kEthernet ? std::size_t{frame[kEthernet] & 15U} * 4 : 0;
  const std::size_t at = kEthernet + ip_bytes + 8;
  if (ip_bytes < 20 || size <= at) {
    return;
  }
  GenevePacket packet(frame + at, static_cast<ssize_t>(size - at));
  if (packet.status != GP_STATUS_OK) {
    return;
  }
  unsigned char* const inner = frame + at + packet.headerLen;
  const auto inner_size = static_cast<ssize_t>(size - at - packet.headerLen);
  try {
    sum += (inner[0] >> 4) == 6 ? PacketHeaderV6(inner, inner_size).hash()
                                : PacketHeaderV4(inner, inner_size).hash();
    ++taken;
  } catch (const std::exception&) {  // too short for what it says
  }
}

}  // namespace

int main(int argc, char** argv) {
  const int file = argc > 1 ? open(argv[1], O_RDONLY) : -1;
  if (file < 0) {
    return 2;
  }
  const bool is_hot = argc > 2 && std::strcmp(argv[2], "hot") == 0;
  std::vector<unsigned char> buffer(256 * 1024);
  std::vector<std::vector<unsigned char>> kept;
  std::size_t filled = 0;
  std::size_t at = kFileHeader;
  for (;;) {
    std::uint32_t fields[4];
    bool is_there = filled >= at + kRecordHeader;
    if (is_there) {
      std::memcpy(fields, buffer.data() + at, sizeof fields);
      is_there = filled - at - kRecordHeader >= fields[2];
    }
    if (!is_there) {
      const std::size_t rest = filled > at ? filled - at : 0;
      std::memmove(buffer.data(), buffer.data() + std::min(at, filled), rest);
      const std::size_t ahead = at > filled ? at - filled : 0;
      const ssize_t count = read(file, buffer.data() + rest, buffer.size() - rest);
      if (count <= 0) {
        break;
      }
      filled = rest + static_cast<std::size_t>(count);
      at = ahead;
      continue;
    }
    if (!is_hot) {
      take(buffer.data() + at + kRecordHeader, fields[2]);
    } else if (kept.size() < 20'000) {
      kept.emplace_back(buffer.begin() + static_cast<long>(at + kRecordHeader),
                        buffer.begin() + static_cast<long>(at + kRecordHeader + fields[2]));
    } else {
      break;
    }
    at += kRecordHeader + fields[2];
  }
  for (int turn = 0; is_hot && turn < 100; ++turn) {
    for (auto& frame : kept) {
      take(frame.data(), frame.size());
    }
  }
  std::printf("%lu %lu (%lu)\n", packets, taken, sum);
  return 0;
}

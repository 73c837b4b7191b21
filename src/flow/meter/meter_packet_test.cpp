// The short cut for TCP and UDP over IPv4 makes of a packet what reading it header by header makes
// of it, whatever the packet.

#include "flow/meter/meter_packet.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "packet/builder.h"
#include "packet/parser.h"

namespace weir::flow {
namespace {

using packet::Bytes;

constexpr std::uint64_t kSeed = 20'261'130;

bool are_same(const MeterPacket& a, const MeterPacket& b) {
  const bool is_same_tcp =
      !a.has_tcp ||
      (a.sequence == b.sequence && a.acknowledgement == b.acknowledgement && a.window == b.window);
  return a.key == b.key && a.hash == b.hash && a.bytes == b.bytes && a.time_ns == b.time_ns &&
         a.payload_bytes == b.payload_bytes && a.http_status == b.http_status &&
         a.tcp_flags == b.tcp_flags && a.has_tcp == b.has_tcp && is_same_tcp &&
         a.is_high_sender == b.is_high_sender && a.is_fragment == b.is_fragment &&
         a.is_http_request == b.is_http_request && a.path == b.path &&
         a.tunnel_source == b.tunnel_source && a.tunnel_destination == b.tunnel_destination;
}

class MeterPacketTest : public ::testing::Test {
 protected:
  std::uint32_t pick(std::uint32_t limit) {
    return static_cast<std::uint32_t>(chance_.below(limit));
  }
  IpAddress address() { return IpAddress::from_v4(0x0a01'0000U | pick(4)); }

  Bytes payload() {
    constexpr std::string_view kTexts[] = {"",
                                           "GET / HTTP/1.1\r\n",
                                           "HTTP/1.1 200 OK\r\n",
                                           "HTTP/1.0 99 no\r\n",
                                           "HTTP/1.1 ",
                                           "POST",
                                           "DELETE /x HTTP/1.1",
                                           "PRI * HTTP/2.0\r\n",
                                           "Else, nothing in particular"};
    Bytes bytes;
    for (const char c : kTexts[pick(9)]) {
      bytes.push_back(static_cast<std::byte>(c));
    }
    return bytes;
  }

  Bytes inner() {
    const std::uint16_t ports[] = {53, 80, 443, 50'000};
    switch (pick(5)) {
      case 0:
        return packet::udp_packet(address(), address(), ports[pick(4)], ports[pick(4)], payload());
      case 1:
        return packet::icmp_packet(address(), address(), pick(2) == 0 ? 8 : 3, 0, 7, 1, payload());
      default: {
        packet::TcpFields fields;
        fields.source_port = ports[pick(4)];
        fields.destination_port = ports[pick(4)];
        fields.sequence = static_cast<std::uint32_t>(chance_.next());
        fields.flags = static_cast<std::uint8_t>(pick(64));
        return packet::tcp_packet(address(), address(), fields, payload());
      }
    }
  }

  Bytes frame() {
    packet::GeneveBuilder builder;
    builder.protocol(0x0800).payload(inner());
    if (pick(4) != 0) {
      builder.gateway(pick(3), pick(3), pick(3));
    }
    return packet::ethernet_frame(
        0x0800, packet::udp_packet(address(), address(), 60'001, 6081, *builder.build()));
  }

  Random chance_{kSeed};
};

TEST_F(MeterPacketTest, TheShortCutChangesNothing) {
  const packet::Parser parser;
  packet::PacketView view;
  std::size_t num_tcp = 0;
  std::size_t num_http = 0;
  for (int turn = 0; turn < 60'000; ++turn) {
    Bytes made = frame();
    for (std::uint32_t change = pick(4); change > 1; --change) {
      made[pick(static_cast<std::uint32_t>(made.size()))] ^= static_cast<std::byte>(1U << pick(8));
    }
    if (pick(3) == 0) {
      made.erase(made.end() - std::min<std::ptrdiff_t>(pick(40), std::ssize(made)), made.end());
    }
    // Of its own size, so that sanitizers see what is read past the end.
    const std::vector<std::byte> bytes(made.begin(), made.end());
    if (parser.parse(bytes, static_cast<std::uint32_t>(bytes.size()) + pick(30),
                     packet::LinkType::kEthernet, view) != packet::Verdict::kKept ||
        !view.has_inner_ip()) {
      continue;
    }
    MeterPacket quick;
    MeterPacket stepwise;
    digest(view, turn, kSeed, Digestion::kQuick, quick);
    digest(view, turn, kSeed, Digestion::kStepwise, stepwise);
    ASSERT_TRUE(are_same(quick, stepwise)) << "packet " << turn << ", " << bytes.size() << " bytes";
    num_tcp += quick.has_tcp ? 1 : 0;
    num_http += quick.is_http_request || quick.http_status != 0 ? 1 : 0;
    (void)fingerprint_of(view);
  }
  EXPECT_GT(num_tcp, 10'000U);  // else nothing was tested
  EXPECT_GT(num_http, 1'000U);
}

}  // namespace
}  // namespace weir::flow

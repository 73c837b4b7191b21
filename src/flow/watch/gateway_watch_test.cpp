#include "flow/watch/gateway_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "packet/builder.h"
#include "packet/parser.h"

namespace weir::flow {
namespace {

using packet::Bytes;
using ::testing::HasSubstr;

IpAddress ip(std::string_view text) { return *parse_ip(text); }

class GatewayWatchTest : public ::testing::Test {
 protected:
  struct Leg {
    std::string_view from = "10.200.0.10";
    std::string_view to = "10.200.1.99";
    std::uint16_t source_port = 60'000;
    std::uint32_t cookie = 5;
    std::uint64_t endpoint = 7;
  };
  static Bytes inner(std::uint16_t port, std::size_t size = 10) {
    return packet::udp_packet(ip("10.1.0.5"), ip("192.0.2.1"), port, 53, Bytes(size));
  }
  void add(const Leg& leg, const Bytes& inner_packet) {
    const Bytes payload = packet::GeneveBuilder()
                              .protocol(0x0800)
                              .gateway(leg.endpoint, 3, leg.cookie)
                              .payload(inner_packet)
                              .build()
                              .value();
    const Bytes frame = packet::ethernet_frame(
        0x0800, packet::udp_packet(ip(leg.from), ip(leg.to), leg.source_port, 6081, payload));
    packet::PacketView view;
    ASSERT_EQ(parser_.parse(frame, static_cast<std::uint32_t>(frame.size()),
                            packet::LinkType::kEthernet, view),
              packet::Verdict::kKept);
    watch_.add(view, now_ns_ += 1000);
  }
  [[nodiscard]] static Leg reply(std::uint16_t port = 60'000, std::uint32_t cookie = 5) {
    return {"10.200.1.99", "10.200.0.10", port, cookie, 7};
  }

  packet::Parser parser_;
  GatewayWatch watch_;
  std::int64_t now_ns_ = 1'700'000'000'000'000'000;
};

TEST_F(GatewayWatchTest, RepliesAreAudited) {
  add({}, inner(1));
  add(reply(), inner(1));  // as it should be
  add({}, inner(2));
  add(reply(6081), inner(2));  // ports swapped
  add({}, inner(3));
  add(reply(60'000, 6), inner(3));  // another cookie
  add({}, inner(4));                // swallowed
  add(reply(60'000, 9), inner(5));  // never delivered
  const ReplyAudit& replies = watch_.report().replies;
  EXPECT_EQ(replies.delivered, 4U);
  EXPECT_EQ(replies.returned, 1U);
  EXPECT_EQ(replies.ports_swapped, 1U);
  EXPECT_EQ(replies.header_changed, 1U);
  EXPECT_EQ(replies.unknown_cookie, 1U);
  EXPECT_EQ(replies.not_returned(), 1U);
}

// Ports that are really swapped: the reply goes from 6081 to the gateway's port, and is no
// tunnel's.
TEST_F(GatewayWatchTest, RepliesToTheGatewaysPortAreSwapped) {
  const auto swapped = [&](std::uint16_t port, std::uint32_t cookie, std::string_view from) {
    const Bytes payload = packet::GeneveBuilder()
                              .protocol(0x0800)
                              .gateway(7, 3, cookie)
                              .payload(inner(port))
                              .build()
                              .value();
    const Bytes frame = packet::ethernet_frame(
        0x0800, packet::udp_packet(ip(from), ip("10.200.0.10"), 6081, 60'000, payload));
    packet::PacketView view;
    ASSERT_EQ(parser_.parse(frame, static_cast<std::uint32_t>(frame.size()),
                            packet::LinkType::kEthernet, view),
              packet::Verdict::kNotTunnel);
    watch_.add_skipped(view, parser_, now_ns_ += 1000);
  };
  for (std::uint16_t port = 1; port <= 4; ++port) {
    add({}, inner(port));
  }
  swapped(1, 5, "10.200.1.99");
  swapped(2, 6, "10.200.1.99");   // another cookie as well
  swapped(3, 5, "10.200.1.98");   // from whom it was not delivered to
  swapped(77, 5, "10.200.1.99");  // never delivered
  const ReplyAudit& replies = watch_.report().replies;
  EXPECT_EQ(replies.delivered, 4U);
  EXPECT_EQ(replies.ports_swapped, 1U);
  EXPECT_EQ(replies.header_changed, 1U);
  EXPECT_EQ(replies.unknown_cookie, 0U);
  EXPECT_EQ(replies.not_returned(), 2U);
}

TEST_F(GatewayWatchTest, CookiesBelongToOneFlow) {
  add({}, inner(1));
  add({}, inner(1));
  EXPECT_EQ(watch_.report().cookies_reused + watch_.report().cookies_changed, 0U);
  add({}, inner(2));  // the same cookie with another flow
  EXPECT_EQ(watch_.report().cookies_reused, 1U);
  Leg other;
  other.cookie = 77;
  add(other, inner(2));
  EXPECT_EQ(watch_.report().cookies_changed, 1U);
  other.endpoint = 8;  // another endpoint counts its own cookies
  add(other, inner(9));
  EXPECT_EQ(watch_.report().cookies_reused, 1U);
}

// A packet that comes back is the one that was delivered, and no second trouble.
TEST_F(GatewayWatchTest, TroubleOfBothLegsCountsOnce) {
  const Bytes too_big =
      packet::icmp_packet(ip("10.1.0.1"), ip("10.1.0.5"), 3, 4, 0, 1400, Bytes(28));
  for (const Bytes& packet : {inner(1, 8600), too_big}) {
    add({}, packet);
    add(reply(), packet);
  }
  EXPECT_EQ(watch_.report().replies.returned, 2U);
  EXPECT_EQ(watch_.report().above_mtu, 1U);
  EXPECT_EQ(watch_.report().fragmentation_needed, 1U);
  EXPECT_EQ(watch_.report().packets, 4U);
  add(reply(), inner(2, 8600));  // the appliance's own
  EXPECT_EQ(watch_.report().above_mtu, 2U);
}

TEST_F(GatewayWatchTest, SizesAndEndpoints) {
  add({}, inner(1, 8600));
  Leg other;
  other.endpoint = 9;
  add(other, packet::icmp_packet(ip("10.1.0.1"), ip("10.1.0.5"), 3, 4, 0, 1400, Bytes(28)));
  FlowRecord record;
  record.gateway = {9, 3, 5, 7};
  record.protocol = 6;
  record.forward.packets = 4;
  record.is_after_idle = true;
  watch_.add(record);
  const WatchReport& report = watch_.report();
  EXPECT_EQ(report.above_mtu, 1U);
  EXPECT_EQ(report.largest_inner, 8628U);
  EXPECT_EQ(report.fragmentation_needed, 1U);
  EXPECT_EQ(report.after_idle, 1U);
  EXPECT_EQ(report.endpoints.size(), 2U);
  EXPECT_EQ(report.endpoints.at(9).one_way_flows, 1U);
  EXPECT_THAT(to_text(report), HasSubstr("eni-00000000000000009"));
  EXPECT_THAT(to_json(report), HasSubstr("\"above_mtu\":1"));
}

}  // namespace
}  // namespace weir::flow

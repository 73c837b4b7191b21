#include "flow/meter/meter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <string_view>
#include <tuple>
#include <vector>

#include "flow/meter/flow_text.h"
#include "packet/builder.h"
#include "packet/parser.h"

namespace weir::flow {
namespace {

using packet::Bytes;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr std::int64_t kMs = 1'000'000;
constexpr std::int64_t kSecond = 1'000 * kMs;
constexpr std::int64_t kStart = 1'700'000'000 * kSecond;

IpAddress ip(std::string_view text) { return *parse_ip(text); }

class MeterTest : public ::testing::Test {
 protected:
  MeterTest() { reset({}); }
  void reset(const MeterOptions& options) {
    MeterOptions small = options;
    small.max_flows = std::min<std::size_t>(options.max_flows, 4096);
    records_.clear();
    meter_ = std::make_unique<Meter>(
        small, [this](const FlowRecord& record) { records_.push_back(record); });
  }

  // Through a gateway's endpoint.
  void gateway(std::int64_t time_ms, const Bytes& inner, std::uint64_t endpoint = 7) {
    const Bytes payload = packet::GeneveBuilder()
                              .protocol((inner[0] >> 4) == std::byte{6} ? 0x86dd : 0x0800)
                              .gateway(endpoint, 8, 9)
                              .payload(inner)
                              .build()
                              .value();
    frame(time_ms, packet::udp_packet(ip("10.0.0.1"), ip("10.0.0.2"), 50'000, 6081, payload));
  }
  // From a mirrored interface.
  void mirror(std::int64_t time_ms, const Bytes& inner, std::string_view source,
              std::uint32_t vni = 1) {
    frame(time_ms,
          packet::udp_packet(ip(source), ip("10.9.9.9"), 50'000, 4789,
                             packet::vxlan_packet(vni, packet::ethernet_frame(0x0800, inner))));
  }
  void frame(std::int64_t time_ms, const Bytes& outer) {
    const Bytes bytes = packet::ethernet_frame(0x0800, outer);
    ASSERT_EQ(parser_.parse(bytes, static_cast<std::uint32_t>(bytes.size()),
                            packet::LinkType::kEthernet, view_),
              packet::Verdict::kKept);
    meter_->add(view_, kStart + time_ms * kMs);
  }
  // A segment between the client 10.1.0.5:1000 and the server 10.2.0.9:80.
  static Bytes client(std::uint8_t flags, std::uint32_t sequence, std::uint32_t acknowledged,
                      std::size_t size = 0, std::uint16_t window = 1000) {
    return packet::tcp_packet(ip("10.1.0.5"), ip("10.2.0.9"),
                              {1000, 80, sequence, acknowledged, flags, window}, Bytes(size));
  }
  static Bytes server(std::uint8_t flags, std::uint32_t sequence, std::uint32_t acknowledged,
                      std::size_t size = 0, std::uint16_t window = 1000) {
    return packet::tcp_packet(ip("10.2.0.9"), ip("10.1.0.5"),
                              {80, 1000, sequence, acknowledged, flags, window}, Bytes(size));
  }
  static Bytes udp(std::string_view from, std::string_view to, std::uint16_t source_port,
                   std::uint16_t destination_port, std::size_t size = 10) {
    return packet::udp_packet(ip(from), ip(to), source_port, destination_port, Bytes(size));
  }

  packet::Parser parser_;
  packet::PacketView view_;
  std::unique_ptr<Meter> meter_;
  std::vector<FlowRecord> records_;
};

TEST_F(MeterTest, AConnectionFromHandshakeToEnd) {
  gateway(0, client(kSyn, 99, 0));
  gateway(20, server(kSyn | kAck, 499, 100));
  gateway(25, client(kAck, 100, 500));
  gateway(26, client(kAck, 100, 500, 100));
  gateway(56, server(kAck, 500, 200, 300));
  gateway(60, client(kAck | kFin, 200, 800));
  gateway(80, server(kAck | kFin, 800, 201));
  gateway(84, client(kAck, 201, 801));
  meter_->finish();
  ASSERT_THAT(records_, SizeIs(1));
  const FlowRecord& flow = records_[0];
  EXPECT_EQ(to_string(flow.source), "10.1.0.5");
  EXPECT_EQ(flow.source_port, 1000);
  EXPECT_EQ(flow.destination_port, 80);
  EXPECT_EQ(flow.forward.packets, 5U);
  EXPECT_EQ(flow.forward.bytes, 5U * 40 + 100);
  EXPECT_EQ(flow.reverse.packets, 3U);
  EXPECT_EQ(flow.reverse.bytes, 3U * 40 + 300);
  EXPECT_EQ(flow.round_trips.server_us, 20'000U);
  EXPECT_EQ(flow.round_trips.client_us, 5'000U);
  EXPECT_EQ(flow.round_trips.handshake_us, 25'000U);
  EXPECT_EQ(flow.forward.retransmits + flow.reverse.retransmits, 0U);
  EXPECT_EQ(flow.requests, 1U);
  EXPECT_EQ(flow.end_reason, EndReason::kFinished);
  EXPECT_EQ(flow.gateway.endpoint, 7U);
  EXPECT_EQ(to_string(flow.tunnel_path), "geneve");
  // Data and answer, answer and FIN, FIN and FIN, FIN and the last word.
  EXPECT_EQ(flow.round_trips.samples, 4U);
  EXPECT_NEAR(flow.round_trips.max_us, 30'000, 2);
  EXPECT_NEAR(flow.round_trips.min_us, 4'000, 2);
  EXPECT_EQ(flow.forward.tcp_flags, kSyn | kAck | kFin);
}

TEST_F(MeterTest, DirectionComesFromTheSynNotFromTheOrderOfAddresses) {
  const auto high = [](std::uint8_t flags) {
    return packet::tcp_packet(ip("192.168.0.1"), ip("10.0.0.1"), {9, 80, 1, 0, flags}, {});
  };
  gateway(0, high(kSyn));
  // The answer alone was seen: who is asked did not begin.
  gateway(1, packet::tcp_packet(ip("172.16.0.1"), ip("10.0.0.1"), {443, 5, 1, 1, kSyn | kAck}, {}));
  meter_->finish();
  ASSERT_THAT(records_, SizeIs(2));
  EXPECT_EQ(to_string(records_[0].source), "192.168.0.1");
  EXPECT_EQ(to_string(records_[1].source), "10.0.0.1");
  EXPECT_EQ(records_[1].destination_port, 443);
}

TEST_F(MeterTest, RetransmitsAreToldFromReordering) {
  gateway(0, client(kAck, 100, 1, 100));
  gateway(1, client(kAck, 300, 1, 100));  // 200 to 300 is missing
  gateway(2, client(kAck, 200, 1, 100));  // 1 ms later: another order
  gateway(3, client(kAck, 400, 1, 100));
  gateway(4, client(kAck, 600, 1, 100));    // 500 to 600 is missing
  gateway(250, client(kAck, 500, 1, 100));  // a quarter of a second later: sent again
  gateway(300, client(kAck, 600, 1, 100));  // and this was here already
  gateway(301, client(kAck, 699, 1, 1));    // a keep-alive
  meter_->finish();
  ASSERT_THAT(records_, SizeIs(1));
  EXPECT_EQ(records_[0].forward.out_of_order, 1U);
  EXPECT_EQ(records_[0].forward.retransmits, 2U);
}

TEST_F(MeterTest, SequenceNumbersWrapAround) {
  gateway(0, client(kAck, 0xffff'ffc0, 1, 100));
  gateway(1, client(kAck, 0x24, 1, 100));
  gateway(11, server(kAck, 1, 0x88));
  meter_->finish();
  EXPECT_EQ(records_[0].forward.retransmits, 0U);
  EXPECT_EQ(records_[0].round_trips.samples, 1U);
  EXPECT_NEAR(records_[0].round_trips.max_us, 11'000, 2);
}

TEST_F(MeterTest, RetransmittedDataGivesNoRoundTrip) {
  gateway(0, client(kAck, 100, 1, 100));
  gateway(200, client(kAck, 100, 1, 100));
  gateway(210, server(kAck, 1, 200));
  gateway(300, client(kSyn, 5, 0));
  meter_->finish();
  EXPECT_EQ(records_[0].round_trips.samples, 0U);
  EXPECT_EQ(records_[0].forward.retransmits, 1U);
}

TEST_F(MeterTest, ZeroWindowsAndResets) {
  gateway(0, client(kAck, 100, 1, 100));
  gateway(1, server(kAck, 1, 200, 0, 0));
  gateway(2, server(kAck, 1, 200, 0, 0));
  gateway(3, server(kAck, 1, 200, 0, 50));
  gateway(4, server(kAck, 1, 200, 0, 0));
  gateway(5, client(kRst, 200, 0));
  meter_->finish();
  EXPECT_EQ(records_[0].reverse.zero_windows, 2U);
  EXPECT_EQ(records_[0].forward.resets, 1U);
  EXPECT_EQ(records_[0].end_reason, EndReason::kFinished);
}

TEST_F(MeterTest, EndpointsOverlapAndStayApart) {
  gateway(0, udp("10.1.0.1", "10.1.0.2", 5, 53), 1);
  gateway(1, udp("10.1.0.1", "10.1.0.2", 5, 53), 2);
  gateway(2, udp("10.1.0.2", "10.1.0.1", 53, 5), 1);
  meter_->finish();
  ASSERT_THAT(records_, SizeIs(2));
  EXPECT_EQ(records_[0].forward.packets + records_[0].reverse.packets, 2U);
}

TEST_F(MeterTest, APacketMirroredTwiceCountsOnce) {
  const Bytes packet = udp("10.1.0.1", "10.1.0.2", 5, 53);
  mirror(0, packet, "10.1.0.1");
  Bytes later = packet;
  later[8] = std::byte{63};  // one hop on: TTL and checksum differ
  later[10] = later[11] = std::byte{0x55};
  mirror(1, later, "10.1.0.2");   // the other end's mirror
  mirror(2, packet, "10.1.0.1");  // the same mirror again: sent again
  meter_->finish();
  ASSERT_THAT(records_, SizeIs(1));
  EXPECT_EQ(records_[0].forward.packets, 2U);
  EXPECT_EQ(meter_->counters().duplicates, 1U);

  MeterOptions options;
  options.drops_duplicates = false;
  reset(options);
  mirror(0, packet, "10.1.0.1");
  mirror(1, packet, "10.1.0.2");
  meter_->finish();
  EXPECT_EQ(meter_->counters().duplicates, 0U);
}

// The copies have other tunnels, so other keys: they must come to the same shard all the same.
TEST_F(MeterTest, APacketMirroredTwiceCountsOnceInShardsToo) {
  std::uint64_t packets = 0;
  std::uint64_t duplicates = 0;
  for (std::uint32_t shard = 0; shard < 3; ++shard) {
    MeterOptions options;
    options.shard = shard;
    options.num_shards = 3;
    reset(options);
    for (std::uint16_t port = 1; port <= 50; ++port) {
      mirror(port, udp("10.1.0.1", "10.1.0.2", port, 53), "10.1.0.1", 1);
      mirror(port, udp("10.1.0.1", "10.1.0.2", port, 53), "10.1.0.2", 2);
    }
    meter_->finish();
    packets += meter_->counters().packets;
    duplicates += meter_->counters().duplicates;
  }
  EXPECT_EQ(packets, 50U);
  EXPECT_EQ(duplicates, 50U);
}

TEST_F(MeterTest, TimeoutsAreExact) {
  gateway(0, udp("10.1.0.1", "10.1.0.2", 5, 53));
  gateway(120'000, udp("10.1.0.1", "10.1.0.2", 5, 53));
  gateway(240'001, udp("10.1.0.1", "10.1.0.2", 5, 53));
  meter_->finish();
  ASSERT_THAT(records_, SizeIs(2));
  EXPECT_EQ(records_[0].end_reason, EndReason::kIdle);
  EXPECT_EQ(records_[0].forward.packets, 2U);
  EXPECT_TRUE(records_[1].is_after_idle);
  EXPECT_EQ(meter_->counters().resumed_after_idle, 1U);
}

TEST_F(MeterTest, LongFlowsAreToldInPieces) {
  for (int second = 0; second < 700; second += 10) {
    gateway(second * 1000, client(kAck, 100 + static_cast<std::uint32_t>(second), 1, 10));
  }
  meter_->finish();
  ASSERT_THAT(records_, SizeIs(3));
  EXPECT_EQ(records_[0].end_reason, EndReason::kActive);
  EXPECT_EQ(records_[0].forward.packets, 30U);
  EXPECT_TRUE(records_[1].is_continued);
  EXPECT_EQ(records_[1].forward.retransmits, 0U);
  EXPECT_EQ(records_[0].forward.packets + records_[1].forward.packets + records_[2].forward.packets,
            70U);
}

TEST_F(MeterTest, PortsAreUsedAgain) {
  gateway(0, client(kSyn, 100, 0));
  gateway(1, client(kRst, 101, 0));
  gateway(1000, client(kSyn, 90'000, 0));
  gateway(1001, client(kSyn, 90'000, 0));
  meter_->finish();
  ASSERT_THAT(records_, SizeIs(2));
  EXPECT_EQ(records_[1].forward.retransmits, 1U);
}

TEST_F(MeterTest, FragmentsJoinTheirFlow) {
  Bytes first = udp("10.1.0.1", "10.1.0.2", 5, 53, 100);
  first[4] = std::byte{0x12};
  first[6] = std::byte{0x20};
  Bytes second = packet::ip_packet(ip("10.1.0.1"), ip("10.1.0.2"), packet::kUdp, Bytes(80));
  second[4] = std::byte{0x12};
  second[6] = std::byte{0x00};
  second[7] = std::byte{14};
  gateway(0, first);
  gateway(1, second);
  second[4] = std::byte{0x13};
  gateway(2, second);
  meter_->finish();
  ASSERT_THAT(records_, SizeIs(2));
  EXPECT_EQ(records_[0].forward.packets, 2U);
  EXPECT_EQ(records_[0].fragments, 2U);
  EXPECT_EQ(meter_->counters().orphan_fragments, 1U);
}

TEST_F(MeterTest, EchoRequestAndReplyAreOneFlow) {
  gateway(0, packet::icmp_packet(ip("10.1.0.1"), ip("10.1.0.2"), 8, 0, 77, 1, {}));
  gateway(9, packet::icmp_packet(ip("10.1.0.2"), ip("10.1.0.1"), 0, 0, 77, 1, {}));
  gateway(10, packet::icmp_packet(ip("2001:db8::1"), ip("2001:db8::2"), 128, 0, 78, 1, {}));
  gateway(11, packet::icmp_packet(ip("2001:db8::2"), ip("2001:db8::1"), 129, 0, 78, 1, {}));
  meter_->finish();
  ASSERT_THAT(records_, SizeIs(2));
  EXPECT_EQ(records_[0].reverse.packets, 1U);
  EXPECT_EQ(records_[1].reverse.packets, 1U);
}

TEST_F(MeterTest, HttpInTheClear) {
  const auto text = [](std::string_view words) {
    const auto* const begin = reinterpret_cast<const std::byte*>(words.data());
    return Bytes(begin, begin + words.size());
  };
  gateway(0, packet::tcp_packet(ip("10.1.0.5"), ip("10.2.0.9"), {1000, 80, 1, 1, kAck},
                                text("GET /index.html HTTP/1.1\r\n\r\n")));
  gateway(40, packet::tcp_packet(ip("10.2.0.9"), ip("10.1.0.5"), {80, 1000, 1, 29, kAck},
                                 text("HTTP/1.1 503 Service Unavailable\r\n\r\n")));
  meter_->finish();
  ASSERT_THAT(records_, SizeIs(1));
  EXPECT_EQ(records_[0].http_requests, 1U);
  EXPECT_EQ(records_[0].http_responses, 1U);
  EXPECT_EQ(records_[0].http_status, 503);
  EXPECT_EQ(records_[0].http_response_us, 40'000U);
  EXPECT_THAT(to_json(records_[0]), HasSubstr("\"http_status\":503"));
}

TEST_F(MeterTest, TooManyFlowsEndTheQuietestOnesEarly) {
  MeterOptions options;
  options.max_flows = 100;
  reset(options);
  for (std::uint16_t port = 1; port <= 1000; ++port) {
    gateway(port, udp("10.1.0.1", "10.1.0.2", port, 53));
  }
  meter_->finish();
  EXPECT_THAT(records_, SizeIs(1000));
  EXPECT_EQ(meter_->counters().evicted, 900U);
}

// A plain reference: a map by text, no timeouts, counts alone.
TEST_F(MeterTest, AgreesWithAPlainReferenceAndWithItselfInShards) {
  struct Packet {
    std::int64_t time_ms;
    Bytes inner;
    std::uint64_t endpoint;
  };
  std::mt19937 random(20'231'114);
  std::vector<Packet> packets;
  using Key = std::tuple<std::uint64_t, std::string, int, std::string, int>;
  std::map<Key, std::array<std::uint64_t, 4>> expected;  // packets, bytes; back: packets, bytes
  for (int i = 0; i < 20'000; ++i) {
    const std::uint64_t endpoint = random() % 3;
    const std::string a = "10.0.0." + std::to_string(random() % 20);
    const std::string b = "10.0.1." + std::to_string(random() % 20);
    const auto port = static_cast<std::uint16_t>(1000 + random() % 20);
    const bool is_back = random() % 2 == 1;
    const std::size_t size = random() % 500;
    packets.push_back(
        {i, is_back ? udp(b, a, 53, port, size) : udp(a, b, port, 53, size), endpoint});
    auto& counts = expected[{endpoint, a, port, b, 53}];
    counts[is_back ? 2 : 0] += 1;
    counts[is_back ? 3 : 1] += size + 28;
  }
  const auto totals = [](const std::vector<FlowRecord>& records) {
    std::map<Key, std::array<std::uint64_t, 4>> sums;
    for (const FlowRecord& record : records) {
      const bool is_forward = record.destination_port == 53;
      const FlowSide& there = is_forward ? record.forward : record.reverse;
      const FlowSide& back = is_forward ? record.reverse : record.forward;
      const std::string source = to_string(is_forward ? record.source : record.destination);
      const std::string destination = to_string(is_forward ? record.destination : record.source);
      auto& counts =
          sums[{record.gateway.endpoint, source,
                is_forward ? record.source_port : record.destination_port, destination, 53}];
      counts[0] += there.packets;
      counts[1] += there.bytes;
      counts[2] += back.packets;
      counts[3] += back.bytes;
    }
    return sums;
  };
  MeterOptions options;
  options.max_flows = 4096;
  reset(options);
  for (const Packet& packet : packets) {
    gateway(packet.time_ms, packet.inner, packet.endpoint);
  }
  meter_->finish();
  EXPECT_EQ(totals(records_), expected);

  std::vector<FlowRecord> sharded;
  for (std::uint32_t shard = 0; shard < 3; ++shard) {
    options.shard = shard;
    options.num_shards = 3;
    reset(options);
    for (const Packet& packet : packets) {
      gateway(packet.time_ms, packet.inner, packet.endpoint);
    }
    meter_->finish();
    sharded.insert(sharded.end(), records_.begin(), records_.end());
  }
  EXPECT_EQ(totals(sharded), expected);
}

TEST_F(MeterTest, FlowLogLines) {
  gateway(0, udp("10.1.0.1", "10.1.0.2", 5, 53));
  meter_->finish();
  EXPECT_EQ(
      to_flow_log_lines(records_[0]),
      "2 - eni-00000000000000007 10.1.0.1 10.1.0.2 5 53 17 1 38 1700000000 1700000000 - OK\n");
}

}  // namespace
}  // namespace weir::flow

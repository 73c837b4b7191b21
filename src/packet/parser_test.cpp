#include "packet/parser.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string_view>

#include "packet/builder.h"
#include "packet/packet_text.h"
#include "packet/statistics.h"

namespace weir::packet {
namespace {

using ::testing::HasSubstr;

IpAddress ip(std::string_view text) { return *parse_ip(text); }

Bytes hex_bytes(std::string_view text) {
  Bytes bytes;
  int half = -1;
  for (const char c : text) {
    const int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
    if (digit < 0) {
      continue;
    }
    if (half < 0) {
      half = digit;
    } else {
      bytes.push_back(static_cast<std::byte>(half * 16 + digit));
      half = -1;
    }
  }
  return bytes;
}

// The worked example of a Gateway Load Balancer's packet: 122 bytes.
Bytes gateway_example() {
  return hex_bytes(
      "0200 0000 0001 0200 0000 0002 0800"
      "4500 006c 0000 4000 fe11 6614 0a00 010a 0a00 0163"
      "ea61 17c1 0058 0000"
      "0800 0800 0000 0000"
      "0108 0102 2b8e e1d4 db0c 51c4"
      "0108 0202 0001 0203 0405 0607"
      "0108 0301 dead beef"
      "4500 0028 0000 4000 4006 0690 0a01 0005 c633 6407"
      "c738 01bb 0000 0001 0000 0000 5002 faf0 b7bc 0000");
}

Bytes inner_tcp() {
  return tcp_packet(ip("10.1.0.5"), ip("198.51.100.7"), {51'000, 443, 1, 0, 2}, {});
}

// Puts the payload of a tunnel's UDP datagram into a frame.
Bytes outer(std::span<const std::byte> payload, std::uint16_t port = 6081) {
  return ethernet_frame(0x0800,
                        udp_packet(ip("10.0.1.10"), ip("10.0.1.99"), 60'001, port, payload));
}

class ParserTest : public ::testing::Test {
 protected:
  Verdict parse(std::span<const std::byte> frame, LinkType link = LinkType::kEthernet) {
    return parse_with(Parser(), frame, link);
  }
  Verdict parse_with(const Parser& parser, std::span<const std::byte> frame,
                     LinkType link = LinkType::kEthernet) {
    return parser.parse(frame, static_cast<std::uint32_t>(frame.size()), link, view_);
  }
  PacketView view_;
};

TEST_F(ParserTest, WorkedExampleOfAGateway) {
  const Bytes frame = gateway_example();
  ASSERT_EQ(frame.size(), 122U);
  ASSERT_EQ(parse(frame), Verdict::kKept);
  EXPECT_EQ(view_.flags, 0U);
  ASSERT_EQ(view_.num_tunnels, 1);
  EXPECT_EQ(view_.tunnels[0].kind, TunnelKind::kGeneve);
  EXPECT_EQ(view_.tunnels[0].vni, 0U);
  EXPECT_EQ(view_.tunnels[0].protocol, 0x0800);
  EXPECT_EQ(view_.tunnels[0].num_options, 3);
  EXPECT_EQ(view_.gateway.present, 7);
  EXPECT_EQ(view_.gateway.endpoint, 0x2b8ee1d4db0c51c4U);
  EXPECT_EQ(view_.gateway.attachment, 0x0001020304050607U);
  EXPECT_EQ(view_.gateway.cookie, 0xdeadbeefU);
  ASSERT_TRUE(view_.has_inner_ip());
  const IpLayer& inner = view_.inner_ip();
  EXPECT_EQ(inner.offset, 82U);
  EXPECT_EQ(inner.length, 40U);
  EXPECT_EQ(to_string(view_.source(inner)), "10.1.0.5");
  EXPECT_EQ(to_string(view_.destination(inner)), "198.51.100.7");
  EXPECT_EQ(inner.source_port, 51'000);
  EXPECT_EQ(inner.destination_port, 443);
  EXPECT_EQ(inner.protocol, kTcp);
}

TEST_F(ParserTest, TheBuilderMakesTheWorkedExample) {
  const Bytes packet = GeneveBuilder()
                           .protocol(0x0800)
                           .gateway(0x2b8ee1d4db0c51c4, 0x0001020304050607, 0xdeadbeef)
                           .payload(inner_tcp())
                           .build()
                           .value();
  const Bytes example = gateway_example();
  EXPECT_EQ(packet, Bytes(example.begin() + 42, example.end()));
}

TEST_F(ParserTest, EveryCutOfAGoodPacketIsCalledCutNotMalformed) {
  const Bytes frame = gateway_example();
  const Parser parser;
  for (std::uint32_t size = 0; size < frame.size(); ++size) {
    const Bytes copy(frame.begin(), frame.begin() + size);  // its own bounds, for the sanitizer
    const Verdict verdict = parser.parse(copy, 122, LinkType::kEthernet, view_);
    EXPECT_EQ(verdict, size < 42 ? Verdict::kOuterShort : Verdict::kKept) << size;
    EXPECT_EQ(view_.flags & ~bit(Flag::kGwlbIncomplete), bit(Flag::kSnaplenCut)) << size;
    EXPECT_EQ(view_.has_inner_ip(), size >= 102) << size;
  }
}

TEST_F(ParserTest, EveryTruncationOfThePacketItselfIsNamed) {
  const Bytes frame = gateway_example();
  for (std::size_t size = 0; size < frame.size(); ++size) {
    const Bytes copy(frame.begin(), frame.begin() + static_cast<std::ptrdiff_t>(size));
    const Verdict verdict = parse(copy);
    EXPECT_EQ(verdict, size < 34 ? Verdict::kOuterShort : Verdict::kOuterIpLength) << size;
  }
}

TEST_F(ParserTest, VersionIsCheckedFirst) {
  for (std::uint8_t version = 1; version < 4; ++version) {
    EXPECT_EQ(
        parse(outer(*GeneveBuilder().override_version(version).override_option_words(63).build())),
        Verdict::kGeneveVersion);
  }
}

TEST_F(ParserTest, ShortHeaders) {
  const Bytes header = *GeneveBuilder().build();
  for (std::size_t size = 0; size < 8; ++size) {
    EXPECT_EQ(parse(outer(std::span(header).first(size))), Verdict::kGeneveShort);
    EXPECT_EQ(parse(outer(std::span(header).first(size), 4789)), Verdict::kVxlanShort);
  }
  EXPECT_EQ(parse(outer(header)), Verdict::kKept);
  EXPECT_TRUE(view_.has(Flag::kInnerEmpty));
}

TEST_F(ParserTest, OptionLengthsMustSumUp) {
  const std::byte word[4]{};
  EXPECT_EQ(parse(outer(*GeneveBuilder().option(0x0100, 1, word).override_option_words(3).build())),
            Verdict::kGeneveOptlen);
  // The second option claims 4 bytes of data where the area holds its header alone.
  const Bytes past = hex_bytes("0300 6558 0000 0000  0100 0101 0000 0000  0100 0201  0000 0000");
  EXPECT_EQ(parse(outer(past)), Verdict::kGeneveOptionLength);
}

TEST_F(ParserTest, CriticalOptionsByRole) {
  const std::byte word[4]{};
  const Bytes unknown = outer(
      *GeneveBuilder().protocol(0x0800).option(0xfff0, 0x81, word).payload(inner_tcp()).build());
  EXPECT_EQ(parse(unknown), Verdict::kKept);
  EXPECT_TRUE(view_.has(Flag::kCriticalUnknown));
  EXPECT_TRUE(view_.has_inner_ip());
  EXPECT_FALSE(view_.has(Flag::kCBitMismatch));

  ParserOptions options;
  options.role = Role::kEndpoint;
  Parser endpoint(options);
  EXPECT_EQ(parse_with(endpoint, unknown), Verdict::kGeneveCriticalUnknown);
  // Who registers a decoder understands the class.
  endpoint.register_decoder(0xfff0, [](const OptionView&, FieldMap&) { return true; });
  EXPECT_EQ(parse_with(endpoint, unknown), Verdict::kKept);
  endpoint.unregister_decoder(0xfff0);
  EXPECT_EQ(parse_with(endpoint, unknown), Verdict::kGeneveCriticalUnknown);
}

TEST_F(ParserTest, TheCriticalBitIsPartOfTheType) {
  const std::byte word[4]{};
  // 0x83 of the gateway's class is no variant of its type 3.
  EXPECT_EQ(parse(outer(*GeneveBuilder().option(0x0108, 0x83, word).build())), Verdict::kKept);
  EXPECT_TRUE(view_.has(Flag::kCriticalUnknown));
  EXPECT_EQ(view_.gateway.present, 0);
}

TEST_F(ParserTest, CBitMismatchIsCountedApartAndDropsInStrictModeAlone) {
  const std::byte word[4]{};
  ParserOptions options;
  options.is_strict = true;
  const Parser strict(options);
  for (const bool is_set : {true, false}) {
    const Bytes frame = outer(*GeneveBuilder()
                                   .option(0x0100, is_set ? 0x01 : 0x81, word)
                                   .override_critical_bit(is_set)
                                   .build());
    EXPECT_EQ(parse(frame), Verdict::kKept);
    EXPECT_TRUE(view_.has(Flag::kCBitMismatch));
    EXPECT_EQ(parse_with(strict, frame), Verdict::kGeneveCBit);
  }
  EXPECT_EQ(parse(outer(*GeneveBuilder().override_critical_bit(true).build())), Verdict::kKept);
  EXPECT_TRUE(view_.has(Flag::kCBitMismatch));
}

TEST_F(ParserTest, ControlMessagesAreNoData) {
  EXPECT_EQ(parse(outer(*GeneveBuilder().control(true).payload(inner_tcp()).build())),
            Verdict::kGeneveControl);
}

TEST_F(ParserTest, ReservedBitsAreIgnored) {
  EXPECT_EQ(parse(outer(*GeneveBuilder()
                             .protocol(0x0800)
                             .override_reserved(0x3f, 0xff)
                             .payload(inner_tcp())
                             .build())),
            Verdict::kKept);
  EXPECT_TRUE(view_.has(Flag::kReservedSet));
  EXPECT_TRUE(view_.has_inner_ip());
}

TEST_F(ParserTest, LengthOfAKnownOption) {
  const std::byte word[4]{};
  EXPECT_EQ(parse(outer(*GeneveBuilder().option(0x0108, 1, word).build())), Verdict::kKept);
  EXPECT_TRUE(view_.has(Flag::kTlvLength));
  EXPECT_FALSE(view_.has(Flag::kGwlbIncomplete));
}

TEST_F(ParserTest, GatewayOptionsInAnyOrderAndIncomplete) {
  const std::byte eight[8]{std::byte{1}};
  EXPECT_EQ(parse(outer(*GeneveBuilder()
                             .option(0x0108, 3, std::span(eight).first(4))
                             .option(0x0108, 1, eight)
                             .option(0x0108, 2, eight)
                             .build())),
            Verdict::kKept);
  EXPECT_EQ(view_.gateway.present, 7);
  EXPECT_EQ(view_.gateway.cookie, 0x01000000U);
  EXPECT_EQ(parse(outer(*GeneveBuilder().option(0x0108, 1, eight).build())), Verdict::kKept);
  EXPECT_TRUE(view_.has(Flag::kGwlbIncomplete));
}

// Found by the fuzzer: the second profile's rows take other types and lengths of the same class.
TEST_F(ParserTest, GatewayIdsComeFromTheGatewaysOwnLayoutsAlone) {
  ParserOptions options;
  options.profiles = {Profile::kGwlb, Profile::kLibgeneve16, Profile::kLibgeneve};
  const Parser parser(options);
  const Bytes data(16, std::byte{7});
  for (const unsigned type : {0U, 1U, 4U, 200U}) {
    for (const std::size_t size : {std::size_t{4}, std::size_t{16}}) {
      const Bytes payload =
          *GeneveBuilder()
               .option(0x0108, static_cast<std::uint8_t>(type), std::span(data).first(size))
               .build();
      EXPECT_EQ(parser.parse_geneve(payload, view_), Verdict::kKept);
      EXPECT_EQ(view_.gateway.present, 0);
    }
  }
}

TEST_F(ParserTest, TheOutermostGatewaySpeaks) {
  const Bytes inner =
      *GeneveBuilder().protocol(0x0800).gateway(9, 9, 9).payload(inner_tcp()).build();
  const Bytes frame =
      outer(*GeneveBuilder()
                 .protocol(0x0800)
                 .gateway(1, 2, 3)
                 .payload(udp_packet(ip("10.0.0.1"), ip("10.0.0.2"), 5, 6081, inner))
                 .build());
  ASSERT_EQ(parse(frame), Verdict::kKept);
  EXPECT_EQ(view_.num_tunnels, 2);
  EXPECT_EQ(view_.gateway.endpoint, 1U);
  EXPECT_EQ(view_.gateway.cookie, 3U);
}

TEST_F(ParserTest, NestingHasADepth) {
  Bytes packet = inner_tcp();
  for (int level = 0; level < 4; ++level) {
    packet =
        udp_packet(ip("10.0.0.1"), ip("10.0.0.2"), 7, 4789,
                   vxlan_packet(static_cast<std::uint32_t>(level), ethernet_frame(0x0800, packet)));
  }
  EXPECT_EQ(parse(ethernet_frame(0x0800, packet)), Verdict::kKept);
  EXPECT_EQ(view_.num_tunnels, 4);
  EXPECT_EQ(view_.inner_ip().destination_port, 443);
  packet = outer(*GeneveBuilder().protocol(0x0800).payload(packet).build());
  EXPECT_EQ(parse(packet), Verdict::kTunnelTooDeep);
  EXPECT_EQ(view_.num_tunnels, 4);
}

TEST_F(ParserTest, OneCapOnOptionsOverAllLevels) {
  GeneveBuilder builder;
  for (int i = 0; i < 40; ++i) {
    builder.option(0x0100, 1, {});
  }
  const Bytes inner = *builder.payload(inner_tcp()).protocol(0x0800).build();
  EXPECT_EQ(parse(outer(inner)), Verdict::kKept);
  EXPECT_EQ(view_.num_options, 40);
  const Bytes twice =
      outer(*builder.payload(udp_packet(ip("10.0.0.1"), ip("10.0.0.2"), 5, 6081, inner)).build());
  EXPECT_EQ(parse(twice), Verdict::kOptionsLimit);
}

TEST_F(ParserTest, MirrorsTruncateAndLengthsStayTrue) {
  const Bytes payload(1000);
  const Bytes whole = udp_packet(ip("10.1.0.5"), ip("10.1.0.6"), 1000, 2000, payload);
  const Bytes cut(whole.begin(), whole.begin() + 64);
  EXPECT_EQ(parse(outer(vxlan_packet(77, ethernet_frame(0x0800, cut)), 4789)), Verdict::kKept);
  EXPECT_TRUE(view_.has(Flag::kInnerTruncated));
  EXPECT_EQ(view_.inner_ip().length, 1028U);
  EXPECT_EQ(view_.inner_ip().destination_port, 2000);
}

TEST_F(ParserTest, UnknownProtocolStaysOpaque) {
  EXPECT_EQ(parse(outer(*GeneveBuilder().protocol(0x1234).payload(inner_tcp()).build())),
            Verdict::kKept);
  EXPECT_TRUE(view_.has(Flag::kUnknownProtocol));
  EXPECT_FALSE(view_.has_inner_ip());
}

TEST_F(ParserTest, TheProtocolTypeDecidesNotTheBytes) {
  EXPECT_EQ(parse(outer(*GeneveBuilder().protocol(0x86dd).payload(inner_tcp()).build())),
            Verdict::kKept);
  EXPECT_FALSE(view_.has_inner_ip());
}

TEST_F(ParserTest, VxlanNeedsItsVni) {
  Bytes packet = vxlan_packet(5, ethernet_frame(0x0800, inner_tcp(), 42));
  EXPECT_EQ(parse(outer(packet, 4789)), Verdict::kKept);
  EXPECT_TRUE(view_.tunnels[0].has_vlan);
  EXPECT_EQ(view_.tunnels[0].vlan, 42);
  EXPECT_TRUE(view_.has_inner_ip());
  packet[0] = std::byte{0xf7};
  EXPECT_EQ(parse(outer(packet, 4789)), Verdict::kVxlanNoVni);
}

TEST_F(ParserTest, OuterFaults) {
  const Bytes payload = *GeneveBuilder().payload(inner_tcp()).build();
  Bytes fragment = outer(payload);
  fragment[20] = std::byte{0x20};  // more fragments
  EXPECT_EQ(parse(fragment), Verdict::kOuterFragment);
  fragment[21] = std::byte{0x05};  // and an offset
  EXPECT_EQ(parse(fragment), Verdict::kOuterFragment);
  Bytes length = outer(payload);
  length[39] = std::byte{0x07};
  length[38] = std::byte{0x00};
  EXPECT_EQ(parse(length), Verdict::kOuterUdpLength);
  Bytes version = outer(payload);
  version[14] = std::byte{0x65};
  EXPECT_EQ(parse(version), Verdict::kOuterIpVersion);
  EXPECT_EQ(parse(outer(payload, 53)), Verdict::kNotTunnel);
  EXPECT_EQ(parse(ethernet_frame(0x0806, payload)), Verdict::kNotTunnel);
}

TEST_F(ParserTest, LinkTypes) {
  const Bytes packet = udp_packet(ip("2001:db8::1"), ip("2001:db8::2"), 7, 6081,
                                  *GeneveBuilder().protocol(0x0800).payload(inner_tcp()).build());
  EXPECT_EQ(parse(packet, LinkType::kRawIp), Verdict::kKept);
  EXPECT_TRUE(view_.has_inner_ip());
  EXPECT_EQ(parse(packet, LinkType::kIpv6), Verdict::kKept);
  EXPECT_EQ(parse(packet, LinkType::kIpv4), Verdict::kOuterIpVersion);
  Bytes cooked(16);
  cooked[14] = std::byte{0x86};
  cooked[15] = std::byte{0xdd};
  cooked.insert(cooked.end(), packet.begin(), packet.end());
  EXPECT_EQ(parse(cooked, LinkType::kLinuxSll), Verdict::kKept);
  Bytes cooked2(20);
  cooked2[0] = std::byte{0x86};
  cooked2[1] = std::byte{0xdd};
  cooked2.insert(cooked2.end(), packet.begin(), packet.end());
  EXPECT_EQ(parse(cooked2, LinkType::kLinuxSll2), Verdict::kKept);
  EXPECT_TRUE(view_.has_inner_ip());
}

TEST_F(ParserTest, Ipv6ExtensionHeadersAndFragments) {
  // Hop-by-hop, destination options, then a first fragment of TCP.
  Bytes payload = hex_bytes("3c00 0104 0000 0000  2c00 0104 0000 0000  0600 0001 1234 5678");
  const Bytes tcp = inner_tcp();
  payload.insert(payload.end(), tcp.begin() + 20, tcp.end());
  Bytes packet = ip_packet(ip("2001:db8::1"), ip("2001:db8::2"), 0, payload);
  EXPECT_EQ(parse(outer(*GeneveBuilder().protocol(0x86dd).payload(packet).build())),
            Verdict::kKept);
  ASSERT_TRUE(view_.has_inner_ip());
  EXPECT_EQ(view_.inner_ip().protocol, kTcp);
  EXPECT_EQ(view_.inner_ip().destination_port, 443);
  EXPECT_TRUE(view_.has(Flag::kInnerFragment));
  EXPECT_EQ(view_.inner_ip().fragment_id, 0x12345678U);
  packet[40 + 18] = std::byte{1};  // a later fragment: what follows is not TCP's header
  EXPECT_EQ(parse(outer(*GeneveBuilder().protocol(0x86dd).payload(packet).build())),
            Verdict::kKept);
  EXPECT_FALSE(view_.inner_ip().has_ports);
}

TEST_F(ParserTest, JumbogramsAndOffloadedLengths) {
  Bytes payload = hex_bytes("0600 c204 0001 1170");  // hop-by-hop: jumbo payload of 70,000 bytes
  const Bytes tcp = inner_tcp();
  payload.insert(payload.end(), tcp.begin() + 20, tcp.end());
  payload.resize(70'000);
  Bytes packet = ip_packet(ip("2001:db8::1"), ip("2001:db8::2"), 0, payload);
  packet[4] = packet[5] = std::byte{0};
  Bytes frame = outer(*GeneveBuilder().protocol(0x86dd).payload(packet).build());
  frame[16] = frame[17] = std::byte{0};  // IPv4 total length
  frame[38] = frame[39] = std::byte{0};  // UDP length
  EXPECT_EQ(parse(frame), Verdict::kKept);
  EXPECT_EQ(view_.inner_ip().length, 70'040U);
  EXPECT_EQ(view_.inner_ip().destination_port, 443);
}

TEST_F(ParserTest, UdpPayloadsOfASocket) {
  const Bytes payload =
      *GeneveBuilder().protocol(0x0800).gateway(1, 2, 3).payload(inner_tcp()).build();
  const Parser parser;
  EXPECT_EQ(parser.parse_geneve(payload, view_), Verdict::kKept);
  EXPECT_TRUE(view_.has_inner_ip());
  EXPECT_EQ(view_.gateway.cookie, 3U);
  EXPECT_EQ(parser.parse_vxlan(vxlan_packet(9, ethernet_frame(0x0800, inner_tcp())), view_),
            Verdict::kKept);
  EXPECT_EQ(view_.inner_ip().destination_port, 443);
}

TEST_F(ParserTest, WithoutVendorDecodingVerdictsAreTheSame) {
  ParserOptions options;
  options.decodes_vendor_options = false;
  EXPECT_EQ(parse_with(Parser(options), gateway_example()), Verdict::kKept);
  EXPECT_EQ(view_.gateway.present, 0);
  EXPECT_EQ(view_.num_options, 3);
}

TEST_F(ParserTest, StatisticsAddUp) {
  Statistics statistics;
  const Parser parser;
  const std::byte word[4]{};
  const Bytes frames[] = {
      gateway_example(), outer(*GeneveBuilder().override_version(1).build()), outer({}, 53),
      outer(*GeneveBuilder().vni(7).option(0x0100, 1, word).payload(inner_tcp()).build())};
  for (const Bytes& frame : frames) {
    (void)parse_with(parser, frame);
    statistics.add(view_);
  }
  EXPECT_EQ(statistics.received(), 4U);
  EXPECT_EQ(statistics.kept(), 2U);
  EXPECT_EQ(statistics.skipped(), 1U);
  EXPECT_EQ(statistics.dropped(), 1U);
  EXPECT_EQ(statistics.options(), 4U);
  Statistics sum = statistics;
  sum.merge(statistics);
  EXPECT_EQ(sum.received(), 8U);
  EXPECT_THAT(to_json(sum), HasSubstr("\"geneve_version\":2"));
  EXPECT_THAT(to_json(sum), HasSubstr("\"0x0108/0x01\":2"));
  EXPECT_THAT(to_prometheus(sum), HasSubstr("dropped_total{reason=\"geneve_version\"} 2"));
}

// However many networks and option types there are: those that are listed and the others together
// are all.
TEST_F(ParserTest, StatisticsTellWhatTheyDoNotList) {
  Statistics statistics;
  const Parser parser;
  const std::byte word[4]{};
  for (std::uint32_t vni = 1; vni <= 1100; ++vni) {
    const auto vendor = static_cast<std::uint16_t>(0x2000 + vni);
    const Bytes frame = outer(*GeneveBuilder().vni(vni).option(vendor, 1, word).build());
    (void)parse_with(parser, frame);
    statistics.add(view_);
  }
  ASSERT_EQ(statistics.kept(), 1100U);
  EXPECT_THAT(to_json(statistics), HasSubstr("\"other_vnis\":1000"));
  EXPECT_THAT(to_json(statistics), HasSubstr("\"other_option_types\":1000"));
  EXPECT_THAT(to_json(statistics), HasSubstr("\"other_protocols\":0"));
  const std::string text = to_text(statistics);
  const std::string others = fmt::format("  {:<24}{:>16}\n", "others", "1,090");
  const std::size_t networks = text.find("networks (VNI)\n");
  ASSERT_NE(networks, std::string::npos);
  EXPECT_THAT(text.substr(0, networks), HasSubstr(others));
  EXPECT_THAT(text.substr(networks), HasSubstr(others));
}

TEST_F(ParserTest, OneOptionIsNotSeveral) {
  const Parser parser;
  const std::byte word[4]{};
  const Bytes frame =
      outer(*GeneveBuilder().vni(7).option(0x0100, 1, word).payload(inner_tcp()).build());
  (void)parse_with(parser, frame);
  EXPECT_THAT(to_line(parser, view_, 1, 0), HasSubstr("vni 7, 1 option |"));
}

}  // namespace
}  // namespace weir::packet

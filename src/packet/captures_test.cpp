// Captures that others wrote, with the values that they expect. Skipped aloud where these are not
// at hand.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "io/file_system.h"
#include "packet/capture_reader.h"
#include "packet/parser.h"
#include "packet/statistics.h"
#include "packet/vendor_option.h"

namespace weir::packet {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

struct Expected {
  const char* file;
  std::uint64_t packets;
  std::set<std::uint32_t> vnis;
  std::map<std::string, std::uint64_t> counts;  // what is named here; the rest is free
};

const std::vector<Expected>& expectations() {
  static const std::vector<Expected> table{
      {"zeek-geneve.pcap", 6, {0}, {{"options", 3}, {"icmp", 6}, {"geneve", 6}}},
      {"zeek-geneve-many-options.pcap", 10, {786734}, {{"options", 30}, {"tcp", 10}}},
      {"zeek-geneve-tagged-udp-packet.pcap", 4, {100}, {{"options", 4}, {"udp", 4}}},
      {"zeek-geneve-47101.pcap", 24, {0x1092}, {{"options", 0}, {"tcp", 24}}},
      {"zeek-geneve-ipv6.pcap", 2, {0x123456}, {{"udp", 2}, {"v6", 2}}},
      {"zeek-geneve-arp.pcap", 1, {1}, {{"v4", 0}, {"v6", 0}}},
      {"zeek-geneve-inner-tcp-bad-checksum.pcap", 1, {42}, {{"tcp", 1}}},
      {"zeek-geneve-truncated.pcapng", 1, {0}, {{"inner_empty", 1}, {"options", 1}}},
      {"zeek-geneve-vxlan-dns-truncated.pcap",
       2,
       {4242},
       {{"geneve", 2}, {"vxlan", 2}, {"nested", 2}, {"udp", 2}, {"snaplen_cut", 2}}},
      {"suricata-geneve-decoder-input.pcap", 10, {0x7b}, {{"icmp", 8}, {"v4", 8}}},
      {"tcpdump-geneve.pcap", 39, {10, 11}, {{"options", 19}, {"critical_unknown", 19}}},
      {"tcpdump-geneve-gcp.pcap", 1, {0}, {{"options", 3}, {"critical_unknown", 0}}},
      {"tcpdump-gso-ipv4-geneve-ipv4.pcap", 1, {5001}, {{"v4", 1}, {"tcp", 1}, {"bytes", 7042}}},
      {"tcpdump-gso-ipv4-geneve-ipv6.pcap", 1, {5001}, {{"v6", 1}, {"tcp", 1}, {"bytes", 4206}}},
      {"tcpdump-gso-ipv6-geneve-ipv4.pcap", 1, {5001}, {{"v4", 1}, {"tcp", 1}, {"bytes", 6942}}},
      {"tcpdump-gso-ipv6-geneve-ipv6.pcap", 1, {5001}, {{"v6", 1}, {"tcp", 1}, {"bytes", 6862}}},
      {"tcpdump-gso-ipv6-vxlan-ipv4.pcap", 1, {5001}, {{"v4", 1}, {"vxlan", 1}, {"bytes", 6942}}},
      {"tcpdump-bigtcp-ipv4-geneve-ipv4.pcap", 1, {5001}, {{"tcp", 1}, {"bytes", 80'052}}},
      {"gopacket-geneve2-4.pcap", 3, {10}, {{"icmp", 3}, {"options", 2}}},
      {"gopacket-geneve1-linux_sll.pcap", 1, {0}, {{"icmp", 1}, {"geneve", 1}}},
      {"suricata-vxlan-decoder-03-vxlan.pcap", 100, {5569041}, {{"tcp", 82}, {"udp", 18}}},
      {"suricata-vxlan-decoder-01-input.pcap", 1, {37}, {{"skipped", 2}}},
      {"suricata-vxlan-decoder-02-vxlan.pcap", 10, {100}, {{"icmp", 8}}},
      {"tcpdump-vxlan_port_8472.pcap", 10, {100}, {{"icmp", 8}}},
      {"suricata-vxlan-non-zero-reserved-fields-input.pcap", 10, {11}, {{"reserved_set", 10}}},
      {"suricata-arp-detect-arp-04-vxlan-vxlan-arp.pcap", 2, {100}, {{"v4", 0}}},
      {"zeek-vxlan.pcap", 10, {123}, {{"icmp", 8}}},
      {"zeek-vxlan-encapsulated-http.pcap", 12, {1}, {{"tcp", 12}}},
      {"zeek-vxlan-encapsulated-igmp-v2.pcap", 3, {4242}, {{"v4", 3}}},
      {"zeek-vxlan-inner-tcp-bad-checksum.pcap", 1, {42}, {{"tcp", 1}}},
      {"zeek-vxlan-triple-v2.pcap", 1, {1, 2, 3}, {{"vxlan", 3}, {"udp", 1}}},
      {"pcapplusplus-Vxlan1.pcap", 1, {3'000'001}, {{"icmp", 1}}},
      {"pcapplusplus-Vxlan2.pcap", 1, {300}, {{"icmp", 1}}},
  };
  return table;
}

class Captures : public ::testing::Test {
 protected:
  void SetUp() override {
    const char* shared = std::getenv("WEIR_SHARED");
    const std::filesystem::path folder =
        shared != nullptr ? std::filesystem::path(shared)
                          : std::filesystem::path(WEIR_SOURCE_DIR) / ".." / "shared";
    captures_ = folder / "data" / "pcap";
    if (!std::filesystem::is_directory(captures_)) {
      GTEST_SKIP() << "the shared captures are not at " << captures_
                   << " (set WEIR_SHARED): nothing was compared";
    }
  }

  // Calls `take` with every packet.
  template <class Take>
  void each(const std::string& name, const Parser& parser, Take take) {
    auto source = files_->open_source((captures_ / name).string());
    ASSERT_TRUE(source.has_value()) << name;
    auto reader = CaptureReader::open(std::move(*source), name);
    ASSERT_TRUE(reader.has_value()) << reader.error().message;
    CapturedPacket captured;
    PacketView view;
    while ((*reader)->next(captured)) {
      (void)parser.parse(captured.frame, captured.wire_length, captured.link, view);
      take(view);
    }
    EXPECT_TRUE((*reader)->status().has_value()) << (*reader)->status().error().message;
    EXPECT_FALSE((*reader)->is_truncated()) << name;
  }

  std::unique_ptr<io::FileSystem> files_ = io::make_local_file_system();
  std::filesystem::path captures_;
};

TEST_F(Captures, GiveTheValuesOfTheirReadme) {
  const Parser parser;
  EXPECT_THAT(expectations(), SizeIs(33));
  for (const Expected& expected : expectations()) {
    Statistics statistics;
    each(expected.file, parser, [&](const PacketView& view) { statistics.add(view); });
    EXPECT_EQ(statistics.kept(), expected.packets) << expected.file;
    EXPECT_EQ(statistics.dropped(), 0U) << expected.file;
    std::set<std::uint32_t> vnis;
    for (const auto& count : statistics.vnis().top(100)) {
      vnis.insert(static_cast<std::uint32_t>(count.key));
    }
    EXPECT_EQ(vnis, expected.vnis) << expected.file;
    const std::map<std::string, std::uint64_t> found{
        {"options", statistics.options()},
        {"tcp", statistics.inner_protocol(kTcp)},
        {"udp", statistics.inner_protocol(kUdp)},
        {"icmp", statistics.inner_protocol(kIcmp)},
        {"v4", statistics.inner_v4()},
        {"v6", statistics.inner_v6()},
        {"geneve", statistics.tunnels(TunnelKind::kGeneve)},
        {"vxlan", statistics.tunnels(TunnelKind::kVxlan)},
        {"nested", statistics.nested()},
        {"bytes", statistics.inner_bytes()},
        {"skipped", statistics.skipped()},
        {"inner_empty", statistics.count(Flag::kInnerEmpty)},
        {"snaplen_cut", statistics.count(Flag::kSnaplenCut)},
        {"critical_unknown", statistics.count(Flag::kCriticalUnknown)},
        {"reserved_set", statistics.count(Flag::kReservedSet)},
    };
    for (const auto& [name, value] : expected.counts) {
      EXPECT_EQ(found.at(name), value) << expected.file << ": " << name;
    }
  }
}

TEST_F(Captures, AnEndpointDropsUnknownCriticalOptions) {
  ParserOptions options;
  options.role = Role::kEndpoint;
  Statistics statistics;
  each("tcpdump-geneve.pcap", Parser(options),
       [&](const PacketView& view) { statistics.add(view); });
  EXPECT_EQ(statistics.count(Verdict::kGeneveCriticalUnknown), 19U);
  EXPECT_EQ(statistics.kept(), 20U);
}

TEST_F(Captures, OptionsByTheirBytes) {
  const Parser parser;
  std::vector<std::string> texts;
  each("zeek-geneve-many-options.pcap", parser, [&](const PacketView& view) {
    if (texts.empty()) {
      for (const VendorOption& option : decode_options(parser, view)) {
        texts.push_back(describe(option, view).substr(0, 42));
      }
    }
  });
  EXPECT_THAT(texts, ElementsAre("@50 class 0x0100 (Linux) type 0x01 not dec",
                                 "@70 class 0x0100 (Linux) type 0x02 not dec",
                                 "@110 class 0x0100 (Linux) type 0x03 not de"));
  std::size_t largest = 0;
  each("gopacket-geneve2-4.pcap", parser, [&](const PacketView& view) {
    for (const VendorOption& option : decode_options(parser, view)) {
      largest = std::max(largest, option.option.data.size());
    }
  });
  EXPECT_EQ(largest, 124U);
}

TEST_F(Captures, GoogleOptionsAsTcpdumpReadsThem) {
  const Parser parser;
  each("tcpdump-geneve-gcp.pcap", parser, [&](const PacketView& view) {
    const auto options = decode_options(parser, view);
    ASSERT_THAT(options, SizeIs(3));
    EXPECT_EQ(options[0].vendor.name, "Google");
    EXPECT_EQ(*options[0].fields.get<std::uint64_t>("vnid"), 0x800000dU);
    EXPECT_EQ(*options[0].fields.get<std::string>("direction"), "egress");
    EXPECT_EQ(*options[2].fields.get<std::uint64_t>("profile_id"), 0x1234U);
  });
}

}  // namespace
}  // namespace weir::packet

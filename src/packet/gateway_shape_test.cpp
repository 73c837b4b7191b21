// The short cut for what gateways send gives what reading header by header gives, whatever the
// packet: made ones of every shape, each byte of them changed, cut everywhere.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/random.h"
#include "packet/builder.h"
#include "packet/parser.h"
#include "packet/view_difference.h"

namespace weir::packet {
namespace {

constexpr unsigned kSeed = 20'261'130;

class GatewayShapeTest : public ::testing::Test {
 protected:
  std::uint32_t pick(std::uint32_t limit) {
    return static_cast<std::uint32_t>(chance_.below(limit));
  }
  std::uint32_t word() { return static_cast<std::uint32_t>(chance_.next()); }
  bool one_in(std::uint32_t times) { return pick(times) == 0; }
  IpAddress address(bool is_v4) {
    return is_v4 ? IpAddress::from_v4(0x0a01'0000U | pick(65'536))
                 : IpAddress{0x2001'0db8'0000'0000U | pick(4), pick(1000)};
  }
  Bytes bytes(std::size_t size) {
    Bytes made(size);
    for (std::byte& byte : made) {
      byte = static_cast<std::byte>(pick(256));
    }
    return made;
  }

  Bytes inner(bool is_v4) {
    const IpAddress from = address(is_v4);
    const IpAddress to = address(is_v4);
    const std::uint16_t ports[] = {53, 443, 0, 6081, 4789, 8472, 4790, 40'000};
    const std::uint16_t port = ports[pick(8)];
    switch (pick(6)) {
      case 0:
        return icmp_packet(from, to, 8, 0, 7, 1, bytes(pick(60)));
      case 1:
        return ip_packet(from, to, static_cast<std::uint8_t>(pick(256)), bytes(pick(40)));
      case 2:
        return udp_packet(from, to, 1024, port, bytes(pick(80)));
      default:
        return tcp_packet(from, to, {port, 51'000, word(), 1, static_cast<std::uint8_t>(pick(64))},
                          bytes(pick(80)));
    }
  }

  Bytes frame() {
    const bool is_v4 = !one_in(5);
    GeneveBuilder builder;
    builder.protocol(is_v4 ? 0x0800 : 0x86dd).payload(one_in(20) ? Bytes() : inner(is_v4));
    builder.vni(one_in(4) ? pick(1U << 24) : 0);
    if (!one_in(8)) {
      builder.gateway(chance_.next(), chance_.next(), word());
    }
    if (one_in(8)) {
      builder.option(0x0108, static_cast<std::uint8_t>(pick(5)), bytes(4 * pick(4)));
    }
    Bytes made = ethernet_frame(0x0800, udp_packet(address(true), address(true), 60'001,
                                                   one_in(20) ? 4789 : 6081, *builder.build()));
    if (one_in(6)) {
      made.resize(made.size() + pick(30));  // a trailer
    }
    return made;
  }

  void compare(const Bytes& frame, std::uint32_t wire_length, LinkType link = LinkType::kEthernet) {
    for (const Parser& parser : parsers_) {
      PacketView quick;
      PacketView stepwise;
      // Of its own size, so that sanitizers see what is read past the end.
      const std::vector<std::byte> bytes(frame.begin(), frame.end());
      (void)parser.parse(bytes, wire_length, link, quick);
      (void)parser.parse_stepwise(bytes, wire_length, link, stepwise);
      num_plain_ += quick.verdict == Verdict::kKept && quick.gateway.present == 7 ? 1 : 0;
      const std::string difference = difference_of(quick, stepwise);
      ASSERT_EQ(difference, "") << "seed " << kSeed << ", " << frame.size() << " bytes";
    }
  }

  static ParserOptions with(void (*change)(ParserOptions& options)) {
    ParserOptions options;
    change(options);
    return options;
  }

  Random chance_{kSeed};
  std::vector<Parser> parsers_{
      Parser(),
      Parser(with([](ParserOptions& o) {
        o.role = Role::kEndpoint;
        o.is_strict = true;
        o.max_tunnels = 1;
        o.max_options = 3;
      })),
      Parser(with([](ParserOptions& o) { o.max_options = 2; })),
      Parser(with([](ParserOptions& o) { o.decodes_vendor_options = false; })),
      Parser(with([](ParserOptions& o) { o.profiles = {Profile::kLibgeneve}; })),
      Parser(with([](ParserOptions& o) {
        o.ports.geneve = {443, 6081};
        o.ports.vxlan = {53, 0};
      })),
  };
  std::uint64_t num_plain_ = 0;
};

TEST_F(GatewayShapeTest, MadePacketsWholeAndCut) {
  for (int i = 0; i < 4000; ++i) {
    Bytes made = frame();
    const auto size = static_cast<std::uint32_t>(made.size());
    compare(made, size);
    compare(made, size + pick(100));
    compare(made, size, static_cast<LinkType>(pick(6)));
    made.resize(pick(size + 1));
    compare(made, size);
    compare(made, static_cast<std::uint32_t>(made.size()));
  }
  EXPECT_GT(num_plain_, 20'000U);  // else nothing was tested
}

TEST_F(GatewayShapeTest, EveryBitOfAPacketChanged) {
  for (int i = 0; i < 12; ++i) {
    const Bytes made = frame();
    const std::size_t headers = std::min<std::size_t>(made.size(), 160);
    for (std::size_t at = 0; at < headers; ++at) {
      for (unsigned bit = 0; bit < 8; ++bit) {
        Bytes changed = made;
        changed[at] ^= static_cast<std::byte>(1U << bit);
        compare(changed, static_cast<std::uint32_t>(changed.size()));
      }
    }
  }
}

TEST_F(GatewayShapeTest, SeveralBytesOfAPacketChanged) {
  for (int i = 0; i < 20'000; ++i) {
    Bytes made = frame();
    const std::uint32_t num = 1 + pick(4);
    for (std::uint32_t change = 0; change < num; ++change) {
      const std::size_t at =
          pick(static_cast<std::uint32_t>(std::min<std::size_t>(made.size(), 130)));
      made[at] = one_in(2) ? std::byte{0} : static_cast<std::byte>(pick(256));
    }
    compare(made, static_cast<std::uint32_t>(made.size()) + (one_in(4) ? pick(40) : 0));
  }
}

}  // namespace
}  // namespace weir::packet

#include "packet/vendor_option.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <stdexcept>

#include "format/json_writer.h"
#include "packet/builder.h"
#include "packet/packet_text.h"
#include "packet/validator.h"

namespace weir::packet {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::SizeIs;

Bytes bytes_of(std::initializer_list<std::uint32_t> words) {
  Bytes bytes(words.size() * 4);
  std::size_t at = 0;
  for (const std::uint32_t word : words) {
    store_be32(bytes.data() + at, word);
    at += 4;
  }
  return bytes;
}

Parser parser_of(std::vector<Profile> profiles) {
  ParserOptions options;
  options.profiles = std::move(profiles);
  return Parser(options);
}

class VendorOptionTest : public ::testing::Test {
 protected:
  VendorOption decode(const Parser& parser, std::uint16_t option_class, std::uint8_t type,
                      const Bytes& data) {
    packet_ = GeneveBuilder().option(option_class, type, data).build().value();
    EXPECT_NE(parser.parse_geneve(packet_, view_), Verdict::kGeneveOptionLength);
    auto options = decode_options(parser, view_, &counters_);
    EXPECT_EQ(options.size(), 1U);
    return options.at(0);
  }
  Bytes packet_;
  PacketView view_;
  DecodeCounters counters_;
};

template <class T>
T value(const VendorOption& option, std::string_view key) {
  const T* const found = option.fields.get<T>(key);
  EXPECT_NE(found, nullptr) << key;
  return found == nullptr ? T() : *found;
}

TEST_F(VendorOptionTest, GatewayByDefault) {
  const Parser parser;
  const VendorOption endpoint = decode(parser, 0x0108, 1, bytes_of({0x2b8ee1d4, 0xdb0c51c4}));
  EXPECT_EQ(endpoint.vendor.name, "Amazon");
  EXPECT_EQ(endpoint.vendor.registry_name, "Amazon.com, Inc.");
  EXPECT_TRUE(endpoint.is_decoded);
  EXPECT_EQ(value<std::string>(endpoint, "gwlbe_eni"), "eni-02b8ee1d4db0c51c4");
  EXPECT_EQ(value<std::string>(decode(parser, 0x0108, 2, bytes_of({0x10203, 0x4050607})),
                               "gwlbe_attachment_id"),
            "0001020304050607");
  EXPECT_EQ(value<std::string>(decode(parser, 0x0108, 3, bytes_of({0xdeadbeef})), "flow_cookie"),
            "deadbeef");
  const VendorOption twin = decode(parser, 0x0167, 3, bytes_of({0xa000'0007}));
  EXPECT_EQ(value<std::uint64_t>(twin, "flow_direction"), 5U);
  EXPECT_EQ(value<std::string>(twin, "flow_cookie"), "00000007");
}

TEST_F(VendorOptionTest, TheWorkedExampleReadByTheOtherProfile) {
  const Parser parser = parser_of({Profile::kLibgeneve});
  const VendorOption vpc = decode(parser, 0x0108, 1, bytes_of({0x2b8ee1d4, 0xdb0c51c4}));
  EXPECT_EQ(value<std::uint64_t>(vpc, "vpc_id"), 730784212U);
  EXPECT_EQ(value<std::string>(vpc, "type"), "VPC Metadata");
  EXPECT_EQ(
      value<std::uint64_t>(decode(parser, 0x0108, 2, bytes_of({0x10203, 0x4050607})), "task_arn"),
      283686952306183U);
  EXPECT_EQ(value<std::uint64_t>(decode(parser, 0x0108, 3, bytes_of({0xdeadbeef})), "cluster_name"),
            3735928559U);
  EXPECT_EQ(view_.gateway.present, 0);  // they are no gateway's here
  EXPECT_EQ(value<std::string>(decode(parser, 0x0105, 9, bytes_of({1})), "type"),
            "Amazon Type 0x09");
  EXPECT_EQ(value<std::uint64_t>(decode(parser, 0x0007, 1, bytes_of({77})), "vpc_id"), 77U);
  EXPECT_EQ(value<std::uint64_t>(decode(parser, 0x0132, 1, bytes_of({5})), "cluster_id"), 5U);
  EXPECT_EQ(value<std::uint64_t>(decode(parser, 0x0132, 2, bytes_of({1, 0})), "instance_id"),
            0x1'0000'0000U);
  EXPECT_EQ(value<std::uint64_t>(decode(parser, 0x0132, 3, bytes_of({6})), "policy_id"), 6U);
}

TEST_F(VendorOptionTest, ProfilesAreTriedInOrder) {
  const Parser parser = parser_of({Profile::kGwlb, Profile::kLibgeneve});
  EXPECT_TRUE(decode(parser, 0x0108, 1, bytes_of({1, 2})).fields.find("gwlbe_eni") != nullptr);
  // What is no gateway's triple falls to the second.
  EXPECT_EQ(value<std::uint64_t>(decode(parser, 0x0108, 1, bytes_of({9})), "vpc_id"), 9U);
  EXPECT_FALSE(view_.has(Flag::kTlvLength));
}

TEST_F(VendorOptionTest, SixteenByteLayout) {
  const VendorOption option = decode(parser_of({Profile::kLibgeneve16}), 0x0105, 4,
                                     bytes_of({7, 8, 0x01020304, 0x05060708}));
  EXPECT_EQ(value<std::uint64_t>(option, "service_code"), 7U);
  EXPECT_EQ(value<std::uint64_t>(option, "region_code"), 8U);
  EXPECT_EQ(value<std::string>(option, "account_hash"), "0x0102030405060708");
}

TEST_F(VendorOptionTest, NsxAciCpacketAndInt) {
  const Parser parser;
  const VendorOption nsx = decode(parser, 0x0104, 1, bytes_of({1, 2, 0x0003'0004, 0x0a00'0001}));
  EXPECT_EQ(value<std::uint64_t>(nsx, "vsid"), 1U);
  EXPECT_EQ(value<std::uint64_t>(nsx, "source_vni"), 2U);
  EXPECT_EQ(value<std::string>(nsx, "flags"), "0x0003");
  EXPECT_EQ(value<std::uint64_t>(nsx, "policy_id"), 4U);
  EXPECT_EQ(value<std::string>(nsx, "source_tep"), "0x0a000001");
  const VendorOption aci =
      decode(parser, 0x0106, 1, bytes_of({0x0001'0002, 0x0003'0004, 5, 0x0006'0007}));
  EXPECT_EQ(value<std::uint64_t>(aci, "epg_id"), 1U);
  EXPECT_EQ(value<std::uint64_t>(aci, "contract_id"), 4U);
  EXPECT_EQ(value<std::string>(aci, "flags"), "0x00000005");
  EXPECT_EQ(value<std::uint64_t>(aci, "application_id"), 7U);
  const VendorOption cpacket =
      decode(parser, 0x0164, 0,
             bytes_of({42, 0x05dc'0001, 0x0000'6553, 0xf100'0000, 0x0007'0000, 0x0009'000a}));
  EXPECT_EQ(value<std::uint64_t>(cpacket, "packet_id"), 42U);
  EXPECT_EQ(value<std::uint64_t>(cpacket, "original_length"), 1500U);
  EXPECT_EQ(value<std::uint64_t>(cpacket, "port"), 10U);
  // Two hops of node id and both ports: 2 words each.
  const VendorOption path = decode(
      parser, 0x0103, 1, bytes_of({0x2000'0206, 0xc000'0011, 0, 21, 0x0001'0002, 22, 0x0003'0004}));
  EXPECT_EQ(value<std::uint64_t>(path, "remaining_hops"), 6U);
  EXPECT_EQ(value<std::string>(path, "instruction_bitmap"), "0xc000");
  EXPECT_THAT(value<std::vector<std::string>>(path, "hops"),
              ElementsAre("node_id=21 ingress_port=1 egress_port=2",
                          "node_id=22 ingress_port=3 egress_port=4"));
}

TEST_F(VendorOptionTest, WhatIsNotDecodedSaysWhy) {
  const Parser parser;
  EXPECT_THAT(decode(parser, 0x0108, 1, bytes_of({1})).error,
              HasSubstr("no listed layout of class 0x0108 type 0x01 takes 4 bytes"));
  const VendorOption unknown = decode(parser, 0x0200, 7, bytes_of({0xdeadbeef}));
  EXPECT_EQ(unknown.vendor.name, "unassigned");
  EXPECT_THAT(describe(unknown, view_), HasSubstr("not decoded: 4 bytes de ad be ef (there is no"));
  ParserOptions off;
  off.decodes_vendor_options = false;
  EXPECT_EQ(decode(Parser(off), 0x0108, 1, bytes_of({1, 2})).error, "vendor decoding is off");
  EXPECT_EQ(counters_.wrong_length, 1U);
  EXPECT_EQ(counters_.raw, 2U);
}

TEST_F(VendorOptionTest, DecodersOfOnesOwn) {
  Parser parser;
  parser.register_decoder(0x0108, [](const OptionView& option, FieldMap& fields) {
    if (option.type != 9) {
      return false;
    }
    fields.set("mine", std::uint64_t{load_be32(option.data.data())});
    return true;
  });
  EXPECT_EQ(value<std::uint64_t>(decode(parser, 0x0108, 9, bytes_of({5})), "mine"), 5U);
  // "Not mine" falls back to the built-in ones.
  EXPECT_TRUE(decode(parser, 0x0108, 3, bytes_of({5})).fields.find("flow_cookie") != nullptr);
  parser.register_decoder(0x0108, [](const OptionView&, FieldMap& fields) -> bool {
    fields.set("half", std::uint64_t{1});
    throw std::runtime_error("no such thing");
  });
  const VendorOption failed = decode(parser, 0x0108, 9, bytes_of({5}));
  EXPECT_FALSE(failed.is_decoded);
  EXPECT_TRUE(failed.fields.empty());
  EXPECT_THAT(failed.error, HasSubstr("no such thing"));
  EXPECT_EQ(counters_.decoder_faults, 1U);
}

// builder -> parser gives back what was put in, for any options.
TEST_F(VendorOptionTest, BuilderAndParserAgree) {
  std::mt19937 random(8926);
  const Parser parser;
  for (int round = 0; round < 2000; ++round) {
    GeneveBuilder builder;
    const std::uint32_t vni = random() & 0xff'ffff;
    const bool is_control = random() % 8 == 0;
    builder.vni(vni).control(is_control).protocol(0x1234);
    struct Option {
      std::uint16_t option_class;
      std::uint8_t type;
      Bytes data;
    };
    std::vector<Option> options;
    std::size_t size = 0;
    bool has_critical = false;
    while (random() % 5 != 0) {
      Option option{static_cast<std::uint16_t>(random()), static_cast<std::uint8_t>(random()),
                    Bytes(random() % 32 * 4)};
      if (size + 4 + option.data.size() > 252) {
        break;
      }
      size += 4 + option.data.size();
      has_critical |= option.type >= 0x80;
      for (std::byte& b : option.data) {
        b = static_cast<std::byte>(random());
      }
      builder.option(option.option_class, option.type, option.data);
      options.push_back(std::move(option));
    }
    const Bytes payload(1 + random() % 50);
    const Bytes packet = builder.payload(payload).build().value();
    const Verdict verdict = parser.parse_geneve(packet, view_);
    EXPECT_EQ(verdict, is_control ? Verdict::kGeneveControl : Verdict::kKept);
    const TunnelLayer& tunnel = view_.tunnels[0];
    EXPECT_EQ(tunnel.vni, vni);
    EXPECT_EQ(tunnel.has_critical_bit(), has_critical);
    EXPECT_FALSE(view_.has(Flag::kCBitMismatch));
    EXPECT_EQ(packet.size() - tunnel.inner_offset, payload.size());
    OptionWalk walk(view_.options(tunnel));
    for (const Option& option : options) {
      const auto found = walk.next();
      ASSERT_TRUE(found.has_value());
      EXPECT_EQ(found->option_class, option.option_class);
      EXPECT_EQ(found->type, option.type);
      EXPECT_EQ(Bytes(found->data.begin(), found->data.end()), option.data);
    }
    EXPECT_TRUE(walk.is_whole());
  }
}

TEST_F(VendorOptionTest, TheBuilderRefuses) {
  EXPECT_FALSE(GeneveBuilder().vni(1 << 24).build().has_value());
  EXPECT_FALSE(GeneveBuilder().option(1, 1, Bytes(3)).build().has_value());
  EXPECT_FALSE(GeneveBuilder().option(1, 1, Bytes(128)).build().has_value());
  GeneveBuilder many;
  for (int i = 0; i < 64; ++i) {
    many.option(1, 1, {});
  }
  EXPECT_FALSE(many.build().has_value());
}

TEST_F(VendorOptionTest, TheValidatorListsEveryDeparture) {
  const Parser parser;
  const Bytes packet = GeneveBuilder()
                           .override_reserved(1, 1)
                           .option(0x0108, 1, bytes_of({1}))
                           .option(0xfff0, 0x80, {})
                           .override_critical_bit(false)
                           .build()
                           .value();
  (void)parser.parse_geneve(packet, view_);
  const auto findings = validate(parser, view_);
  const auto is = [](std::string_view rule, std::uint32_t offset) {
    return AllOf(Field(&Finding::rule, rule), Field(&Finding::offset, offset));
  };
  EXPECT_THAT(findings,
              ElementsAre(is("header_reserved", 1), is("c_bit", 1), is("header_reserved", 7),
                          is("tlv_length", 11), is("critical_unknown", 16), is("inner_empty", 20)));
  const Bytes good =
      GeneveBuilder().protocol(0x0806).gateway(1, 2, 3).payload(Bytes(28)).build().value();
  (void)parser.parse_geneve(good, view_);
  EXPECT_THAT(validate(parser, view_), SizeIs(0));
}

TEST_F(VendorOptionTest, JsonOfAPacket) {
  const Parser parser;
  packet_ = GeneveBuilder()
                .protocol(0x0800)
                .gateway(1, 2, 3)
                .payload(udp_packet(*parse_ip("10.0.0.1"), *parse_ip("10.0.0.2"), 5, 53, Bytes(4)))
                .build()
                .value();
  (void)parser.parse_geneve(packet_, view_);
  std::string text;
  format::JsonWriter json(text);
  write_json(json, parser, view_, 1, 1'500'000'000);
  EXPECT_THAT(text, HasSubstr("\"time\":\"1.500000000\""));
  EXPECT_THAT(text, HasSubstr("\"fields\":{\"gwlbe_eni\":\"eni-00000000000000001\"}"));
  EXPECT_THAT(text, HasSubstr("\"inner\":{\"srcaddr\":\"10.0.0.1\",\"dstaddr\":\"10.0.0.2\","
                              "\"protocol\":\"UDP\",\"srcport\":5,\"dstport\":53,\"bytes\":32}"));
}

}  // namespace
}  // namespace weir::packet

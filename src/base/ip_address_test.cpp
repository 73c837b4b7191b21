#include "base/ip_address.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <array>
#include <string>

#include "base/int128.h"
#include "base/random.h"

namespace weir {
namespace {

std::string canonical(std::string_view text) {
  const auto address = parse_ip(text);
  return address ? to_string(*address) : "refused";
}

TEST(IpAddress, ReadsAndWritesIpv4) {
  for (const char* text :
       {"0.0.0.0", "10.0.0.1", "192.168.100.200", "255.255.255.255", "1.2.3.4", "99.100.9.10"}) {
    EXPECT_EQ(canonical(text), text);
    EXPECT_TRUE(parse_ip(text)->is_v4());
  }
  EXPECT_EQ(parse_ip("10.1.2.3")->v4(), 0x0a010203U);
}

TEST(IpAddress, RefusesMalformedIpv4) {
  for (const char* text :
       {"",          "-",        "1",          "1.2.3",     "1.2.3.",    ".1.2.3",
        "1..2.3",    "1.2.3.4.", "1.2.3.4.5",  "256.1.1.1", "1.2.3.999", "01.2.3.4",
        "1.2.3.00",  "1.2.3.4 ", " 1.2.3.4",   "+1.2.3.4",  "1.2.3.-4",  "0x1.2.3.4",
        "1.2.3.4/8", "1,2,3,4",  "1111.2.3.4", "a.b.c.d"}) {
    EXPECT_EQ(canonical(text), "refused") << text;
  }
  EXPECT_EQ(canonical(std::string_view("1.2.3.4\0", 8)), "refused");
}

TEST(IpAddress, WritesIpv6AsRfc5952Demands) {
  const std::array<std::pair<const char*, const char*>, 19> pairs{{
      {"::", "::"},
      {"::1", "::1"},
      {"1::", "1::"},
      {"2001:DB8::A", "2001:db8::a"},
      {"2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1"},
      {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},  // one group is not shortened
      {"2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
      {"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},        // the longest run
      {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},  // the first of equals
      {"0:0:1:0:0:1:0:0", "::1:0:0:1:0:0"},
      {"1:0:0:0:0:0:0:0", "1::"},
      {"0:0:0:0:0:0:0:1", "::1"},
      {"1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"},
      {"::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"},
      {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
      {"64:ff9b::192.0.2.33", "64:ff9b::c000:221"},
      {"::192.0.2.1", "::c000:201"},
      {"1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"},
      {"fe80::1", "fe80::1"},
  }};
  for (const auto& [text, wanted] : pairs) {
    EXPECT_EQ(canonical(text), wanted) << text;
    EXPECT_EQ(canonical(wanted), wanted);
  }
}

TEST(IpAddress, AMappedAddressIsTheIpv4Address) {
  EXPECT_EQ(canonical("::ffff:10.0.0.1"), "10.0.0.1");
  EXPECT_EQ(canonical("::ffff:a00:1"), "10.0.0.1");
  EXPECT_EQ(canonical("0:0:0:0:0:FFFF:10.0.0.1"), "10.0.0.1");
  EXPECT_EQ(parse_ip("::ffff:10.0.0.1"), parse_ip("10.0.0.1"));
}

TEST(IpAddress, RefusesMalformedIpv6) {
  for (const char* text : {":",
                           ":::",
                           "1:",
                           ":1",
                           "1:::2",
                           "1::2::3",
                           "1:2:3:4:5:6:7",
                           "1:2:3:4:5:6:7:8:9",
                           "1:2:3:4:5:6:7:8::",
                           "::1:2:3:4:5:6:7:8",
                           "1:2:3:4::5:6:7:8",
                           "12345::",
                           "::12345",
                           "g::",
                           "::1%eth0",
                           "[::1]",
                           "::1/64",
                           "::1.2.3",
                           "::1.2.3.4:5",
                           "1.2.3.4::",
                           "::256.1.1.1",
                           "1:2:3:4:5:6:7:1.2.3.4",
                           "::1:2:3:4:5:6:1.2.3.4",
                           " ::1",
                           "::1 ",
                           ": :",
                           "1:2:3:4:5:6:7:",
                           "0000:0000:0000:0000:0000:0000:00000:0000",
                           "::ffff:1.2.3.04"}) {
    EXPECT_EQ(canonical(text), "refused") << text;
  }
  EXPECT_EQ(canonical(std::string(4096, ':')), "refused");
}

TEST(IpAddress, OrdersAsNumbers) {
  EXPECT_LT(*parse_ip("9.0.0.0"), *parse_ip("10.0.0.0"));
  EXPECT_LT(*parse_ip("::1"), *parse_ip("0.0.0.0"));
  EXPECT_LT(*parse_ip("255.255.255.255"), *parse_ip("2001:db8::"));
}

TEST(IpAddress, RandomAddressesReadBackAndAgreeWithTheSystem) {
  constexpr std::uint64_t kSeed = 5952;
  SCOPED_TRACE("seed " + std::to_string(kSeed));
  Random random(kSeed);
  for (int i = 0; i < 20'000; ++i) {
    IpAddress address{random.next(), random.next()};
    for (int group = 0; group < 4; ++group) {  // many zero groups, and mapped ones
      const std::uint64_t hole = std::uint64_t{0xffff} << (16 * group);
      address.high &= random.chance(0.5) ? ~hole : ~std::uint64_t{0};
      address.low &= random.chance(0.5) ? ~hole : ~std::uint64_t{0};
    }
    if (i % 4 == 0) {
      address = IpAddress::from_v4(static_cast<std::uint32_t>(random.next()));
    }
    const std::string text = to_string(address);
    ASSERT_LE(text.size(), 39U);
    ASSERT_EQ(parse_ip(text), address) << text;
    std::array<unsigned char, 16> bytes{};
    if (address.is_v4()) {
      ASSERT_EQ(inet_pton(AF_INET, text.c_str(), bytes.data()), 1) << text;
      const std::uint32_t back = static_cast<std::uint32_t>(bytes[0]) << 24 |
                                 static_cast<std::uint32_t>(bytes[1]) << 16 |
                                 static_cast<std::uint32_t>(bytes[2]) << 8 | bytes[3];
      ASSERT_EQ(back, address.v4());
    } else {
      ASSERT_EQ(inet_pton(AF_INET6, text.c_str(), bytes.data()), 1) << text;
      UInt128 back = 0;
      for (const unsigned char byte : bytes) {
        back = back << 8 | byte;
      }
      ASSERT_EQ(back, static_cast<UInt128>(address.high) << 64 | address.low) << text;
    }
  }
}

// Texts made of the letters of addresses: what one reader takes, the other takes, and as the same.
TEST(IpAddress, RandomTextsAreTakenAsTheSystemTakesThem) {
  constexpr std::uint64_t kSeed = 4291;
  SCOPED_TRACE("seed " + std::to_string(kSeed));
  constexpr std::string_view kPieces[] = {":", ":", "::", "0", "1", "ab", "ffff", ".", "10", "255"};
  Random random(kSeed);
  int num_taken = 0;
  for (int i = 0; i < 200'000; ++i) {
    std::string text;
    for (std::uint64_t piece = random.below(18); piece > 0; --piece) {
      text += kPieces[random.below(std::size(kPieces))];
    }
    const bool is_v6 = text.find(':') != std::string::npos;
    std::array<unsigned char, 16> bytes{};
    const bool is_taken = inet_pton(is_v6 ? AF_INET6 : AF_INET, text.c_str(), bytes.data()) == 1;
    ASSERT_EQ(parse_ip(text).has_value(), is_taken) << text;
    num_taken += is_taken ? 1 : 0;
  }
  EXPECT_GT(num_taken, 100);
}

TEST(IpPrefix, ReadsPrefixesAndClearsHostBits) {
  const auto text_of = [](std::string_view text) {
    const auto prefix = parse_prefix(text);
    return prefix ? to_string(*prefix) : "refused";
  };
  EXPECT_EQ(text_of("10.0.0.0/8"), "10.0.0.0/8");
  EXPECT_EQ(text_of("10.1.2.3/8"), "10.0.0.0/8");
  EXPECT_EQ(text_of("10.1.2.3"), "10.1.2.3/32");
  EXPECT_EQ(text_of("0.0.0.0/0"), "0.0.0.0/0");
  EXPECT_EQ(text_of("2001:db8::1/32"), "2001:db8::/32");
  EXPECT_EQ(text_of("2001:db8::1"), "2001:db8::1/128");
  EXPECT_EQ(text_of("::/0"), "::/0");
  EXPECT_EQ(text_of("::ffff:10.0.0.0/104"), "10.0.0.0/8");
  EXPECT_EQ(parse_prefix("10.0.0.0/8")->length, 104);
  for (const char* text :
       {"", "/8", "10.0.0.0/", "10.0.0.0/33", "::/129", "10.0.0.0/-1", "10.0.0.0/8x",
        "10.0.0.0/8/8", "10.0.0.0/ 8", "10/8", "10.0.0.0/+8", "10.0.0.0/99999999999"}) {
    EXPECT_EQ(text_of(text), "refused") << text;
  }
}

TEST(IpPrefix, ContainsItsRangeAndNothingElse) {
  const auto prefix = *parse_prefix("10.0.0.0/9");
  EXPECT_TRUE(prefix.contains(*parse_ip("10.0.0.0")));
  EXPECT_TRUE(prefix.contains(*parse_ip("10.127.255.255")));
  EXPECT_FALSE(prefix.contains(*parse_ip("10.128.0.0")));
  EXPECT_FALSE(prefix.contains(*parse_ip("9.255.255.255")));
  EXPECT_FALSE(prefix.contains(*parse_ip("::a00:1")));
  EXPECT_TRUE(parse_prefix("0.0.0.0/0")->contains(*parse_ip("255.1.2.3")));
  EXPECT_FALSE(parse_prefix("0.0.0.0/0")->contains(*parse_ip("2001:db8::1")));
  EXPECT_TRUE(parse_prefix("::/0")->contains(*parse_ip("2001:db8::1")));
  EXPECT_FALSE(parse_prefix("::/0")->contains(*parse_ip("10.0.0.1")));
  EXPECT_TRUE(parse_prefix("::ffff:0:0/96")->contains(*parse_ip("10.0.0.1")));
  for (int length = 0; length <= 128; ++length) {
    IpPrefix any{*parse_ip("2001:db8:aaaa:5555:aaaa:5555:aaaa:5555"),
                 static_cast<std::uint8_t>(length)};
    EXPECT_TRUE(any.contains(any.first())) << length;
    EXPECT_TRUE(any.contains(any.last())) << length;
    UInt128 behind = (static_cast<UInt128>(any.last().high) << 64 | any.last().low) + 1;
    if (behind != 0) {
      EXPECT_FALSE(any.contains(
          {static_cast<std::uint64_t>(behind >> 64), static_cast<std::uint64_t>(behind)}))
          << length;
    }
  }
}

}  // namespace
}  // namespace weir

#include "flow/scope.h"

#include <gtest/gtest.h>

#include <tuple>

#include "base/random.h"

namespace weir::flow {
namespace {

std::string scope_text(const std::string& address) {
  const auto ip = parse_ip(address);
  return ip ? std::string(name_of(registered_scope(*ip))) : "unreadable";
}

TEST(Scope, EdgesOfEachIpv4Network) {
  const std::pair<const char*, const char*> kCases[] = {
      {"0.0.0.0", "unspecified"},
      {"0.255.255.255", "unspecified"},
      {"1.0.0.0", "public"},
      {"9.255.255.255", "public"},
      {"10.0.0.0", "private"},
      {"10.255.255.255", "private"},
      {"11.0.0.0", "public"},
      {"100.63.255.255", "public"},
      {"100.64.0.0", "shared"},
      {"100.127.255.255", "shared"},
      {"100.128.0.0", "public"},
      {"126.255.255.255", "public"},
      {"127.0.0.0", "loopback"},
      {"127.255.255.255", "loopback"},
      {"128.0.0.0", "public"},
      {"169.253.255.255", "public"},
      {"169.254.0.0", "link-local"},
      {"169.254.169.254", "link-local"},
      {"169.254.255.255", "link-local"},
      {"169.255.0.0", "public"},
      {"172.15.255.255", "public"},
      {"172.16.0.0", "private"},
      {"172.31.255.255", "private"},
      {"172.32.0.0", "public"},
      {"191.255.255.255", "public"},
      {"192.0.0.0", "special-purpose"},
      {"192.0.0.255", "special-purpose"},
      {"192.0.1.0", "public"},
      {"192.0.1.255", "public"},
      {"192.0.2.0", "documentation"},
      {"192.0.2.255", "documentation"},
      {"192.0.3.0", "public"},
      {"192.88.98.255", "public"},
      {"192.88.99.0", "special-purpose"},
      {"192.88.99.255", "special-purpose"},
      {"192.88.100.0", "public"},
      {"192.167.255.255", "public"},
      {"192.168.0.0", "private"},
      {"192.168.255.255", "private"},
      {"192.169.0.0", "public"},
      {"198.17.255.255", "public"},
      {"198.18.0.0", "benchmark"},
      {"198.19.255.255", "benchmark"},
      {"198.20.0.0", "public"},
      {"198.51.99.255", "public"},
      {"198.51.100.0", "documentation"},
      {"198.51.100.255", "documentation"},
      {"198.51.101.0", "public"},
      {"203.0.112.255", "public"},
      {"203.0.113.0", "documentation"},
      {"203.0.113.255", "documentation"},
      {"203.0.114.0", "public"},
      {"223.255.255.255", "public"},
      {"224.0.0.0", "multicast"},
      {"239.255.255.255", "multicast"},
      {"240.0.0.0", "reserved"},
      {"255.255.255.254", "reserved"},
      {"255.255.255.255", "reserved"},
  };
  for (const auto& [address, scope] : kCases) {
    EXPECT_EQ(scope_text(address), scope) << address;
  }
}

TEST(Scope, EdgesOfEachIpv6Network) {
  const std::pair<const char*, const char*> kCases[] = {
      {"::", "unspecified"},
      {"::1", "loopback"},
      {"::2", "public"},
      {"64:ff9b:0:ffff:ffff:ffff:ffff:ffff", "public"},
      {"64:ff9b:1::", "special-purpose"},
      {"64:ff9b:1:ffff:ffff:ffff:ffff:ffff", "special-purpose"},
      {"64:ff9b:2::", "public"},
      {"ff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "public"},
      {"100::", "special-purpose"},
      {"100::ffff:ffff:ffff:ffff", "special-purpose"},
      {"100:0:0:1::", "public"},
      {"2000:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "public"},
      {"2001::", "special-purpose"},
      {"2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", "special-purpose"},
      {"2001:200::", "public"},
      {"2001:db7:ffff:ffff:ffff:ffff:ffff:ffff", "public"},
      {"2001:db8::", "documentation"},
      {"2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "documentation"},
      {"2001:db9::", "public"},
      {"2600:1f18::1", "public"},
      {"3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "public"},
      {"3fff::", "documentation"},
      {"3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", "documentation"},
      {"3fff:1000::", "public"},
      {"5eff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "public"},
      {"5f00::", "special-purpose"},
      {"5f00:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "special-purpose"},
      {"5f01::", "public"},
      {"fbff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "public"},
      {"fc00::", "private"},
      {"fd00:ec2::254", "private"},
      {"fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "private"},
      {"fe00::", "public"},
      {"fe7f:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "public"},
      {"fe80::", "link-local"},
      {"febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "link-local"},
      {"fec0::", "special-purpose"},
      {"feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "special-purpose"},
      {"ff00::", "multicast"},
      {"ff02::fb", "multicast"},
      {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "multicast"},
  };
  for (const auto& [address, scope] : kCases) {
    EXPECT_EQ(scope_text(address), scope) << address;
  }
}

TEST(Scope, EmbeddedIpv4IsJudgedAsIpv4) {
  const std::tuple<const char*, const char*, const char*, const char*> kCases[] = {
      // IPv4-mapped, NAT64, 6to4
      {"::ffff:10.1.2.3", "64:ff9b::10.1.2.3", "2002:a01:203::1", "private"},
      {"::ffff:172.31.255.255", "64:ff9b::172.31.255.255", "2002:ac1f:ffff::", "private"},
      {"::ffff:172.32.0.0", "64:ff9b::172.32.0.0", "2002:ac20::", "public"},
      {"::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1", "link-local"},
      {"::ffff:127.0.0.1", "64:ff9b::127.0.0.1", "2002:7f00:1::", "loopback"},
      {"::ffff:0.0.0.0", "64:ff9b::", "2002::", "unspecified"},
      {"::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2002:808:808::8", "public"},
      {"::ffff:255.255.255.255", "64:ff9b::ffff:ffff", "2002:ffff:ffff:ffff::", "reserved"},
  };
  for (const auto& [mapped, translated, tunnelled, scope] : kCases) {
    EXPECT_EQ(scope_text(mapped), scope) << mapped;
    EXPECT_EQ(scope_text(translated), scope) << translated;
    EXPECT_EQ(scope_text(tunnelled), scope) << tunnelled;
  }
}

// The same tables as prefixes, slow and plain.
Scope naive_scope(const IpAddress& address) {
  const std::pair<const char*, Scope> kRules[] = {
      {"10.0.0.0/8", Scope::kPrivate},
      {"172.16.0.0/12", Scope::kPrivate},
      {"192.168.0.0/16", Scope::kPrivate},
      {"fc00::/7", Scope::kPrivate},
      {"100.64.0.0/10", Scope::kShared},
      {"169.254.0.0/16", Scope::kLinkLocal},
      {"fe80::/10", Scope::kLinkLocal},
      {"127.0.0.0/8", Scope::kLoopback},
      {"::1/128", Scope::kLoopback},
      {"0.0.0.0/8", Scope::kUnspecified},
      {"::/128", Scope::kUnspecified},
      {"224.0.0.0/4", Scope::kMulticast},
      {"ff00::/8", Scope::kMulticast},
      {"240.0.0.0/4", Scope::kReserved},
      {"192.0.2.0/24", Scope::kDocumentation},
      {"198.51.100.0/24", Scope::kDocumentation},
      {"203.0.113.0/24", Scope::kDocumentation},
      {"2001:db8::/32", Scope::kDocumentation},
      {"3fff::/20", Scope::kDocumentation},
      {"198.18.0.0/15", Scope::kBenchmark},
      {"192.0.0.0/24", Scope::kSpecialPurpose},
      {"192.88.99.0/24", Scope::kSpecialPurpose},
      {"100::/64", Scope::kSpecialPurpose},
      {"2001::/23", Scope::kSpecialPurpose},
      {"64:ff9b:1::/48", Scope::kSpecialPurpose},
      {"5f00::/16", Scope::kSpecialPurpose},
      {"fec0::/10", Scope::kSpecialPurpose},
  };
  for (const auto& [prefix, scope] : kRules) {
    if (parse_prefix(prefix)->contains(address)) {
      return scope;
    }
  }
  return Scope::kPublic;
}

TEST(Scope, AgreesWithTheTableOnRandomAddresses) {
  constexpr std::uint64_t kSeed = 6890;
  SCOPED_TRACE("seed " + std::to_string(kSeed));
  Random random(kSeed);
  const std::uint64_t kBeginnings[] = {0,      0x0064, 0x0100, 0x2001, 0x3fff, 0x5f00,
                                       0xfc00, 0xfe80, 0xfec0, 0xff02, 0x2600};
  for (int i = 0; i < 20'000; ++i) {
    const auto v4 = IpAddress::from_v4(static_cast<std::uint32_t>(random.next()));
    ASSERT_EQ(registered_scope(v4), naive_scope(v4)) << to_string(v4);
    const IpAddress v6{
        kBeginnings[random.next() % 11] << 48 | (random.next() >> 16 & random.next()),
        random.next()};
    if (!v6.is_v4() && !parse_prefix("64:ff9b::/96")->contains(v6)) {
      ASSERT_EQ(registered_scope(v6), naive_scope(v6)) << to_string(v6);
    }
  }
}

TEST(ScopeTable, TheVpcsOwnNetworksComeFirst) {
  const std::vector<std::string> kCidrs = {"10.1.0.0/16", "52.10.0.0/15", "2600:1f18::/56",
                                           "100.64.7.9"};
  const auto table = ScopeTable::make(kCidrs);
  ASSERT_TRUE(table) << table.error().message;
  const auto scope = [&](const char* address) {
    return std::string(name_of(table->find(*parse_ip(address))));
  };
  EXPECT_EQ(scope("10.1.0.0"), "vpc");
  EXPECT_EQ(scope("10.1.255.255"), "vpc");
  EXPECT_EQ(scope("10.2.0.0"), "private");
  EXPECT_EQ(scope("10.0.255.255"), "private");
  EXPECT_EQ(scope("52.11.255.255"), "vpc");  // public space that is ours
  EXPECT_EQ(scope("52.12.0.0"), "public");
  EXPECT_EQ(scope("2600:1f18:0:ff::1"), "vpc");
  EXPECT_EQ(scope("2600:1f18:0:100::1"), "public");
  EXPECT_EQ(scope("100.64.7.9"), "vpc");
  EXPECT_EQ(scope("100.64.7.10"), "shared");
  EXPECT_EQ(scope("64:ff9b::10.1.2.3"), "vpc");  // through NAT64
  EXPECT_EQ(scope("2002:a02::1"), "private");
}

TEST(ScopeTable, AnUnreadableCidrIsNamed) {
  for (const char* cidr : {"", "10.0.0.0/33", "10.0.0/8", "vpc-1234", "10.0.0.0/", "::/129",
                           "10.0.0.0/8 ", "2600::1f18::/56", "10.0.0.0/-1"}) {
    const std::vector<std::string> cidrs = {"10.0.0.0/8", cidr};
    const auto table = ScopeTable::make(cidrs);
    ASSERT_FALSE(table) << cidr;
    EXPECT_EQ(table.error().code, ErrorCode::kUsage);
    EXPECT_NE(table.error().message.find("not '" + std::string(cidr) + "'"), std::string::npos)
        << table.error().message;
  }
}

}  // namespace
}  // namespace weir::flow

#include "base/prefix_table.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/random.h"

namespace weir {
namespace {

std::uint32_t find_naively(const std::vector<PrefixTable::Entry>& entries,
                           const IpAddress& address) {
  const PrefixTable::Entry* best = nullptr;
  for (const PrefixTable::Entry& entry : entries) {
    if (entry.prefix.contains(address) &&
        (best == nullptr || entry.prefix.length >= best->prefix.length)) {
      best = &entry;
    }
  }
  return best == nullptr ? PrefixTable::kNoValue : best->value;
}

TEST(PrefixTable, FindsTheLongestPrefix) {
  const std::vector<PrefixTable::Entry> entries{{*parse_prefix("10.0.0.0/8"), 1},
                                                {*parse_prefix("10.1.0.0/16"), 2},
                                                {*parse_prefix("10.1.2.3/32"), 3},
                                                {*parse_prefix("2001:db8::/32"), 4},
                                                {*parse_prefix("10.255.0.0/16"), 5}};
  const PrefixTable table(entries);
  const auto find = [&](const char* text) { return table.find(*parse_ip(text)); };
  EXPECT_EQ(find("10.0.0.1"), 1U);
  EXPECT_EQ(find("10.1.2.2"), 2U);
  EXPECT_EQ(find("10.1.2.3"), 3U);
  EXPECT_EQ(find("10.1.2.4"), 2U);
  EXPECT_EQ(find("10.2.0.0"), 1U);
  EXPECT_EQ(find("10.255.255.255"), 5U);
  EXPECT_EQ(find("11.0.0.0"), PrefixTable::kNoValue);
  EXPECT_EQ(find("9.255.255.255"), PrefixTable::kNoValue);
  EXPECT_EQ(find("2001:db8:ffff::1"), 4U);
  EXPECT_EQ(find("2001:db9::"), PrefixTable::kNoValue);
}

TEST(PrefixTable, AnEmptyTableHoldsNothing) {
  const PrefixTable table;
  EXPECT_TRUE(table.empty());
  EXPECT_EQ(table.find({}), PrefixTable::kNoValue);
}

TEST(PrefixTable, TheLaterOfEqualPrefixesWins) {
  const std::vector<PrefixTable::Entry> entries{{*parse_prefix("10.0.0.0/8"), 1},
                                                {*parse_prefix("10.0.0.0/8"), 2}};
  const PrefixTable table(entries);
  EXPECT_EQ(table.find(*parse_ip("10.9.9.9")), 2U);
  EXPECT_EQ(table.find(*parse_ip("11.0.0.0")), PrefixTable::kNoValue);
}

TEST(PrefixTable, ReachesTheLastAddress) {
  const std::vector<PrefixTable::Entry> entries{{*parse_prefix("::/0"), 1},
                                                {*parse_prefix("ffff::/16"), 2}};
  const PrefixTable table(entries);
  EXPECT_EQ(table.find({~std::uint64_t{0}, ~std::uint64_t{0}}), 2U);
  EXPECT_EQ(table.find({0, 0}), 1U);
}

TEST(PrefixTable, AgreesWithASearchOfAllPrefixes) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    // Few bits vary, so that prefixes nest, touch and repeat.
    const auto any_address = [&] {
      return IpAddress{random.below(4) << 62, random.below(64) | (random.below(4) << 62)};
    };
    std::vector<PrefixTable::Entry> entries;
    for (std::uint32_t i = 0; i < 1 + random.below(40); ++i) {
      const auto length = random.chance(0.5) ? 120 + random.below(9) : random.below(129);
      entries.push_back({{any_address(), static_cast<std::uint8_t>(length)}, i});
    }
    const PrefixTable table(entries);
    for (int i = 0; i < 200; ++i) {
      const IpAddress address = any_address();
      ASSERT_EQ(table.find(address), find_naively(entries, address)) << to_string(address);
    }
    for (const PrefixTable::Entry& entry : entries) {
      for (const IpAddress& edge : {entry.prefix.first(), entry.prefix.last()}) {
        ASSERT_EQ(table.find(edge), find_naively(entries, edge)) << to_string(edge);
      }
    }
  }
}

}  // namespace
}  // namespace weir

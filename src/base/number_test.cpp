#include "base/number.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "base/arena.h"
#include "base/nearest_name.h"
#include "base/random.h"

namespace weir {
namespace {

TEST(Number, ReadsWholeIntegers) {
  EXPECT_EQ(parse_int64("0"), 0);
  EXPECT_EQ(parse_int64("-42"), -42);
  EXPECT_EQ(parse_int64("+42"), 42);
  EXPECT_EQ(parse_int64("007"), 7);
  EXPECT_EQ(parse_int64("9223372036854775807"), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(parse_int64("-9223372036854775808"), std::numeric_limits<std::int64_t>::min());
  for (const char* text : {"", "-", "+", "+-1", "--1", "1.0", "1e3", " 1", "1 ", "0x10",
                           "9223372036854775808", "-9223372036854775809", "one"}) {
    EXPECT_FALSE(parse_int64(text).has_value()) << text;
  }
}

TEST(Number, ReadsWholeDecimals) {
  EXPECT_EQ(parse_double("1.5"), 1.5);
  EXPECT_EQ(parse_double("+1.5"), 1.5);
  EXPECT_EQ(parse_double("-2e3"), -2000.0);
  EXPECT_EQ(parse_double("1E-2"), 0.01);
  EXPECT_EQ(parse_double("9007199254740993"), 9007199254740992.0);
  for (const char* text : {"", "-", "inf", "nan", "infinity", "0x1p3", "1.5x", "1e", "1.2.3", "+-1",
                           " 1", "1e999", "."}) {
    EXPECT_FALSE(parse_double(text).has_value()) << text;
  }
}

TEST(Number, WritesTheShortestDecimal) {
  EXPECT_EQ(format_double(0), "0");
  EXPECT_EQ(format_double(3), "3");
  EXPECT_EQ(format_double(-3.25), "-3.25");
  EXPECT_EQ(format_double(0.1), "0.1");
  EXPECT_EQ(format_double(1.0 / 3), "0.3333333333333333");
  EXPECT_EQ(format_double(100'000'000'000'000), "100000000000000");
  EXPECT_EQ(format_double(999'999'999'999'999), "999999999999999");
  EXPECT_EQ(format_double(123456.789), "123456.789");
  EXPECT_EQ(format_double(std::nan("")), "nan");
  EXPECT_EQ(format_double(-INFINITY), "-inf");
}

TEST(Number, WhatIsWrittenReadsBack) {
  constexpr std::uint64_t kSeed = 754;
  SCOPED_TRACE("seed " + std::to_string(kSeed));
  Random random(kSeed);
  for (int i = 0; i < 50'000; ++i) {
    const std::uint64_t bits = random.next();
    double value = 0;
    std::memcpy(&value, &bits, sizeof value);
    if (i % 2 == 0) {
      value = random.uniform() * std::pow(10.0, static_cast<double>(random.below(30)) - 10);
    }
    if (std::isfinite(value)) {
      ASSERT_EQ(parse_double(format_double(value)), value) << format_double(value);
    }
  }
}

TEST(Number, WritesForPeople) {
  EXPECT_EQ(format_bytes(0), "0 B");
  EXPECT_EQ(format_bytes(12), "12 B");
  EXPECT_EQ(format_bytes(999), "999 B");
  EXPECT_EQ(format_bytes(1000), "1.0 kB");
  EXPECT_EQ(format_bytes(340e6), "340 MB");
  EXPECT_EQ(format_bytes(1.2e9), "1.2 GB");
  EXPECT_EQ(format_bytes(999'999), "1.0 MB");
  EXPECT_EQ(format_grouped(0), "0");
  EXPECT_EQ(format_grouped(999), "999");
  EXPECT_EQ(format_grouped(1000), "1,000");
  EXPECT_EQ(format_grouped(12'345'678), "12,345,678");
  EXPECT_EQ(format_grouped(-123'456), "-123,456");
  EXPECT_EQ(format_grouped(std::numeric_limits<std::int64_t>::min()), "-9,223,372,036,854,775,808");
}

TEST(Number, ReadsByteSizes) {
  EXPECT_EQ(parse_byte_size("0"), 0U);
  EXPECT_EQ(parse_byte_size("1234"), 1234U);
  EXPECT_EQ(parse_byte_size("12 B"), 12U);
  EXPECT_EQ(parse_byte_size("64MB"), 64'000'000U);
  EXPECT_EQ(parse_byte_size("512k"), 512'000U);
  EXPECT_EQ(parse_byte_size("1.5G"), 1'500'000'000U);
  EXPECT_EQ(parse_byte_size("2GiB"), std::uint64_t{2} << 30);
  EXPECT_EQ(parse_byte_size("3 mib"), 3U << 20);
  EXPECT_EQ(parse_byte_size("1TB"), 1'000'000'000'000U);
  for (const char* text : {"", "MB", "-1", "1X", "1MBs", "1.2.3k", "99999999999T", "1e3", "ib"}) {
    EXPECT_FALSE(parse_byte_size(text).has_value()) << text;
  }
}

TEST(NearestName, FindsMistypedNames) {
  const std::vector<std::string> names{"srcaddr",  "dstaddr",     "srcport",    "dstport",
                                       "protocol", "action",      "log_status", "pkt_srcaddr",
                                       "bytes",    "interface_id"};
  const auto nearest = [&](std::string_view name) {
    const auto found = nearest_names(name, names);
    return found.empty() ? std::string() : found.front();
  };
  EXPECT_EQ(nearest("srcadr"), "srcaddr");
  EXPECT_EQ(nearest("SrcAddrs"), "srcaddr");
  EXPECT_EQ(nearest("protocl"), "protocol");
  EXPECT_EQ(nearest("atcion"), "action");
  EXPECT_EQ(nearest("log-status"), "log_status");
  EXPECT_EQ(nearest("pktsrcaddr"), "pkt_srcaddr");
  EXPECT_EQ(nearest("byte"), "bytes");
  EXPECT_EQ(nearest("zzzzzzzz"), "");
  EXPECT_EQ(nearest(""), "");
  EXPECT_EQ(nearest(std::string(100'000, 'a')), "");
  EXPECT_EQ(nearest_names("srcadd", names, 1).size(), 1U);
}

TEST(NearestName, SaysItInASentence) {
  const std::vector<std::string> names{"count", "mount", "bound"};
  EXPECT_EQ(did_you_mean("cont", std::vector<std::string>{"count"}), " did you mean count?");
  EXPECT_EQ(did_you_mean("coun", names), " did you mean count, bound or mount?");
  EXPECT_EQ(did_you_mean("completely different", names), "");
}

TEST(Arena, KeepsWhatItGaveOut) {
  Arena arena;
  std::vector<std::string_view> views;
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < 3000; ++i) {
    texts.push_back(std::string(i % 97, static_cast<char>('a' + i % 26)));
    views.push_back(arena.copy(texts.back()));
  }
  const std::string large(3 << 20, 'L');
  EXPECT_EQ(arena.copy(large), large);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    ASSERT_EQ(views[i], texts[i]);
  }
  EXPECT_GE(arena.allocated_bytes(), large.size());
}

TEST(Arena, ClearKeepsTheLargestBlock) {
  Arena arena;
  arena.clear();
  for (int round = 0; round < 100; ++round) {
    for (int i = 0; i < 100; ++i) {
      static_cast<void>(arena.allocate(100));
    }
    arena.clear();
  }
  EXPECT_LT(arena.allocated_bytes(), 64U * 1024);
}

TEST(Arena, WhatWasMovedFromStartsAfresh) {
  Arena first;
  const std::string_view kept = first.copy("kept");
  Arena second = std::move(first);
  EXPECT_EQ(first.allocated_bytes(), 0U);  // NOLINT(bugprone-use-after-move): what is tested
  static_cast<void>(first.copy("gone"));
  EXPECT_EQ(kept, "kept");
  first.clear();
  first = std::move(second);
  EXPECT_EQ(kept, "kept");
}

}  // namespace
}  // namespace weir

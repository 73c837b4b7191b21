// Integers and doubles as time series have them: what comes back, what it takes, and damage.

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <vector>

#include "base/random.h"
#include "codec/byte_writer.h"
#include "codec/doubles.h"
#include "codec/integers.h"

namespace weir::codec {
namespace {

std::size_t expect_same(const std::vector<double>& values) {
  std::string bytes;
  encode_doubles(values, bytes);
  ByteReader in(bytes);
  std::vector<double> back(values.size());
  EXPECT_TRUE(decode_doubles(in, back));
  EXPECT_TRUE(in.is_at_end());
  for (std::size_t i = 0; i < values.size(); ++i) {
    EXPECT_EQ(std::bit_cast<std::uint64_t>(values[i]), std::bit_cast<std::uint64_t>(back[i])) << i;
  }
  return bytes.size();
}

std::size_t expect_same(const std::vector<std::int64_t>& values) {
  std::string bytes;
  encode_integers(values, bytes);
  ByteReader in(bytes);
  std::vector<std::int64_t> back(values.size());
  EXPECT_TRUE(decode_integers(in, back));
  EXPECT_TRUE(in.is_at_end());
  EXPECT_EQ(values, back);
  return bytes.size();
}

TEST(IntegersTest, EveryLengthAndWidthComesBack) {
  Random random(1);
  for (std::size_t count = 0; count < 300; count += count < 140 ? 1 : 37) {
    for (unsigned width = 0; width <= 64; width += 7) {
      std::vector<std::int64_t> values;
      for (std::size_t i = 0; i < count; ++i) {
        values.push_back(static_cast<std::int64_t>(width == 0 ? 0 : random.next() >> (64 - width)));
      }
      expect_same(values);
    }
  }
  expect_same(std::vector<std::int64_t>{INT64_MIN, INT64_MAX, 0, -1, INT64_MIN, INT64_MAX});
}

TEST(IntegersTest, RegularTimesTakeNextToNothing) {
  std::vector<std::int64_t> minutes;
  for (int i = 0; i < 1440; ++i) {
    minutes.push_back(29'000'000 + i);
  }
  EXPECT_LE(expect_same(minutes), 90U);
}

TEST(DoublesTest, EverySortComesBackBitForBit) {
  const double inf = std::numeric_limits<double>::infinity();
  expect_same(std::vector<double>{});
  expect_same(std::vector<double>{0.0, -0.0, 1.5, -1.5, 1e300, 5e-324, inf, -inf,
                                  std::numeric_limits<double>::quiet_NaN(), 0.1, 1e22, 1e23});
  Random random(2);
  for (int round = 0; round < 200; ++round) {
    std::vector<double> values;
    const auto kind = random.below(5);
    const std::size_t count = random.below(400);
    for (std::size_t i = 0; i < count; ++i) {
      switch (kind) {
        case 0:
          values.push_back(std::bit_cast<double>(random.next()));
          break;
        case 1:
          values.push_back(static_cast<double>(random.below(100'000)) / 1000);
          break;
        case 2:
          values.push_back(static_cast<double>(random.below(9999)) * 1e9);
          break;
        case 3:
          values.push_back(random.uniform());
          break;
        default:
          values.push_back(random.chance(0.9) ? 17.25 : random.uniform() * 1e-9);
          break;
      }
    }
    expect_same(values);
  }
}

TEST(DoublesTest, CountersAndFourSignificantDecimalsTakeTwoBytes) {
  Random random(3);
  std::vector<double> counter;
  std::vector<double> gauge;
  std::vector<double> large;
  std::vector<double> arbitrary;
  double total = 0;
  for (int i = 0; i < 1440; ++i) {
    total += static_cast<double>(random.below(10'000));
    counter.push_back(total);
    gauge.push_back(static_cast<double>(random.below(10'000)) / 100);
    large.push_back(static_cast<double>(random.below(10'000)) * 1e6);
    arbitrary.push_back(random.uniform());
  }
  EXPECT_LE(expect_same(counter), 2 * 1440U);
  EXPECT_LE(expect_same(gauge), 2 * 1440U);
  EXPECT_LE(expect_same(large), 2 * 1440U);
  EXPECT_LE(expect_same(arbitrary), 85 * 144U);
}

TEST(DoublesTest, DamagedBytesAreRefusedOrOtherNumbersNeverACrash) {
  Random random(4);
  for (int round = 0; round < 2000; ++round) {
    std::string bytes;
    const std::size_t size = random.below(60);
    for (std::size_t i = 0; i < size; ++i) {
      bytes += static_cast<char>(random.below(i == 0 ? 4 : 256));
    }
    std::vector<double> out(random.below(300));
    ByteReader in(bytes);
    (void)decode_doubles(in, out);
    std::vector<std::int64_t> integers(random.below(300));
    ByteReader other(bytes);
    (void)decode_integers(other, integers);
  }
  std::string cut;
  encode_doubles(std::vector<double>(100, 1.25), cut);
  cut.pop_back();
  ByteReader in(cut);
  std::vector<double> out(100);
  EXPECT_FALSE(decode_doubles(in, out));
}

}  // namespace
}  // namespace weir::codec

#include "sketch/distribution.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/random.h"

namespace weir::sketch {
namespace {

// Answers from values written out one by one.
struct Naive {
  std::vector<double> values;
  double quantile(double fraction) {
    std::sort(values.begin(), values.end());
    const double rank = fraction * static_cast<double>(values.size() - 1);
    const auto lower = static_cast<std::size_t>(rank);
    const std::size_t upper = std::min(lower + 1, values.size() - 1);
    return values[lower] + (rank - std::floor(rank)) * (values[upper] - values[lower]);
  }
};

TEST(DistributionTest, ExactQuantilesAreThoseOfTheValuesThemselves) {
  Random random(1);
  for (int round = 0; round < 300; ++round) {
    Naive naive;
    Distribution all;
    Distribution left;
    Distribution right;
    const std::size_t count = 1 + random.below(400);
    for (std::size_t i = 0; i < count; ++i) {
      const double value = static_cast<double>(random.below(200)) - 50;
      naive.values.push_back(value);
      all.add(value);
      (random.chance(0.5) ? left : right).add(value);
    }
    left.merge(right);
    ASSERT_TRUE(all.is_exact());
    EXPECT_EQ(all.count(), static_cast<double>(count));
    for (const double fraction : {0.0, 0.1, 0.5, 0.9, 0.99, 1.0}) {
      EXPECT_DOUBLE_EQ(all.quantile(fraction), naive.quantile(fraction));
      EXPECT_DOUBLE_EQ(left.quantile(fraction), naive.quantile(fraction));
    }
  }
}

TEST(DistributionTest, PastTheExactLimitTheErrorIsBounded) {
  Random random(2);
  for (int round = 0; round < 20; ++round) {
    Naive naive;
    std::vector<Distribution> parts(5);
    for (int i = 0; i < 5000; ++i) {
      const double value = std::exp(random.uniform() * 20 - 5) * (random.chance(0.2) ? -1 : 1);
      naive.values.push_back(value);
      parts[random.below(5)].add(value);
    }
    Distribution merged;
    for (const Distribution& part : parts) {
      merged.merge(part);
    }
    EXPECT_FALSE(merged.is_exact());
    EXPECT_DOUBLE_EQ(merged.count(), 5000);
    for (const double fraction : {0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 0.999, 1.0}) {
      const double truth = naive.quantile(fraction);
      EXPECT_NEAR(merged.quantile(fraction), truth,
                  1.01 * Distribution::kRelativeError * std::fabs(truth))
          << fraction;
    }
  }
}

TEST(DistributionTest, MergingInAnyOrderGivesTheSame) {
  Random random(3);
  std::vector<Distribution> parts(6);
  for (int i = 0; i < 3000; ++i) {
    parts[random.below(6)].add(random.uniform() * 1000, 1 + static_cast<double>(random.below(3)));
  }
  Distribution forth;
  Distribution back;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    forth.merge(parts[i]);
    back.merge(parts[parts.size() - 1 - i]);
  }
  ASSERT_EQ(forth.values().size(), back.values().size());
  EXPECT_TRUE(std::equal(forth.values().begin(), forth.values().end(), back.values().begin()));
}

TEST(DistributionTest, CutsThroughValuesInPart) {
  Distribution values;
  for (int i = 1; i <= 10; ++i) {
    values.add(i);
  }
  const Share trimmed = values.between_fractions(0.1, 0.9);
  EXPECT_DOUBLE_EQ(trimmed.count, 8);
  EXPECT_DOUBLE_EQ(trimmed.sum / trimmed.count, 5.5);
  EXPECT_DOUBLE_EQ(values.between_fractions(0, 0.25).sum, 1 + 2 + 1.5);
  EXPECT_DOUBLE_EQ(values.winsorised_mean(0.1, 0.9), (2 + 2 + 3 + 4 + 5 + 6 + 7 + 8 + 9 + 9) / 10.);
  EXPECT_DOUBLE_EQ(values.between_values(2, 5).count, 3);
  EXPECT_DOUBLE_EQ(values.between_values(2, 5).sum, 12);
  EXPECT_DOUBLE_EQ(values.clamped_mean(3, 8), (3 * 3 + 4 + 5 + 6 + 7 + 3 * 8) / 10.);
}

TEST(DistributionTest, FractionsOfCountsAndNothingAtAll) {
  Distribution values;
  EXPECT_TRUE(std::isnan(values.quantile(0.5)));
  EXPECT_EQ(values.between_fractions(0, 1).count, 0);
  values.add(5, 0.25);
  values.add(7, 0);
  values.add(std::nan(""), 3);
  EXPECT_EQ(values.quantile(0.99), 5);
  EXPECT_EQ(values.count(), 0.25);
}

TEST(DistributionTest, BinsAreBounded) {
  Distribution values;
  for (int i = -900; i < 900; ++i) {
    for (int j = 0; j < 9; ++j) {
      values.add(std::ldexp(1 + j / 9., i));
    }
  }
  EXPECT_LE(values.values().size(), Distribution::kMaxBins);
  EXPECT_DOUBLE_EQ(values.count(), 1800 * 9);
  EXPECT_NEAR(values.quantile(0.9), std::ldexp(1, 720), std::ldexp(0.2, 720));
}

TEST(DistributionTest, BytesComeBack) {
  Random random(4);
  for (const int count : {0, 1, 5, 200, 3000}) {
    Distribution values;
    for (int i = 0; i < count; ++i) {
      values.add(random.uniform() * 100 - 30, random.chance(0.5) ? 1 : 2.5);
    }
    std::string bytes;
    values.encode(bytes);
    codec::ByteReader in(bytes);
    const auto back = Distribution::decode(in);
    ASSERT_TRUE(back);
    EXPECT_TRUE(in.is_at_end());
    EXPECT_EQ(back->is_exact(), values.is_exact());
    EXPECT_TRUE(std::equal(back->values().begin(), back->values().end(), values.values().begin(),
                           values.values().end()));
    for (std::size_t cut = 0; cut < bytes.size(); cut += 1 + bytes.size() / 50) {
      codec::ByteReader part(std::string_view(bytes).substr(0, cut));
      EXPECT_FALSE(Distribution::decode(part));
    }
  }
}

}  // namespace
}  // namespace weir::sketch

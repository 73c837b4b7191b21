#include "column/coverage.h"

#include <gtest/gtest.h>

namespace weir::column {
namespace {

constexpr TimeMs kMinute = 60'000;
constexpr TimeMs kBase = 64 * 450'000 * kMinute;  // where a word of minutes begins

TEST(Coverage, FindsTheMinutesThatNoRecordCovers) {
  Coverage coverage;
  coverage.mark(kBase, kBase + 2 * kMinute);
  coverage.mark(kBase + 20 * kMinute, kBase + 20 * kMinute);
  coverage.mark(kBase + 25 * kMinute, kBase + 26 * kMinute);
  const auto gaps = coverage.gaps();
  ASSERT_EQ(gaps.size(), 1U);
  EXPECT_EQ(gaps[0].from, kBase + 3 * kMinute);
  EXPECT_EQ(gaps[0].to, kBase + 20 * kMinute);
  EXPECT_EQ(coverage.gaps(4 * kMinute).size(), 2U);
}

TEST(Coverage, GrowsToTheLeftOfItsFirstWord) {
  Coverage coverage;
  coverage.mark(kBase, kBase);
  coverage.mark(kBase - kMinute, kBase);  // ends where marked minutes begin
  coverage.mark(kBase - 30 * kMinute, kBase - 29 * kMinute);
  const auto gaps = coverage.gaps();
  ASSERT_EQ(gaps.size(), 1U);
  EXPECT_EQ(gaps[0].from, kBase - 28 * kMinute);
  EXPECT_EQ(gaps[0].to, kBase - kMinute);
}

TEST(Coverage, MergedIsAsIfMarkedByOne) {
  Coverage one, other, both;
  for (int i = 0; i < 1000; ++i) {
    const TimeMs start = kBase + (i * 7919 % 5000 - 2500) * kMinute;
    (i % 2 == 0 ? one : other).mark(start, start + kMinute);
    both.mark(start, start + kMinute);
  }
  one.merge(other);
  const auto merged = one.gaps(kMinute);
  const auto expected = both.gaps(kMinute);
  ASSERT_EQ(merged.size(), expected.size());
  for (std::size_t i = 0; i < merged.size(); ++i) {
    EXPECT_EQ(merged[i].from, expected[i].from);
    EXPECT_EQ(merged[i].to, expected[i].to);
  }
}

TEST(Coverage, KnowsWhatIsMarkedAlready) {
  Coverage coverage;
  EXPECT_FALSE(coverage.is_covered(kBase, kBase));
  coverage.mark(kBase, kBase + 2 * kMinute);
  EXPECT_TRUE(coverage.is_covered(kBase, kBase + 2 * kMinute + 59'999));
  EXPECT_FALSE(coverage.is_covered(kBase, kBase + 3 * kMinute));
  EXPECT_FALSE(coverage.is_covered(kBase - 1, kBase));
  EXPECT_FALSE(coverage.is_covered(kBase + kMinute, kBase));
  EXPECT_FALSE(coverage.is_covered(INT64_MIN, INT64_MAX));
  coverage.mark(kBase, kBase + 200 * kMinute);
  EXPECT_FALSE(coverage.is_covered(kBase, kBase + 200 * kMinute)) << "too long to be looked at";
}

TEST(Coverage, OddTimesDoNoHarm) {
  Coverage coverage;
  coverage.mark(kBase + 5 * kMinute, kBase);
  coverage.mark(0, 0);
  coverage.mark(253'402'300'799'999, 253'402'300'799'999);
  coverage.mark(kBase, 253'402'300'799'999);
  EXPECT_TRUE(coverage.gaps().empty());
}

}  // namespace
}  // namespace weir::column

#include "console/series.h"

#include <gtest/gtest.h>

#include <initializer_list>

#include "console/time_range.h"

namespace weir::console {
namespace {

TEST(Series, SummariesLeaveStepsWithoutRecordsOut) {
  const StepSummary summary = summary_of({std::nullopt, 4, 0, 10, std::nullopt});
  EXPECT_EQ(summary.total, 14);
  EXPECT_EQ(*summary.min, 0);
  EXPECT_EQ(*summary.max, 10);
  EXPECT_DOUBLE_EQ(*summary.avg, 14.0 / 3);
  EXPECT_EQ(*summary.last, 10);
  EXPECT_DOUBLE_EQ(*summary.p95, 9.4);
  const StepSummary none = summary_of({std::nullopt});
  EXPECT_EQ(none.total, 0);
  EXPECT_FALSE(none.last);
}

TEST(Series, WholeNumbersStayWhole) {
  EXPECT_TRUE(amount_tree(3).is_integer());
  EXPECT_TRUE(amount_tree(3.5).is_double());
  EXPECT_TRUE(amount_tree(1e300).is_double());
  EXPECT_TRUE(amount_tree(std::nullopt).is_null());
}

TEST(TimeRange, StepsAreRoundAndCoverTheSpan) {
  constexpr std::int64_t kHourMs = 3'600'000;
  for (const std::int64_t length :
       std::initializer_list<std::int64_t>{1, 59'999, 60'000, 7 * kHourMs, 40 * 24 * kHourMs}) {
    for (const int points : {1, 2, 60, 300}) {
      const TimeSpan span{1'767'600'012'345, 1'767'600'012'345 + length};
      const std::int64_t step = step_for(span, points);
      const auto steps = steps_of(span, step);
      EXPECT_LE(static_cast<std::int64_t>(steps.size()), points) << length << " " << points;
      EXPECT_LE(steps.front(), span.since);
      EXPECT_GE(steps.back() + step, span.until);
      EXPECT_EQ(step % 60'000, 0);
    }
  }
  EXPECT_EQ(period_text(300'000), "5m");
  EXPECT_EQ(period_text(2 * kHourMs), "2h");
  EXPECT_EQ(period_text(48 * kHourMs), "2d");
}

TEST(TimeRange, ReadsMillisecondsAndTexts) {
  constexpr TimeMs kNow = 1'767'600'000'000;
  const auto span = [&](const format::Tree& body) { return read_span(body, kNow); };
  using format::Tree;
  EXPECT_EQ(span(Tree::map())->since, kNow - 3'600'000);
  EXPECT_EQ(span(Tree::map({{"since", "2h"}}))->since, kNow - 7'200'000);
  EXPECT_EQ(span(Tree::map({{"since", kNow - 5}}))->since, kNow - 5);
  EXPECT_EQ(span(Tree::map({{"since", "now"}})).error().code, ErrorCode::kUsage);
  EXPECT_EQ(span(Tree::map({{"since", true}})).error().code, ErrorCode::kUsage);
  EXPECT_EQ(span(Tree::map({{"until", "some day"}})).error().code, ErrorCode::kUsage);
}

}  // namespace
}  // namespace weir::console

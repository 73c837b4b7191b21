#include "console/point_slots.h"

#include <gtest/gtest.h>

#include <limits>

namespace weir::console {
namespace {

constexpr std::int64_t kMinuteMs = 60'000;

std::vector<Point> points(int count) {
  std::vector<Point> all;
  for (int i = 0; i < count; ++i) {
    all.push_back({i * kMinuteMs, static_cast<double>(i % 7)});
  }
  return all;
}

TEST(PointSlots, FewPointsStayAsTheyAre) {
  const Slots slots = slots_of(points(10), 10, kMinuteMs);
  EXPECT_FALSE(slots.is_reduced);
  ASSERT_EQ(slots.slots.size(), 10U);
  EXPECT_EQ(slots.slots[3].mean, 3);
  EXPECT_EQ(slots.step_ms, kMinuteMs);
}

TEST(PointSlots, NoExtremeIsLost) {
  std::vector<Point> all = points(1'000);
  all[321].value = -50;
  all[777].value = 900;
  const Slots slots = slots_of(all, 60, kMinuteMs);
  EXPECT_TRUE(slots.is_reduced);
  EXPECT_LE(slots.slots.size(), 60U);
  double low = std::numeric_limits<double>::max();
  double high = std::numeric_limits<double>::lowest();
  for (const Slot& slot : slots.slots) {
    EXPECT_EQ(slot.time_ms % slots.step_ms, 0);
    EXPECT_LE(slot.low, slot.mean);
    EXPECT_LE(slot.mean, slot.high);
    low = std::min(low, slot.low);
    high = std::max(high, slot.high);
  }
  EXPECT_EQ(low, -50);
  EXPECT_EQ(high, 900);
}

TEST(PointSlots, GapsStayGaps) {
  std::vector<Point> all = points(100);
  all.erase(all.begin() + 40, all.begin() + 80);
  const Slots slots = slots_of(all, 10, kMinuteMs);
  EXPECT_EQ(slots.step_ms, 10 * kMinuteMs);
  EXPECT_EQ(slots.slots.size(), 6U);
  EXPECT_TRUE(slots_of({}, 10, kMinuteMs).slots.empty());
}

}  // namespace
}  // namespace weir::console

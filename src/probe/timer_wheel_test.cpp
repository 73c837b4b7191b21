#include "probe/timer_wheel.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <utility>

#include "base/random.h"

namespace weir::probe {
namespace {

// Against a sorted map: the same timers fire, none before its time, each within 1 ms of the turn.
TEST(TimerWheel, FiresWhatASortedMapWould) {
  Random random(7);
  std::int64_t now = 5'000'000'123;
  TimerWheel wheel(now);
  std::multimap<std::int64_t, std::uint32_t> model;
  std::uint32_t next_id = 0;
  for (int turn = 0; turn < 20'000; ++turn) {
    for (std::uint64_t i = random.below(4); i > 0; --i) {
      // Some lie several turns of the wheel ahead, some in the past.
      const auto ahead = static_cast<std::int64_t>(random.below(6'000'000'000));
      const std::int64_t due = now + (random.chance(0.1) ? -ahead : ahead / (turn % 2 ? 100 : 1));
      wheel.arm(next_id, due);
      model.emplace(std::max(due, now), next_id++);
    }
    now +=
        static_cast<std::int64_t>(random.below(random.chance(0.001) ? 9'000'000'000 : 3'000'000));
    std::map<std::uint32_t, int> fired;
    wheel.advance(now, [&](std::uint32_t id) { ++fired[id]; });
    for (auto it = model.begin(); it != model.end() && it->first <= now;) {
      const auto found = fired.find(it->second);
      if (found != fired.end()) {
        EXPECT_EQ(found->second, 1);
        fired.erase(found);
        it = model.erase(it);
        continue;
      }
      EXPECT_GT(it->first, now - 2 * TimerWheel::kTickNs) << "fires too late";
      ++it;
    }
    EXPECT_TRUE(fired.empty()) << "fired before its time";
  }
}

TEST(TimerWheel, TellsWhenTheNextIsDue) {
  TimerWheel wheel(0);
  EXPECT_EQ(wheel.next_ns(0, 50'000'000), 50'000'000);
  wheel.arm(1, 20'300'000);
  EXPECT_EQ(wheel.next_ns(0, 50'000'000), 21'000'000);
  EXPECT_EQ(wheel.next_ns(0, 10'000'000), 10'000'000);
  int fired = 0;
  wheel.advance(20'999'999, [&](std::uint32_t) { ++fired; });
  EXPECT_EQ(fired, 0);
  wheel.advance(21'000'000, [&](std::uint32_t) { ++fired; });
  EXPECT_EQ(fired, 1);
}

}  // namespace
}  // namespace weir::probe

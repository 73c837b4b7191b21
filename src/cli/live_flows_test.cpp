#include "cli/live_flows.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace weir::cli {
namespace {

constexpr TimeMs kNow = 1'767'614'520'000;  // 2026-01-05T12:02:00Z

simulate::SimulationOptions options() {
  simulate::SimulationOptions options;
  options.seed = 3;
  return options;
}

std::size_t num_lines(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

TEST(LiveFlows, GivesTheHistoryThenWhatEndsAsTimeGoesOn) {
  LiveFlows flows(options(), kNow, 3'600, 5'000);
  const std::string history = flows.take(kNow, nullptr).value();
  EXPECT_TRUE(history.starts_with("version account-id "));
  EXPECT_EQ(num_lines(history), flows.num_taken() + 1);
  EXPECT_GT(flows.num_taken(), 3'000U);
  EXPECT_GT(flows.bytes_taken(), 0);
  EXPECT_EQ(flows.take(kNow, nullptr).value(), "");
  std::size_t num_later = 0;
  for (int second = 10; second <= 600; second += 10) {
    const std::string piece = flows.take(kNow + second * 1'000, nullptr).value();
    EXPECT_TRUE(piece.empty() || piece.starts_with("version account-id "));
    num_later += flows.num_taken();
  }
  EXPECT_GT(num_later, 400U);
}

TEST(LiveFlows, GoesOnPastWhatWasSimulatedFirst) {
  LiveFlows flows(options(), kNow, 3'600, 5'000);
  ASSERT_TRUE(flows.take(kNow, nullptr));
  ASSERT_TRUE(flows.take(kNow + 3'600'000, nullptr));
  const std::string later = flows.take(kNow + 3 * 3'600'000, nullptr).value();
  EXPECT_GT(num_lines(later), 3'000U);
}

TEST(LiveFlows, RefusesALayoutThatDoesNotSayWhen) {
  simulate::SimulationOptions short_layout = options();
  short_layout.layout = flowlog::parse_format("srcaddr dstaddr bytes").value();
  LiveFlows flows(short_layout, kNow, 3'600, 5'000);
  EXPECT_EQ(flows.take(kNow, nullptr).error().code, ErrorCode::kUsage);
}

}  // namespace
}  // namespace weir::cli

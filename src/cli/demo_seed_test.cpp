#include <gmock/gmock.h>

#include "cli/command_fixture.h"

namespace weir::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

using DemoSeed = CommandFixture;

TEST_F(DemoSeed, AlarmsStayWithoutDataAsPublishedAndGoToAlarmAndBackWithTheRollup) {
  ASSERT_EQ(run({"demo", "seed"}), 0) << said_;
  const std::size_t half = output_.find("The same hour");
  ASSERT_NE(half, std::string::npos);
  const std::string strict = output_.substr(0, half);
  const std::string rollup = output_.substr(half);
  for (const char* const alarm :
       {"High-Network-Latency", "High-Packet-Loss", "High-Network-Errors"}) {
    EXPECT_THAT(strict, HasSubstr(std::string(alarm) + ": INSUFFICIENT_DATA"));
    EXPECT_THAT(strict, HasSubstr("alarm " + std::string(alarm) + ": no metric "));
    EXPECT_THAT(rollup, HasSubstr(std::string(alarm) + ": Alarm updated from OK to ALARM"));
    EXPECT_THAT(rollup, HasSubstr(std::string(alarm) + ": Alarm updated from ALARM to OK"));
    EXPECT_THAT(rollup, HasSubstr("ALARM: \"" + std::string(alarm) + "\" in US West (Oregon)"));
  }
  EXPECT_THAT(strict, Not(HasSubstr("to ALARM")));
  EXPECT_THAT(rollup, HasSubstr("weir doctor now finds nothing"));
}

}  // namespace
}  // namespace weir::cli

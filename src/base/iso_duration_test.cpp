#include "base/iso_duration.h"

#include <gtest/gtest.h>

namespace weir {
namespace {

constexpr std::int64_t kDayS = 86'400;

TEST(IsoDuration, IsReadInSeconds) {
  const auto seconds = [](std::string_view text) {
    const auto duration = parse_iso_duration(text);
    return duration ? duration->seconds : -1;
  };
  EXPECT_EQ(seconds("PT4H"), 4 * 3'600);
  EXPECT_EQ(seconds("P1DT30M"), kDayS + 1'800);
  EXPECT_EQ(seconds("PT0H"), 0);
  EXPECT_EQ(seconds("PT1H1M1S"), 3'661);
  EXPECT_EQ(seconds("P1Y2M1W3D"), (365 + 60 + 7 + 3) * kDayS);
}

TEST(IsoDuration, TellsCalendarUnitsApart) {
  EXPECT_TRUE(parse_iso_duration("P3DT1M")->is_exact);
  EXPECT_FALSE(parse_iso_duration("P3M")->is_exact);
  EXPECT_FALSE(parse_iso_duration("P1W")->is_exact);
  EXPECT_FALSE(parse_iso_duration("P1Y")->is_exact);
}

TEST(IsoDuration, RefusesWhatIsNone) {
  for (const char* text :
       {"", "P", "PT", "P1", "P1DT", "4H", "P4H", "PT4D", "PT-1H", "PT1.5H", "PTH", "P1DTT1H",
        "PT10000001S", "PT99999999999999999999S", "pt1h", "PT1H "}) {
    EXPECT_FALSE(parse_iso_duration(text)) << text;
  }
}

}  // namespace
}  // namespace weir

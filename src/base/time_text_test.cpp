#include "base/time_text.h"

#include <gtest/gtest.h>

#include <array>
#include <limits>
#include <string>

#include "base/random.h"

namespace weir {
namespace {

using Unit = Period::Unit;
constexpr std::int64_t kDay = 86'400'000;

TimeMs at(std::string_view text) {
  const auto time = parse_absolute_time(text);
  EXPECT_TRUE(time.has_value()) << text;
  return time.value_or(0);
}

std::string iso(TimeMs time) { return to_time_text(time); }

TEST(TimeText, WritesBothStyles) {
  EXPECT_EQ(to_time_text(1'772'323'212'000), "2026-03-01T00:00:12Z");
  EXPECT_EQ(to_time_text(1'772'323'212'034), "2026-03-01T00:00:12.034Z");
  EXPECT_EQ(to_time_text(1'772'323'212'000, TimeStyle::kInsights), "2026-03-01 00:00:12.000");
  EXPECT_EQ(to_time_text(0), "1970-01-01T00:00:00Z");
  EXPECT_EQ(to_time_text(-1), "1969-12-31T23:59:59.999Z");
}

TEST(TimeText, TimesPastFourDigitsOfYearsAreWrittenAsTheLast) {
  EXPECT_EQ(iso(std::numeric_limits<TimeMs>::max()), "9999-12-31T23:59:59.999Z");
  EXPECT_EQ(iso(std::numeric_limits<TimeMs>::min()), "0001-01-01T00:00:00Z");
}

TEST(TimeText, ReadsAbsoluteTimes) {
  const TimeMs wanted = 1'772'373'600'000;  // 2026-03-01T14:00:00Z
  for (const char* text :
       {"2026-03-01T14:00:00Z", "2026-03-01T14:00:00z", "2026-03-01t14:00Z", "2026-03-01T14:00",
        "2026-03-01 14:00", "2026-03-01 14:00:00", "2026-03-01 14:00:00.000",
        "2026-03-01 14:00:00,000", "2026-03-01T16:30:00+02:30", "2026-03-01T16:30:00+0230",
        "2026-03-01T10:00:00-04", "2026-03-02T00:00:00+10:00", "2026-03-01 14:00:00 UTC",
        "1772373600", "1772373600000", "  1772373600 "}) {
    EXPECT_EQ(parse_absolute_time(text), wanted) << text;
  }
  EXPECT_EQ(parse_absolute_time("2026-03-01"), 1'772'323'200'000);
  EXPECT_EQ(parse_absolute_time("2026-03-01T14:00:00.5Z"), wanted + 500);
  EXPECT_EQ(parse_absolute_time("2026-03-01T14:00:00.123456789Z"), wanted + 123);
  EXPECT_EQ(parse_absolute_time("1969-12-31T23:59:59Z"), -1000);
  EXPECT_EQ(parse_absolute_time("2024-02-29"), at("2024-03-01") - kDay);
  EXPECT_EQ(parse_absolute_time("2026-12-31T23:59:60Z"), at("2027-01-01"));  // a leap second
}

TEST(TimeText, TellsSecondsFromMillisecondsAtTenToTheEleventh) {
  EXPECT_EQ(parse_absolute_time("99999999999"), 99'999'999'999'000);
  EXPECT_EQ(parse_absolute_time("100000000000"), 100'000'000'000);
  EXPECT_EQ(parse_absolute_time("0"), 0);
  EXPECT_EQ(parse_absolute_time("-1"), -1000);
}

TEST(TimeText, RefusesWhatIsNoTime) {
  for (const char* text : {"",
                           " ",
                           "2026",
                           "yesterday",
                           "2026-3-1",
                           "2026-13-01",
                           "2026-00-10",
                           "2026-02-29",
                           "2100-02-29",
                           "2026-04-31",
                           "2026-03-00",
                           "0000-01-01",
                           "2026/03/01",
                           "2026-03-01T",
                           "2026-03-01T24:00",
                           "2026-03-01T14:60",
                           "2026-03-01T14:00:61",
                           "2026-03-01T14",
                           "2026-03-01T14:00:00.",
                           "2026-03-01T14:00:00X",
                           "2026-03-01T14:00:00+",
                           "2026-03-01x14:00",
                           "2026-03-01T14:00:00+24:00",
                           "2026-03-01T14:00:00+01:60",
                           "99999999999999999999",
                           "999999999999999999",
                           "1.5",
                           "-",
                           "20-03-01T14:00"}) {
    EXPECT_FALSE(parse_absolute_time(text).has_value()) << text;
  }
}

TEST(TimeText, EveryDayOfThreeCenturiesFollowsTheOneBefore) {
  constexpr std::array<int, 12> kDays{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  TimeMs time = from_civil({1900, 1, 1, 0, 0, 0, 0});
  for (int year = 1900; year <= 2200; ++year) {
    const bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    for (int month = 1; month <= 12; ++month) {
      const int days = month == 2 && is_leap ? 29 : kDays[static_cast<std::size_t>(month - 1)];
      for (int day = 1; day <= days; ++day) {
        const CivilTime civil = to_civil(time);
        ASSERT_EQ(civil.year, year) << time;
        ASSERT_EQ(civil.month, month) << time;
        ASSERT_EQ(civil.day, day) << time;
        ASSERT_EQ(from_civil(civil), time);
        time += kDay;
      }
    }
  }
  EXPECT_EQ(from_civil({2000, 3, 1, 0, 0, 0, 0}), 951'868'800'000);
}

TEST(TimeText, WhatIsWrittenReadsBack) {
  constexpr std::uint64_t kSeed = 20'260'301;
  SCOPED_TRACE("seed " + std::to_string(kSeed));
  Random random(kSeed);
  const TimeMs first = from_civil({1900, 1, 1, 0, 0, 0, 0});
  const TimeMs last = from_civil({2200, 1, 1, 0, 0, 0, 0});
  for (int i = 0; i < 20'000; ++i) {
    const TimeMs time =
        first + static_cast<TimeMs>(random.below(static_cast<std::uint64_t>(last - first)));
    ASSERT_EQ(parse_absolute_time(to_time_text(time)), time);
    ASSERT_EQ(parse_absolute_time(to_time_text(time, TimeStyle::kInsights)), time);
  }
}

TEST(TimeText, ExtremesOfTheTypeAreHarmless) {
  for (const TimeMs time : {std::numeric_limits<TimeMs>::max(), std::numeric_limits<TimeMs>::min(),
                            std::numeric_limits<TimeMs>::min() + 1}) {
    const CivilTime civil = to_civil(time);
    EXPECT_GE(civil.hour, 0);
    EXPECT_LT(civil.hour, 24);
    for (const Unit unit : {Unit::kMillisecond, Unit::kSecond, Unit::kHour, Unit::kDay, Unit::kWeek,
                            Unit::kMonth, Unit::kQuarter, Unit::kYear}) {
      for (const std::int64_t count : {std::int64_t{1}, std::numeric_limits<std::int64_t>::max()}) {
        const Period period{count, unit};
        static_cast<void>(floor_time(time, period));
        static_cast<void>(add_period(time, period, 1));
        static_cast<void>(add_period(time, period, -1));
        EXPECT_GT(period.approximate_ms(), 0);
      }
    }
  }
  EXPECT_EQ(add_period(0, {std::numeric_limits<std::int64_t>::max(), Unit::kDay}),
            std::numeric_limits<TimeMs>::max());
}

TEST(ParseTime, ReadsWhatPeopleType) {
  const TimeMs now = at("2026-03-01T09:30:00.250Z");
  const TimeMs today = at("2026-03-01");
  const auto expect = [&](std::string_view text, TimeMs wanted) {
    const auto time = parse_time(text, now);
    ASSERT_TRUE(time.has_value()) << text << ": " << time.error().message;
    EXPECT_EQ(iso(*time), iso(wanted)) << text;
  };
  expect("now", now);
  expect("2h", now - 7'200'000);
  expect("2h ago", now - 7'200'000);
  expect("2 hours ago", now - 7'200'000);
  expect("-15m", now - 900'000);
  expect("90s", now - 90'000);
  expect("1w", now - 7 * kDay);
  expect("1mo", at("2026-02-01T09:30:00.250Z"));
  expect("1y", at("2025-03-01T09:30:00.250Z"));
  expect("today", today);
  expect("yesterday", today - kDay);
  expect("yesterday 14:00", today - kDay + 14 * 3'600'000);
  expect("today 08:15:30", today + 8 * 3'600'000 + 15 * 60'000 + 30'000);
  expect("14:00", today + 14 * 3'600'000);
  expect(" 2026-02-28 ", at("2026-02-28"));
  expect("1772373600", 1'772'373'600'000);
}

TEST(ParseTime, AnErrorNamesTheAcceptedForms) {
  for (const char* text :
       {"", "soon", "2x", "h", "yesterday evening", "todayish", "25:00", "14:00x", "2026-02-30",
        "9999999999999h", "99999999999999999999s", "2h from now"}) {
    const auto time = parse_time(text, 0);
    ASSERT_FALSE(time.has_value()) << text;
    EXPECT_EQ(time.error().code, ErrorCode::kUsage);
    EXPECT_NE(time.error().message.find("2h"), std::string::npos);
  }
}

TEST(Period, ReadsEverySpellingOfAUnit) {
  const std::array<std::pair<const char*, Unit>, 20> spellings{{
      {"ms", Unit::kMillisecond},
      {"msecs", Unit::kMillisecond},
      {"milliseconds", Unit::kMillisecond},
      {"s", Unit::kSecond},
      {"secs", Unit::kSecond},
      {"Second", Unit::kSecond},
      {"m", Unit::kMinute},
      {"mins", Unit::kMinute},
      {"MINUTES", Unit::kMinute},
      {"h", Unit::kHour},
      {"hrs", Unit::kHour},
      {"hour", Unit::kHour},
      {"d", Unit::kDay},
      {"days", Unit::kDay},
      {"w", Unit::kWeek},
      {"mo", Unit::kMonth},
      {"mons", Unit::kMonth},
      {"qtr", Unit::kQuarter},
      {"y", Unit::kYear},
      {"yrs", Unit::kYear},
  }};
  for (const auto& [text, unit] : spellings) {
    EXPECT_EQ(parse_period_unit(text), unit) << text;
  }
  for (const char* text : {"", "x", "ss", "hourss", "minut"}) {
    EXPECT_FALSE(parse_period_unit(text).has_value()) << text;
  }
}

TEST(Period, ReadsCountsWithUnits) {
  const auto period = parse_period("300 s");
  ASSERT_TRUE(period.has_value());
  EXPECT_EQ(period->count, 300);
  EXPECT_EQ(period->approximate_ms(), 300'000);
  EXPECT_EQ(parse_period("1mo")->approximate_ms(), 30 * kDay);
  EXPECT_EQ(parse_period("2q")->approximate_ms(), 182 * kDay);
  EXPECT_EQ(parse_period("1y")->approximate_ms(), 365 * kDay);
  for (const char* text :
       {"", "5", "m", "-5m", "5.5m", "5 m x", "9999999999999d", "999999999999y"}) {
    EXPECT_FALSE(parse_period(text).has_value()) << text;
  }
}

TEST(Period, FloorsAlsoBeforeTheEpoch) {
  const auto floor = [](const char* text, std::int64_t count, Unit unit) {
    return iso(floor_time(at(text), {count, unit}));
  };
  EXPECT_EQ(floor("2026-03-01T14:07:31.9Z", 5, Unit::kMinute), "2026-03-01T14:05:00Z");
  EXPECT_EQ(floor("2026-03-01T14:05:00Z", 5, Unit::kMinute), "2026-03-01T14:05:00Z");
  EXPECT_EQ(floor("1969-12-31T23:59:59.999Z", 1, Unit::kHour), "1969-12-31T23:00:00Z");
  EXPECT_EQ(floor("1969-12-31T23:59:59.999Z", 1, Unit::kSecond), "1969-12-31T23:59:59Z");
  EXPECT_EQ(floor("2026-03-01T14:07:31Z", 1, Unit::kDay), "2026-03-01T00:00:00Z");
  EXPECT_EQ(floor("2026-03-01T14:07:31Z", 1, Unit::kWeek), "2026-02-23T00:00:00Z");  // Monday
  EXPECT_EQ(floor("2026-02-23T00:00:00Z", 1, Unit::kWeek), "2026-02-23T00:00:00Z");
  EXPECT_EQ(floor("1970-01-01T00:00:00Z", 1, Unit::kWeek), "1969-12-29T00:00:00Z");
  EXPECT_EQ(floor("2026-03-31T23:59:59Z", 1, Unit::kMonth), "2026-03-01T00:00:00Z");
  EXPECT_EQ(floor("1969-11-30T00:00:00Z", 1, Unit::kMonth), "1969-11-01T00:00:00Z");
  EXPECT_EQ(floor("2026-06-30T12:00:00Z", 1, Unit::kQuarter), "2026-04-01T00:00:00Z");
  EXPECT_EQ(floor("2026-06-30T12:00:00Z", 1, Unit::kYear), "2026-01-01T00:00:00Z");
  EXPECT_EQ(floor("1968-02-29T12:00:00Z", 1, Unit::kYear), "1968-01-01T00:00:00Z");
  EXPECT_EQ(floor("2026-06-30T12:00:00Z", 0, Unit::kHour), "2026-06-30T12:00:00Z");  // as 1
}

TEST(Period, AFloorIsTheLatestStartNotAfterTheTime) {
  constexpr std::uint64_t kSeed = 7;
  SCOPED_TRACE("seed " + std::to_string(kSeed));
  Random random(kSeed);
  for (int i = 0; i < 5'000; ++i) {
    const TimeMs time = static_cast<TimeMs>(random.below(8'000'000'000'000)) - 4'000'000'000'000;
    for (const Unit unit : {Unit::kMillisecond, Unit::kSecond, Unit::kMinute, Unit::kHour,
                            Unit::kDay, Unit::kWeek, Unit::kMonth, Unit::kQuarter, Unit::kYear}) {
      const Period period{1 + static_cast<std::int64_t>(random.below(9)), unit};
      const TimeMs start = floor_time(time, period);
      ASSERT_LE(start, time);
      ASSERT_GT(add_period(start, period), time);
      ASSERT_EQ(floor_time(start, period), start);
    }
  }
}

TEST(Period, AddingMonthsKeepsWithinTheMonth) {
  const auto add = [](const char* text, std::int64_t count, Unit unit, std::int64_t times) {
    return iso(add_period(at(text), {count, unit}, times));
  };
  EXPECT_EQ(add("2026-01-31T10:00:00Z", 1, Unit::kMonth, 1), "2026-02-28T10:00:00Z");
  EXPECT_EQ(add("2024-01-31T10:00:00Z", 1, Unit::kMonth, 1), "2024-02-29T10:00:00Z");
  EXPECT_EQ(add("2024-02-29T10:00:00Z", 1, Unit::kYear, 1), "2025-02-28T10:00:00Z");
  EXPECT_EQ(add("2024-02-29T10:00:00Z", 1, Unit::kYear, 4), "2028-02-29T10:00:00Z");
  EXPECT_EQ(add("2026-01-15T00:00:00Z", 1, Unit::kMonth, -1), "2025-12-15T00:00:00Z");
  EXPECT_EQ(add("2026-03-31T00:00:00Z", 1, Unit::kQuarter, -1), "2025-12-31T00:00:00Z");
  EXPECT_EQ(add("2026-03-31T00:00:00Z", 2, Unit::kHour, -3), "2026-03-30T18:00:00Z");
  EXPECT_EQ(add("1970-01-31T00:00:00Z", 1, Unit::kMonth, -11), "1969-02-28T00:00:00Z");
}

}  // namespace
}  // namespace weir

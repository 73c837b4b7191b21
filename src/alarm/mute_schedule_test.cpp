#include "alarm/mute_schedule.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "alarm/timezone.h"
#include "base/time_text.h"

namespace weir::alarm {
namespace {

TimeMs at(std::string_view text) { return parse_absolute_time(std::string(text)).value(); }
std::int64_t hours_in(std::string_view zone, std::string_view text) {
  return offset_of(zone, at(text) / 1000).value() / 3'600;
}

MuteRule rule_of(std::string expression, std::string duration, std::string timezone) {
  MuteRule rule;
  rule.name = "rule";
  rule.expression = std::move(expression);
  rule.duration = std::move(duration);
  rule.timezone = std::move(timezone);
  EXPECT_TRUE(check_mute_rule(rule).has_value()) << rule.expression << rule.timezone;
  return rule;
}

TEST(Timezone, ChangesWhenClocksDo) {
  EXPECT_EQ(hours_in("Europe/Berlin", "2026-03-29T00:59:59Z"), 1);
  EXPECT_EQ(hours_in("Europe/Berlin", "2026-03-29T01:00:00Z"), 2);
  EXPECT_EQ(hours_in("Europe/Berlin", "2026-10-25T00:59:59Z"), 2);
  EXPECT_EQ(hours_in("Europe/Berlin", "2026-10-25T01:00:00Z"), 1);
  EXPECT_EQ(hours_in("America/Los_Angeles", "2026-03-08T09:59:59Z"), -8);
  EXPECT_EQ(hours_in("America/Los_Angeles", "2026-03-08T10:00:00Z"), -7);
  EXPECT_EQ(hours_in("US/Pacific", "2026-11-01T08:59:59Z"), -7);
  EXPECT_EQ(hours_in("US/Pacific", "2026-11-01T09:00:00Z"), -8);
  // South of the equator summer is over the turn of the year.
  EXPECT_EQ(hours_in("Australia/Sydney", "2026-01-01T00:00:00Z"), 11);
  EXPECT_EQ(hours_in("Australia/Sydney", "2026-07-01T00:00:00Z"), 10);
  EXPECT_EQ(hours_in("Europe/Dublin", "2026-07-01T00:00:00Z"), 1);
  EXPECT_EQ(hours_in("Europe/Dublin", "2026-12-01T00:00:00Z"), 0);
}

TEST(Timezone, NamesAndOffsets) {
  EXPECT_EQ(offset_of("Asia/Kolkata", 0), 19'800);
  EXPECT_EQ(offset_of("Etc/GMT+5", 0), -18'000);
  EXPECT_EQ(offset_of("America/Sao_Paulo", 0), -10'800);
  EXPECT_EQ(offset_of("UTC", 0), 0);
  EXPECT_EQ(offset_of("+01:30", 0), 5'400);
  for (const char* text : {"", "Mars/Olympus", "Europe", "Berlin", "europe/berlin", "0130", "+1530",
                           "Europe/Berlin Europe/Paris"}) {
    EXPECT_FALSE(offset_of(text, 0)) << text;
  }
}

TEST(MuteSchedule, FollowsTheClocksOfItsZone) {
  const MuteRule rule = rule_of("cron(0 2 * * *)", "PT1H", "Europe/Berlin");
  EXPECT_TRUE(is_mute_active(rule, at("2026-01-15T01:30:00Z")));
  EXPECT_FALSE(is_mute_active(rule, at("2026-01-15T00:30:00Z")));
  EXPECT_TRUE(is_mute_active(rule, at("2026-07-15T00:30:00Z")));
  EXPECT_FALSE(is_mute_active(rule, at("2026-07-15T01:30:00Z")));
  EXPECT_FALSE(has_mute_expired(rule, at("2049-07-15T01:30:00Z")));
}

TEST(MuteSchedule, DaysAndMonthsMayBeNamed) {
  const MuteRule rule = rule_of("cron(0 8 ? DEC MON-FRI)", "PT1H", "");
  EXPECT_TRUE(is_mute_active(rule, at("2026-12-04T08:10:00Z")));   // a Friday
  EXPECT_FALSE(is_mute_active(rule, at("2026-12-05T08:10:00Z")));  // a Saturday
  EXPECT_FALSE(is_mute_active(rule, at("2026-11-06T08:10:00Z")));
  EXPECT_TRUE(is_mute_active(rule_of("cron(0 8 * * SUN)", "PT1H", ""), at("2026-12-06T08:10:00Z")));
  MuteRule bad;
  bad.name = "rule";
  bad.duration = "PT1H";
  for (const char* text : {"cron(0 8 * * FOO)", "cron(0 8 MON * *)", "cron(0 8 * SUN *)"}) {
    bad.expression = text;
    EXPECT_FALSE(check_mute_rule(bad).has_value()) << text;
  }
}

TEST(MuteSchedule, OneTimeEnds) {
  const MuteRule rule = rule_of("at(2026-12-24T18:00)", "PT6H", "Europe/Berlin");
  EXPECT_FALSE(has_mute_expired(rule, at("2026-12-01T00:00:00Z")));
  EXPECT_TRUE(is_mute_active(rule, at("2026-12-24T22:59:00Z")));
  EXPECT_FALSE(has_mute_expired(rule, at("2026-12-24T22:59:00Z")));
  EXPECT_TRUE(has_mute_expired(rule, at("2026-12-24T23:00:00Z")));
}

}  // namespace
}  // namespace weir::alarm

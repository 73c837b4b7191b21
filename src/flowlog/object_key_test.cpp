#include "flowlog/object_key.h"

#include <gtest/gtest.h>

#include <string>

#include "base/time_text.h"

namespace weir::flowlog {
namespace {

TimeMs at(std::string_view text) { return *parse_absolute_time(text); }

constexpr std::string_view kFile =
    "123456789012_vpcflowlogs_us-east-1_fl-777b0c8bbb055b433_20260301T0805Z_341efa5f.log.gz";

TEST(ObjectKey, ReadsTheS3Form) {
  const ObjectKey key = parse_object_key(
      "logs/prefix/AWSLogs/123456789012/vpcflowlogs/us-east-1/2026/03/01/" + std::string(kFile));
  EXPECT_EQ(key.account, "123456789012");
  EXPECT_EQ(key.region, "us-east-1");
  EXPECT_EQ(key.flow_log_id, "fl-777b0c8bbb055b433");
  EXPECT_EQ(key.time, at("2026-03-01T08:05:00Z"));
  EXPECT_TRUE(key.is_exact);
}

TEST(ObjectKey, ReadsTheHiveFormWithHours) {
  const ObjectKey key = parse_object_key(
      "AWSLogs/aws-account-id=000000000042/aws-service=vpcflowlogs/aws-region=us-gov-west-1/"
      "year=2026/month=03/day=01/hour=23/x.log.parquet");
  EXPECT_EQ(key.account, "000000000042");
  EXPECT_EQ(key.region, "us-gov-west-1");
  EXPECT_EQ(key.flow_log_id, "");
  EXPECT_EQ(key.time, at("2026-03-01T23:00:00Z"));
  EXPECT_FALSE(key.is_exact);
}

TEST(ObjectKey, ReadsTheNameAloneAndFoldersAlone) {
  EXPECT_TRUE(parse_object_key(kFile).is_exact);
  const ObjectKey folders =
      parse_object_key("AWSLogs/123456789012/vpcflowlogs/eu-west-1/2026/03/01/part.txt");
  EXPECT_EQ(folders.account, "123456789012");
  EXPECT_EQ(folders.time, at("2026-03-01"));
}

TEST(ObjectKey, OnlyAwsOwnNamesAreExact) {
  for (const char* name : {
           "123456789012_vpcflowlogs_us-east-1_fl-777b_20260301T0805Z_341efa5f.log",
           "123456789012_vpcflowlogs_us-east-1_fl-777b_20260301T0805Z_341efa5f (1).log.gz",
           "123456789012_vpcflowlogs_us-east-1_fl-777b_20260301T0805Z.log.gz",
           "123456789012_vpcflowlogs_us-east-1_fl-777b_20260230T0805Z_341efa5f.log.gz",
           "123456789012_vpcflowlogs_us-east-1_fl-777b_20260301T2505Z_341efa5f.log.gz",
           "12345678901_vpcflowlogs_us-east-1_fl-777b_20260301T0805Z_341efa5f.log.gz",
           "123456789012_otherlogs_us-east-1_fl-777b_20260301T0805Z_341efa5f.log.gz",
           "123456789012_vpcflowlogs_us-east-1_xx-777b_20260301T0805Z_341efa5f.log.gz",
           "",
           "-",
           "____________",
       }) {
    EXPECT_FALSE(parse_object_key(name).is_exact) << name;
  }
}

TEST(ObjectKey, SkipsOnlyWhatTheStampExcludes) {
  const ObjectKey key = parse_object_key(kFile);
  const TimeMs stamp = at("2026-03-01T08:05:00Z");
  const auto holds = [&](std::optional<TimeMs> since, std::optional<TimeMs> until) {
    return may_hold(key, {since, until});
  };
  EXPECT_TRUE(holds({}, {}));
  EXPECT_TRUE(holds(stamp + 299'999, {}));
  EXPECT_FALSE(holds(stamp + 300'000, {}));
  EXPECT_TRUE(holds({}, stamp - 659'999));
  EXPECT_FALSE(holds({}, stamp - 660'000));
  EXPECT_TRUE(may_hold(parse_object_key("flows.log.gz"), {stamp + 900'000'000, {}}));
  const ObjectKey plain =
      parse_object_key("AWSLogs/123456789012/vpcflowlogs/us-east-1/2020/01/01/x.log.gz");
  EXPECT_TRUE(may_hold(plain, {stamp, {}}));
}

}  // namespace
}  // namespace weir::flowlog

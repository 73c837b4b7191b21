#include "alarm/explain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "alarm/replay.h"
#include "alarm/report_text.h"
#include "io/faulty_file_system.h"

namespace weir::alarm {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr TimeMs kStart = 1'772'409'600'000;  // 2026-03-02T00:00:00Z
constexpr TimeMs kMinute = 60'000;
constexpr TimeMs kDay = 86'400'000;
constexpr const char* kScope = "123456789012/us-west-2";

class ExplainTest : public ::testing::Test {
 protected:
  ExplainTest() {
    metric::MetricOpenReport report;
    store_ = *metric::MetricStore::open(files_, "m", clock_, {}, report);
    alarm_.scope = kScope;
    MetricAlarm definition;
    definition.name = "High-Packet-Loss";
    definition.metric = metric::MetricStat{
        {"VPC/NetworkLatency/8_8_8_8", "packet_loss_percent", {}}, 300, "Average", ""};
    definition.threshold = 1;
    alarm_.definition = definition;
  }
  void put(double value, std::vector<metric::DimensionView> dimensions = {},
           std::string_view name = "packet_loss_percent", std::string_view unit = "") {
    metric::Datum datum;
    datum.name = name;
    datum.value = value;
    datum.dimensions = dimensions;
    datum.unit = unit;
    datum.timestamp = clock_.now_ms();
    ASSERT_TRUE(store_->put(kScope, "VPC/NetworkLatency/8_8_8_8", {&datum, 1}));
  }
  MetricAlarm& definition() { return std::get<MetricAlarm>(alarm_.definition); }
  Explanation run() { return explain(*store_, nullptr, alarm_, clock_.now_ms(), std::nullopt); }

  io::FaultyFileSystem files_;
  ManualClock clock_{kStart};
  std::unique_ptr<metric::MetricStore> store_;
  Alarm alarm_;
};

TEST_F(ExplainTest, TheSeedsAlarmMissesADimension) {
  put(20, {{"InstanceId", "i-1"}, {"VpcId", "vpc-1"}});
  clock_.advance_ms(5 * kMinute);
  const Explanation explanation = run();
  EXPECT_THAT(explanation.matching, IsEmpty());
  ASSERT_THAT(explanation.near, SizeIs(1));
  EXPECT_THAT(explanation.near[0].differences,
              ElementsAre("it has InstanceId=i-1 besides", "it has VpcId=vpc-1 besides"));
  EXPECT_EQ(
      explanation.reasons[0],
      "alarm High-Packet-Loss: no metric without dimensions is named packet_loss_percent in "
      "VPC/NetworkLatency/8_8_8_8; 1 nearly matches, the closest packet_loss_percent with "
      "InstanceId=i-1,VpcId=vpc-1: it has InstanceId=i-1 besides, it has VpcId=vpc-1 besides");
  EXPECT_EQ(explanation.reasons[1], "as of now: Insufficient Data: 1 datapoint was unknown.");
  EXPECT_THAT(
      to_text(alarm_, explanation),
      HasSubstr("near      m1: VPC/NetworkLatency/8_8_8_8 packet_loss_percent InstanceId=i-1 "
                "VpcId=vpc-1 (None): it has InstanceId=i-1 besides"));
  EXPECT_THAT(to_json(alarm_, explanation),
              HasSubstr(R"("dimensions":{"InstanceId":"i-1","VpcId":"vpc-1"})"));
}

TEST_F(ExplainTest, OtherDifferencesAreNamed) {
  definition().metric->metric.dimensions = {{"InstanceId", "i-2"}, {"Zone", "a"}};
  put(1, {{"InstanceId", "i-1"}});
  EXPECT_THAT(run().near[0].differences,
              ElementsAre("its InstanceId is i-1, not i-2", "it has no Zone"));
  definition().metric->metric.dimensions = {{"InstanceId", "i-1"}};
  definition().metric->unit = "Seconds";
  EXPECT_THAT(run().near[0].differences,
              ElementsAre("its unit is None, the alarm looks at Seconds alone"));
  definition().metric->unit = "";
  definition().metric->metric.name = "packet_loss_percnt";
  EXPECT_THAT(run().near[0].differences, ElementsAre("its name is packet_loss_percent"));
  definition().metric->metric.name = "something_else_entirely";
  EXPECT_THAT(run().reasons[0], HasSubstr("nothing like it was ever stored"));
}

TEST_F(ExplainTest, GapsAndTheStateAsOfNow) {
  put(20);
  clock_.advance_ms(10 * kMinute);
  put(0);
  clock_.advance_ms(5 * kMinute);
  const Explanation explanation = run();
  ASSERT_THAT(explanation.matching, SizeIs(1));
  ASSERT_THAT(explanation.gaps, SizeIs(1));
  EXPECT_EQ(explanation.gaps[0].begin_ms, kStart + 5 * kMinute);
  EXPECT_EQ(explanation.gaps[0].end_ms, kStart + 10 * kMinute);
  EXPECT_THAT(explanation.reasons[0], HasSubstr("was not greater than the threshold (1.0)"));
}

TEST_F(ExplainTest, ReplayFindsTheTransitionsAndWhatRollUpsHide) {
  definition().metric->period_s = 60;
  for (int minute = 0; minute < 60; ++minute) {
    put(minute >= 20 && minute < 30 ? 5 : 0);
    clock_.advance_ms(kMinute);
  }
  auto replayed = *replay(*store_, nullptr, kScope, definition(), kStart, clock_.now_ms());
  ASSERT_THAT(replayed.transitions, SizeIs(3));
  EXPECT_EQ(replayed.transitions[0].time_ms, kStart + kMinute);
  EXPECT_EQ(replayed.transitions[1].time_ms, kStart + 21 * kMinute);
  EXPECT_EQ(replayed.transitions[1].new_value, StateValue::kAlarm);
  EXPECT_EQ(replayed.transitions[2].time_ms, kStart + 31 * kMinute);
  EXPECT_THAT(replayed.unknown, IsEmpty());
  EXPECT_THAT(to_text(replayed), HasSubstr("2026-03-02T00:21:00Z  OK -> ALARM  Threshold Crossed"));
  EXPECT_THAT(to_json(replayed), HasSubstr(R"("from":"OK","to":"ALARM")"));
  // Sixteen days later only five-minute samples are promised: periods of a minute are unknown,
  // those of five minutes are not.
  clock_.set_ms(kStart + 16 * kDay);
  ASSERT_TRUE(store_->maintain());
  replayed = *replay(*store_, nullptr, kScope, definition(), kStart, clock_.now_ms());
  ASSERT_FALSE(replayed.unknown.empty());
  EXPECT_EQ(replayed.unknown[0].begin_ms, kStart);
  EXPECT_EQ(replayed.unknown[0].resolution_s, 300);
  definition().metric->period_s = 300;
  replayed = *replay(*store_, nullptr, kScope, definition(), kStart, clock_.now_ms());
  EXPECT_THAT(replayed.unknown, IsEmpty());
  ASSERT_GE(replayed.transitions.size(), 3U);
  EXPECT_EQ(replayed.transitions[1].time_ms, kStart + 25 * kMinute);
  EXPECT_EQ(replayed.stretches[0].step_s, 300);
}

}  // namespace
}  // namespace weir::alarm

#include "alarm/evaluation.h"

#include <gtest/gtest.h>

#include "alarm/reason.h"

namespace weir::alarm {
namespace {

// 2026-02-26T10:14:00Z
constexpr TimeMs kNewest = 1'772'100'840'000;

// "0 - X": good, missing, bad.
std::vector<Slot> points(std::string_view text) {
  std::vector<Slot> slots;
  for (const char c : text) {
    if (c != ' ') {
      Slot slot;
      if (c != '-') {
        slot.value = c == 'X' ? 21.5 : 0.5;
        slot.sample_count = 1;
      }
      slots.push_back(slot);
    }
  }
  for (std::size_t i = 0; i < slots.size(); ++i) {
    slots[i].time_ms = kNewest - static_cast<TimeMs>(slots.size() - 1 - i) * 60'000;
  }
  return slots;
}

MetricAlarm alarm_of(std::int64_t m, std::int64_t n, MissingData treatment) {
  MetricAlarm alarm;
  alarm.name = "a";
  alarm.metric = metric::MetricStat{{"N", "m", {}}, 60, "Average", ""};
  alarm.evaluation_periods = n;
  alarm.datapoints_to_alarm = m;
  alarm.threshold = 21;
  alarm.treat_missing_data = treatment;
  return alarm;
}

struct Row {
  int m;
  std::string_view points;
  std::array<Verdict, 4> wanted;  // missing, ignore, breaching, notBreaching
};
constexpr Verdict kOk = Verdict::kOk;
constexpr Verdict kAlarm = Verdict::kAlarm;
constexpr Verdict kHold = Verdict::kHold;
constexpr Verdict kNone = Verdict::kInsufficientData;

// The table of the user guide, cell by cell: N is 3 and the range 5.
constexpr Row kTable[] = {
    {3, "0 - X - X", {kOk, kOk, kOk, kOk}},
    {3, "0 - - - -", {kOk, kOk, kOk, kOk}},
    {3, "- - - - -", {kNone, kHold, kAlarm, kOk}},
    {3, "0 X X - X", {kAlarm, kAlarm, kAlarm, kAlarm}},
    {3, "- - X - -", {kAlarm, kHold, kAlarm, kOk}},
    {2, "0 - X - X", {kAlarm, kAlarm, kAlarm, kAlarm}},
    {2, "0 0 X 0 X", {kAlarm, kAlarm, kAlarm, kAlarm}},
    {2, "0 - X - -", {kOk, kOk, kAlarm, kOk}},
    {2, "- - - - 0", {kOk, kOk, kAlarm, kOk}},
    {2, "- - - X -", {kAlarm, kHold, kAlarm, kOk}},
    {3, "- - - - X", {kHold, kHold, kAlarm, kOk}},
    {3, "- - - X -", {kHold, kHold, kAlarm, kOk}},
};

TEST(EvaluationTest, EveryCellOfTheMissingDataTable) {
  for (const Row& row : kTable) {
    for (std::size_t i = 0; i < 4; ++i) {
      const MetricAlarm alarm = alarm_of(row.m, 3, static_cast<MissingData>(i));
      const Evaluation evaluation = evaluate(rule_of(alarm), points(row.points));
      EXPECT_EQ(evaluation.verdict, row.wanted[i])
          << row.m << " of 3, " << row.points << ", " << name_of(static_cast<MissingData>(i));
    }
  }
}

TEST(EvaluationTest, OneOfOneLooksPastLateData) {
  const MetricAlarm alarm = alarm_of(1, 1, MissingData::kMissing);
  EXPECT_EQ(evaluate(rule_of(alarm), points("- - X")).verdict, kAlarm);
  EXPECT_EQ(evaluate(rule_of(alarm), points("X 0 -")).verdict, kOk);
  EXPECT_EQ(evaluate(rule_of(alarm), points("0 X -")).verdict, kAlarm);
  EXPECT_EQ(evaluate(rule_of(alarm), points("- - -")).verdict, kNone);
}

TEST(EvaluationTest, EveryComparison) {
  using C = Comparison;
  const auto breaches = [](C comparison, double value) {
    EvaluationRule rule;
    rule.comparison = comparison;
    rule.threshold = 5;
    Slot slot;
    slot.value = value;
    slot.lower = 4;
    slot.upper = 6;
    return is_breaching(rule, slot);
  };
  EXPECT_TRUE(breaches(C::kGreaterThanOrEqualToThreshold, 5));
  EXPECT_FALSE(breaches(C::kGreaterThanThreshold, 5));
  EXPECT_TRUE(breaches(C::kLessThanOrEqualToThreshold, 5));
  EXPECT_FALSE(breaches(C::kLessThanThreshold, 5));
  EXPECT_FALSE(breaches(C::kLessThanLowerOrGreaterThanUpperThreshold, 6));
  EXPECT_TRUE(breaches(C::kLessThanLowerOrGreaterThanUpperThreshold, 6.1));
  EXPECT_TRUE(breaches(C::kLessThanLowerOrGreaterThanUpperThreshold, 3.9));
  EXPECT_FALSE(breaches(C::kLessThanLowerThreshold, 7));
  EXPECT_FALSE(breaches(C::kGreaterThanUpperThreshold, 3));
}

TEST(EvaluationTest, FewSamplesHoldTheState) {
  MetricAlarm alarm = alarm_of(1, 1, MissingData::kMissing);
  alarm.metric->statistic = "p99";
  alarm.evaluate_low_sample_count_percentile = "ignore";
  std::vector<Slot> range = points("- - X");
  range[2].sample_count = 999;
  EXPECT_EQ(evaluate(rule_of(alarm), range).verdict, kHold);  // 10 / (1 - 0.99) are needed
  range[2].sample_count = 1000.001;
  EXPECT_EQ(evaluate(rule_of(alarm), range).verdict, kAlarm);
  range[2].sample_count = 1;
  alarm.evaluate_low_sample_count_percentile = "evaluate";
  EXPECT_EQ(evaluate(rule_of(alarm), range).verdict, kAlarm);
  alarm.metric->statistic = "p10";
  alarm.evaluate_low_sample_count_percentile = "ignore";
  EXPECT_EQ(rule_of(alarm).min_samples, 100);
}

TEST(EvaluationTest, WindowsEndWhereCloudWatchEndsThem) {
  MetricAlarm alarm = alarm_of(1, 1, MissingData::kMissing);
  const TimeMs now = kNewest + 37'123;
  alarm.metric->period_s = 300;  // slides by the minute
  EXPECT_EQ(window_end(alarm, now), kNewest);
  EXPECT_EQ(interval_s(alarm), 60);
  alarm.metric->period_s = 10;
  EXPECT_EQ(window_end(alarm, now), kNewest + 30'000);
  EXPECT_EQ(interval_s(alarm), 10);
  alarm.metric->period_s = 86'400;
  EXPECT_EQ(window_end(alarm, now) % 86'400'000, 0);
  alarm.evaluation_periods = 2;
  EXPECT_EQ(interval_s(alarm), 3'600);
  alarm.metric->period_s = 3'600;
  alarm.wall_clock_timezone = "+0530";
  EXPECT_EQ(window_end(alarm, now), kNewest + 16 * 60'000 - 3'600'000);  // 09:30 UTC is 15:00 there
  EXPECT_EQ(range_length(3, 300), 5);
  EXPECT_EQ(range_length(3, 10), 9);
}

std::string reason(const MetricAlarm& alarm, std::string_view text,
                   StateValue old_value = StateValue::kOk) {
  const auto range = points(text);
  return reason_of(alarm, evaluate(rule_of(alarm), range), range, old_value);
}

TEST(ReasonTest, ThresholdsCrossed) {
  MetricAlarm alarm = alarm_of(1, 1, MissingData::kMissing);
  alarm.datapoints_to_alarm.reset();
  EXPECT_EQ(reason(alarm, "- - X"),
            "Threshold Crossed: 1 datapoint [21.5 (26/02/26 10:14:00)] was greater than the "
            "threshold (21.0).");
  EXPECT_EQ(reason(alarm, "- - 0"),
            "Threshold Crossed: 1 datapoint [0.5 (26/02/26 10:14:00)] was not greater than the "
            "threshold (21.0).");
  alarm.datapoints_to_alarm = 1;
  EXPECT_EQ(reason(alarm, "- - X"),
            "Threshold Crossed: 1 out of the last 1 datapoints [21.5 (26/02/26 10:14:00)] was "
            "greater than the threshold (21.0) (minimum 1 datapoint for OK -> ALARM transition).");
  EXPECT_EQ(reason(alarm, "- - 0", StateValue::kAlarm),
            "Threshold Crossed: 1 out of the last 1 datapoints [0.5 (26/02/26 10:14:00)] was not "
            "greater than the threshold (21.0) (minimum 1 datapoint for ALARM -> OK transition).");
  alarm.evaluation_periods = 3;
  alarm.datapoints_to_alarm = 2;
  alarm.comparison = Comparison::kGreaterThanOrEqualToThreshold;
  EXPECT_EQ(reason(alarm, "0 0 X 0 X"),
            "Threshold Crossed: 2 out of the last 3 datapoints [21.5 (26/02/26 10:14:00), 21.5 "
            "(26/02/26 10:12:00)] were greater than or equal to the threshold (21.0) (minimum 2 "
            "datapoints for OK -> ALARM transition).");
}

TEST(ReasonTest, MissingData) {
  MetricAlarm alarm = alarm_of(2, 2, MissingData::kBreaching);
  EXPECT_EQ(reason(alarm, "- - - -"),
            "Threshold Crossed: no datapoints were received for 2 periods and 2 missing datapoints "
            "were treated as [Breaching].");
  alarm = alarm_of(1, 1, MissingData::kNotBreaching);
  EXPECT_EQ(reason(alarm, "- - -"),
            "Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint "
            "was treated as [NonBreaching].");
  alarm = alarm_of(3, 3, MissingData::kBreaching);
  EXPECT_EQ(reason(alarm, "- - - X -"),
            "Threshold Crossed: 1 datapoint was received for 3 periods and 2 missing datapoints "
            "were treated as [Breaching].");
  alarm = alarm_of(10, 10, MissingData::kMissing);
  EXPECT_EQ(reason(alarm, "- - - - - - - - - - - -"),
            "Insufficient Data: 10 datapoints were unknown.");
  alarm = alarm_of(1, 1, MissingData::kMissing);
  EXPECT_EQ(reason(alarm, "- - -"), "Insufficient Data: 1 datapoint was unknown.");
}

TEST(ReasonTest, Bands) {
  MetricAlarm alarm = alarm_of(1, 1, MissingData::kMissing);
  alarm.threshold.reset();
  alarm.comparison = Comparison::kLessThanLowerOrGreaterThanUpperThreshold;
  auto range = points("- - X");
  range[2].lower = 1;
  range[2].upper = 2.5;
  EXPECT_EQ(
      reason_of(alarm, evaluate(rule_of(alarm), range), range, StateValue::kOk),
      "Thresholds Crossed: 1 out of the last 1 datapoints [21.5 (26/02/26 10:14:00)] was less "
      "than the lower thresholds [1.0] or greater than the upper thresholds [2.5] (minimum 1 "
      "datapoint for OK -> ALARM transition).");
}

TEST(ReasonTest, DataInItsShape) {
  MetricAlarm alarm = alarm_of(2, 2, MissingData::kMissing);
  alarm.metric->unit = "Seconds";
  const auto data = [&](std::string_view text) {
    const auto range = points(text);
    return reason_data_of(alarm, evaluate(rule_of(alarm), range), range, kNewest + 100'985);
  };
  EXPECT_EQ(
      data("- X - X"),
      R"({"version":"1.0","queryDate":"2026-02-26T10:15:40.985+0000","startDate":"2026-02-26T10:12:00.000+0000","unit":"Seconds","statistic":"Average","period":60,"recentDatapoints":[21.5,null,21.5],"threshold":21.0,"evaluatedDatapoints":[{"timestamp":"2026-02-26T10:14:00.000+0000","sampleCount":1.0,"value":21.5},{"timestamp":"2026-02-26T10:12:00.000+0000","sampleCount":1.0,"value":21.5}]})");
  EXPECT_EQ(
      data("- - - -"),
      R"({"version":"1.0","queryDate":"2026-02-26T10:15:40.985+0000","unit":"Seconds","statistic":"Average","period":60,"recentDatapoints":[],"threshold":21.0,"evaluatedDatapoints":[{"timestamp":"2026-02-26T10:14:00.000+0000"},{"timestamp":"2026-02-26T10:13:00.000+0000"}]})");
}

TEST(ReasonTest, NumbersAsJavaPrintsThem) {
  EXPECT_EQ(number_text(21), "21.0");
  EXPECT_EQ(number_text(0), "0.0");
  EXPECT_EQ(number_text(0.05), "0.05");
  EXPECT_EQ(number_text(-1234.5), "-1234.5");
  EXPECT_EQ(number_text(1e7), "1.0E7");
  EXPECT_EQ(number_text(9'999'999), "9999999.0");
  EXPECT_EQ(number_text(1.5e-4), "1.5E-4");
  EXPECT_EQ(spoken_time(1'658'505'465'000), "Friday 22 July, 2022 15:57:45 UTC");
}

}  // namespace
}  // namespace weir::alarm

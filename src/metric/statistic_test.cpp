#include "metric/statistic.h"

#include <gtest/gtest.h>

#include <cmath>

#include "metric/datum.h"

namespace weir::metric {
namespace {

double of(std::string_view name, const std::vector<double>& values) {
  Aggregate aggregate;
  sketch::Distribution distribution;
  for (const double value : values) {
    aggregate.merge(Aggregate::of(value));
    distribution.add(value);
  }
  const auto statistic = parse_statistic(name);
  EXPECT_TRUE(statistic) << name;
  return statistic ? compute(*statistic, aggregate, &distribution).value_or(-1) : -2;
}

TEST(StatisticTest, EveryName) {
  const std::vector<double> ten = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
  EXPECT_EQ(of("SampleCount", ten), 10);
  EXPECT_EQ(of("Sum", ten), 55);
  EXPECT_EQ(of("Average", ten), 5.5);
  EXPECT_EQ(of("Minimum", ten), 1);
  EXPECT_EQ(of("Maximum", ten), 10);
  EXPECT_DOUBLE_EQ(of("p50", ten), 5.5);
  EXPECT_DOUBLE_EQ(of("p99.9", ten), 9.991);
  EXPECT_EQ(of("p0", ten), 1);
  EXPECT_EQ(of("p100", ten), 10);
  EXPECT_DOUBLE_EQ(of("tm90", ten), 5);
  EXPECT_DOUBLE_EQ(of("TM(:90%)", ten), 5);
  EXPECT_DOUBLE_EQ(of("TM(10%:)", ten), 6);
  EXPECT_DOUBLE_EQ(of("TM(10%:90%)", ten), 5.5);
  EXPECT_DOUBLE_EQ(of("TM(2:5)", ten), 4);
  EXPECT_DOUBLE_EQ(of("IQM", ten), of("TM(25%:75%)", ten));
  EXPECT_DOUBLE_EQ(of("wm90", ten), (55 - 10 + 9) / 10.0);
  EXPECT_DOUBLE_EQ(of("WM(2:9)", ten), (55 - 10 + 9 - 1 + 2) / 10.0);
  EXPECT_DOUBLE_EQ(of("tc90", ten), 9);
  EXPECT_DOUBLE_EQ(of("TC(2:5)", ten), 3);
  EXPECT_DOUBLE_EQ(of("ts90", ten), 45);
  EXPECT_DOUBLE_EQ(of("TS(80%:)", ten), 19);
  EXPECT_DOUBLE_EQ(of("PR(:3)", ten), 30);
  EXPECT_DOUBLE_EQ(of("PR(3:)", ten), 70);
  EXPECT_DOUBLE_EQ(of("PR(3:7)", ten), 40);
}

TEST(StatisticTest, WhatCloudWatchDoesNotHave) {
  for (const std::string_view name :
       {"",           "average",    "p",           "p101", "p-1",   "p1.12345678901",
        "tm",         "tm0",        "TM90",        "TM()", "TM(:)", "TM(90%:10%)",
        "TM(10:90%)", "TM(10%:90)", "PR(10%:90%)", "PR90", "pr90",  "iqm",
        "P90",        "TM(a:b)"}) {
    EXPECT_FALSE(parse_statistic(name)) << name;
  }
  EXPECT_FALSE(parse_basic_statistic("p90"));
  EXPECT_FALSE(parse_extended_statistic("Sum"));
}

TEST(StatisticTest, NothingWhereThereIsNothingToSay) {
  const Aggregate nothing;
  EXPECT_FALSE(compute(*parse_statistic("Sum"), nothing, nullptr));
  EXPECT_FALSE(compute(*parse_statistic("Average"), Aggregate::of(4, 0), nullptr));
  EXPECT_EQ(compute(*parse_statistic("SampleCount"), Aggregate::of(4, 0), nullptr), 0);
  EXPECT_FALSE(compute(*parse_statistic("p50"), Aggregate::of(4), nullptr));
  EXPECT_EQ(of("p50", {-1, 2, 3}), -1);  // none with a negative value
  EXPECT_EQ(of("p100", {-1, 2, 3}), 3);
  EXPECT_EQ(of("tm50", {-1, 2, 3}), -1);
}

constexpr TimeMs kNow = 1'772'409'600'000;

std::string refusal(const Datum& datum, std::string_view name_space = "N") {
  const auto checked = check_put(name_space, {&datum, 1}, kNow);
  return checked ? "" : checked.error().code + ": " + checked.error().message;
}

TEST(DatumTest, IsRefusedInCloudWatchsWords) {
  Datum datum;
  datum.name = "m";
  datum.value = 1;
  EXPECT_EQ(refusal(datum), "");
  EXPECT_EQ(refusal(datum, "AWS/EC2"),
            "InvalidParameterValue: The value AWS/ for parameter Namespace is invalid.");
  EXPECT_EQ(refusal(datum, ""), "MissingParameter: The parameter Namespace is required.");
  datum.value = std::nan("");
  EXPECT_EQ(refusal(datum),
            "InvalidParameterValue: The value NaN for parameter "
            "MetricData.member.1.Value is invalid.");
  datum.value = 0x1p361;
  EXPECT_NE(refusal(datum), "");
  datum.value = -0x1p360;
  EXPECT_EQ(refusal(datum), "");
  const std::vector<double> values = {1, 2};
  const std::vector<double> counts = {1};
  datum.values = values;
  EXPECT_EQ(refusal(datum),
            "InvalidParameterCombination: The parameters MetricData.member.1.Value and "
            "MetricData.member.1.Values are mutually exclusive and you have specified both.");
  datum.value.reset();
  datum.counts = counts;
  EXPECT_EQ(refusal(datum),
            "InvalidParameterValue: The parameters MetricData.member.1.Values and "
            "MetricData.member.1.Counts must be of the same size.");
  datum.counts = {};
  EXPECT_EQ(refusal(datum), "");
  datum.statistics = StatisticSet{1, 1, 1, 1};
  EXPECT_EQ(refusal(datum), "");
  datum.statistics = StatisticSet{0, 1, 1, 1};
  EXPECT_NE(refusal(datum), "");
  datum.statistics = StatisticSet{1, 1, 2, 1};
  EXPECT_NE(refusal(datum), "");
  datum.statistics.reset();
  datum.timestamp = kNow - kMaxPastMs - 1;
  EXPECT_NE(refusal(datum), "");
  datum.timestamp = kNow + kMaxFutureMs;
  EXPECT_EQ(refusal(datum), "");
  datum.timestamp = kNow + kMaxFutureMs + 1;
  EXPECT_NE(refusal(datum), "");
  datum.timestamp.reset();
  datum.unit = "Parsecs";
  EXPECT_EQ(refusal(datum),
            "InvalidParameterValue: The value Parsecs for parameter "
            "MetricData.member.1.Unit is invalid.");
  datum.unit = "Count/Second";
  datum.storage_resolution = 30;
  EXPECT_NE(refusal(datum), "");
  datum.storage_resolution = 1;
  const std::vector<DimensionView> twice = {{"a", "1"}, {"a", "2"}};
  datum.dimensions = twice;
  EXPECT_NE(refusal(datum), "");
  const std::vector<DimensionView> empty = {{"a", ""}};
  datum.dimensions = empty;
  EXPECT_EQ(refusal(datum),
            "MissingParameter: The parameter "
            "MetricData.member.1.Dimensions.member.1.Value is required.");
}

}  // namespace
}  // namespace weir::metric

#include "cli/metric_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

TEST(MetricText, IsReadAsPeopleWriteIt) {
  const auto whole = parse_metric_text("AWS/EC2/CPUUtilization{InstanceId=i-1,Zone=a}:p99");
  ASSERT_TRUE(whole) << whole.error().message;
  EXPECT_EQ(whole->name_space, "AWS/EC2");
  EXPECT_EQ(whole->metric, "CPUUtilization");
  EXPECT_THAT(whole->dimensions, ElementsAre(Pair("InstanceId", "i-1"), Pair("Zone", "a")));
  EXPECT_EQ(whole->statistic, "p99");
  const auto bare = parse_metric_text("Demo/rtt");
  ASSERT_TRUE(bare);
  EXPECT_TRUE(bare->dimensions.empty());
  EXPECT_EQ(bare->statistic, "");
  EXPECT_EQ(parse_metric_text("Demo/rtt:TM(10%:90%)")->statistic, "TM(10%:90%)");
  EXPECT_EQ(parse_metric_text("Demo/rtt{}:Sum")->statistic, "Sum");
}

TEST(MetricText, QuotesHoldWhatWouldPart) {
  const auto metric =
      parse_metric_text("\"Odd:/{}\"/\"a/b\"{\"x=y\"=\"1,\\\"2\\\"}\",z=C:\\\\}:Average");
  ASSERT_TRUE(metric) << metric.error().message;
  EXPECT_EQ(metric->name_space, "Odd:/{}");
  EXPECT_EQ(metric->metric, "a/b");
  EXPECT_THAT(metric->dimensions, ElementsAre(Pair("x=y", "1,\"2\"}"), Pair("z", "C:\\\\")));
}

TEST(MetricText, ErrorsNameTheCharacter) {
  const auto message = [](std::string_view text) {
    const auto metric = parse_metric_text(text);
    return metric ? std::string("read") : metric.error().message;
  };
  EXPECT_THAT(message("rtt"), HasSubstr("at character 1: a slash parts"));
  EXPECT_THAT(message(""), HasSubstr("at character 1"));
  EXPECT_THAT(message("/rtt"), HasSubstr("at character 1"));
  EXPECT_THAT(message("Demo/"), HasSubstr("at character 1"));
  EXPECT_THAT(message("Demo/rtt{a=1"), HasSubstr("at character 9: this { is not closed"));
  EXPECT_THAT(message("Demo/rtt{a=1,b}"), HasSubstr("at character 14: a dimension is NAME=VALUE"));
  EXPECT_THAT(message("Demo/rtt{a=1}p99"), HasSubstr("at character 14"));
  EXPECT_THAT(message("Demo/\"rtt"), HasSubstr("at character 6: this quote is not closed"));
}

TEST(DimensionText, PartsAtTheFirstEqualsSign) {
  EXPECT_THAT(*parse_dimension_text("Url=a=b"), Pair("Url", "a=b"));
  EXPECT_THAT(*parse_dimension_text("\"a=\\\"b\"=c"), Pair("a=\"b", "c"));
  EXPECT_FALSE(parse_dimension_text("=x"));
  EXPECT_FALSE(parse_dimension_text("x"));
  EXPECT_FALSE(parse_dimension_text("\"x"));
}

TEST(NamedText, TellsNamesFromExpressions) {
  const auto named = parse_named_text("m1@300=Demo/rtt");
  ASSERT_TRUE(named);
  EXPECT_EQ(named->id, "m1");
  EXPECT_EQ(named->period_s, 300);
  EXPECT_EQ(named->rest, "Demo/rtt");
  for (const char* expression :
       {"m1 == m2", "m1==m2", "m1 / m2", "SELECT AVG(x) FROM y WHERE z='1'",
        "SEARCH('{a,b} x=1', 'Sum')", "METRICS()", "", "m1"}) {
    const auto plain = parse_named_text(expression);
    ASSERT_TRUE(plain) << expression;
    EXPECT_EQ(plain->id, "") << expression;
    EXPECT_EQ(plain->rest, expression);
  }
  EXPECT_FALSE(parse_named_text("m1@x=Demo/rtt"));
  EXPECT_FALSE(parse_named_text("m1@60"));
}

}  // namespace
}  // namespace weir::cli

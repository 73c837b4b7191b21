#include "dashboard/widget_queries.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/time_text.h"
#include "dashboard/variables.h"

namespace weir::dashboard {
namespace {

using format::Tree;
using ::testing::HasSubstr;

constexpr std::int64_t kHour = 3'600'000;
constexpr std::int64_t kDay = 24 * kHour;
const TimeMs kNow = *parse_absolute_time("2026-03-01");

WidgetSpan back(std::int64_t length_ms) { return {kNow - length_ms, kNow}; }
Tree json(std::string_view text) {
  auto tree = format::read_json(text);
  EXPECT_TRUE(tree) << text;
  return tree.value_or(Tree());
}
std::string queries_text(const Tree& properties) {
  Tree list = Tree::list();
  for (const WidgetQuery& row : widget_queries(properties, back(3 * kHour), false, kNow)) {
    list.push(row.query);
  }
  return format::write_json(list);
}

// The same cases as the browser application's time_range.test.ts: what it draws is what this gives.
TEST(WidgetTime, PeriodsGoWithTheRange) {
  EXPECT_EQ(graph_period_s(300, back(3 * kHour), kNow), 300);
  EXPECT_EQ(graph_period_s(60, back(24 * kHour), kNow), 60);
  EXPECT_EQ(graph_period_s(60, back(7 * kDay), kNow), 900);
  EXPECT_EQ(graph_period_s(300, back(90 * kDay), kNow), 6 * 3600);
  EXPECT_EQ(graph_period_s(60, {kNow - 70 * kDay, kNow - 70 * kDay + kHour}, kNow), 3600);
  EXPECT_EQ(graph_period_s(10, back(4 * kHour), kNow), 60);
  EXPECT_EQ(graph_period_s(60, back(3 * 365 * kDay + 1), kNow), 86'400);
  EXPECT_EQ(whole_period_s({0, 90'500}), 120);
  EXPECT_EQ(whole_period_s({0, 1}), 60);
}

TEST(WidgetTime, RangesOfTheirOwn) {
  EXPECT_EQ(relative_ms("P3M"), 90 * kDay);
  EXPECT_EQ(relative_ms("-P1DT30M"), -(kDay + kHour / 2));
  EXPECT_EQ(relative_ms("6H"), std::nullopt);
  const auto own = own_span(json(R"({"start":"-PT6H"})"), kNow);
  ASSERT_TRUE(own);
  EXPECT_EQ(own->since_ms, kNow - 6 * kHour);
  EXPECT_EQ(own->until_ms, kNow);
  EXPECT_FALSE(own_span(json(R"({"end":"2026-01-02T00:00:00Z"})"), kNow));
  EXPECT_FALSE(
      own_span(json(R"({"start":"2026-01-02T00:00:00Z","end":"2026-01-01T00:00:00Z"})"), kNow));
}

TEST(WidgetQueries, RowsBecomeMetricDataQueries) {
  EXPECT_EQ(
      queries_text(json(R"({"region":"eu-west-1","stat":"Sum","metrics":[
        ["N","a","I","i-1",{"id":"m2","label":"L","visible":false}],
        [".","b",".",".",{"period":60,"stat":"p99"}],
        [{"expression":"m2*2"}]]})")),
      R"([{"Id":"m2","MetricStat":{"Metric":{"Namespace":"N","MetricName":"a","Dimensions":[)"
      R"({"Name":"I","Value":"i-1"}]},"Period":300,"Stat":"Sum"},"Label":"L","ReturnData":false},)"
      R"({"Id":"m1","MetricStat":{"Metric":{"Namespace":"N","MetricName":"b","Dimensions":[)"
      R"({"Name":"I","Value":"i-1"}]},"Period":60,"Stat":"p99"},"ReturnData":true},)"
      R"({"Id":"e1","Expression":"m2*2","Period":300,"ReturnData":true}])");
}

TEST(WidgetQueries, AnAlarmIsItsMetrics) {
  const Tree rows = alarm_rows(json(
      R"({"Namespace":"N","MetricName":"a","Dimensions":[],"Statistic":"Average","Period":60})"));
  EXPECT_EQ(format::write_json(rows), R"([["N","a",{"stat":"Average","period":60}]])");
  EXPECT_TRUE(alarm_rows(json(R"({"AlarmRule":"x"})")).is_null());
  const Tree of_expression = alarm_rows(json(
      R"({"Metrics":[{"Id":"e1","Expression":"m1*2"},{"Id":"m1","ReturnData":false,"MetricStat":)"
      R"({"Metric":{"Namespace":"N","MetricName":"a"},"Stat":"Sum","Period":300}}]})"));
  EXPECT_EQ(format::write_json(of_expression),
            R"([[{"id":"e1","visible":true,"expression":"m1*2"}],)"
            R"(["N","a",{"id":"m1","visible":false,"stat":"Sum","period":300}]])");
}

TEST(Variables, ArePutInWhereTheyStand) {
  const Tree body = json(R"({"variables":[
      {"type":"property","property":"InstanceId","id":"instance"},
      {"type":"property","property":"region","id":"region"},
      {"type":"pattern","pattern":"STAGE","id":"stage","defaultValue":"dev"}],
    "widgets":[{"properties":{"region":"us-west-2","title":"STAGE cpu","metrics":[
      ["N","a","InstanceId","i-1"],[".","b",".","."],["...","i-9",{"stat":"Sum"}]]}}]})");
  const auto shown =
      with_variables(body, {{"instance", "i-2"}, {"region", "eu-west-1"}, {"stage", "\\0 prod"}});
  ASSERT_TRUE(shown) << shown.error().message;
  EXPECT_EQ(format::write_json((*shown)["widgets"]),
            R"([{"properties":{"region":"eu-west-1","title":"\\0 prod cpu","metrics":[)"
            R"(["N","a","InstanceId","i-2"],["N","b","InstanceId","i-2"],)"
            R"(["N","b","InstanceId","i-2",{"stat":"Sum"}]]}}])");
  const auto usual = with_variables(body, {});
  ASSERT_TRUE(usual);
  EXPECT_THAT(format::write_json(*usual), HasSubstr("dev cpu"));
  EXPECT_THAT(format::write_json(*usual), HasSubstr("\"i-1\""));
  const auto wrong = with_variables(body, {{"instanze", "i-2"}});
  ASSERT_FALSE(wrong);
  EXPECT_THAT(wrong.error().message, HasSubstr("did you mean instance"));
  EXPECT_FALSE(with_variables(body, {{"instance", std::string(1025, 'x')}}));
  // A body of 64 KiB that would become 64 MiB.
  Tree wide = json(R"({"variables":[{"type":"pattern","pattern":"x","id":"v"}],"widgets":[]})");
  Tree texts = Tree::list();
  for (int i = 0; i < 64; ++i) {
    texts.push(std::string(1024, 'x'));
  }
  wide.set("widgets", std::move(texts));
  const auto large = with_variables(wide, {{"v", std::string(1024, 'y')}});
  ASSERT_FALSE(large);
  EXPECT_EQ(large.error().code, ErrorCode::kLimit);
  EXPECT_TRUE(with_variables(wide, {{"v", "yy"}}));
  EXPECT_FALSE(with_variables(json(R"({"variables":[{"type":"pattern","pattern":"(",)"
                                   R"("defaultValue":"x"}],"widgets":[]})"),
                              {}));
}

}  // namespace
}  // namespace weir::dashboard

#include "dashboard/body_check.h"

#include <gtest/gtest.h>

namespace weir::dashboard {
namespace {

std::string first_error(std::string_view body) {
  const BodyCheck check = check_body(body);
  return check.errors.empty() ? "" : check.errors[0].data_path + " " + check.errors[0].message;
}

TEST(DashboardBody, IsAJsonObject) {
  EXPECT_FALSE(check_body("[]").is_json_object);
  EXPECT_FALSE(check_body("{").is_json_object);
  EXPECT_TRUE(check_body(R"({"widgets":[]})").is_json_object);
  EXPECT_EQ(first_error("{}"), " Should have required property 'widgets'");
}

TEST(DashboardBody, SaysWhereAMetricWidgetLacksItsData) {
  const BodyCheck check = check_body(R"({"widgets":[{"type":"metric","properties":{}}]})");
  ASSERT_EQ(check.errors.size(), 3U);
  EXPECT_EQ(check.errors[0].data_path, "/widgets/0/properties");
  EXPECT_EQ(check.errors[0].message, "Should have required property 'metrics'");
}

TEST(DashboardBody, ChecksRowsPlacesAndPeriods) {
  const auto widget = [](std::string_view properties) {
    return R"({"widgets":[{"type":"metric","properties":{"region":"x",)" + std::string(properties) +
           "}}]}";
  };
  EXPECT_EQ(first_error(widget(R"("metrics":[["A","b",{"id":"m1"}],[".","c"]])")), "");
  EXPECT_EQ(first_error(widget(R"("metrics":[7])")),
            "/widgets/0/properties/metrics/0 Should be array");
  EXPECT_NE(first_error(widget(R"("metrics":[["A",7]])")), "");
  EXPECT_NE(first_error(widget(R"("metrics":[["A","b",{"id":"M"}]])")), "");
  EXPECT_NE(first_error(widget(R"("metrics":[["A","b",{"color":"red"}]])")), "");
  EXPECT_NE(first_error(widget(R"("metrics":[],"period":90)")), "");
  EXPECT_NE(first_error(widget(R"("metrics":[],"view":"gauge")")), "");
  EXPECT_NE(
      first_error(R"({"widgets":[{"type":"text","x":24,"y":0,"properties":{"markdown":""}}]})"),
      "");
}

TEST(DashboardBody, WarnsOfWhatWillBeIgnored) {
  const BodyCheck check = check_body(
      R"({"widgets":[{"type":"log","properties":{"query":"x","view":"sky","colour":1}}],"end":"x"})");
  EXPECT_TRUE(check.errors.empty());
  EXPECT_EQ(check.warnings.size(), 4U);
  EXPECT_EQ(check_body(R"({"widgets":[],"start":"yesterday"})").warnings.size(), 1U);
  EXPECT_TRUE(check_body(R"({"widgets":[],"start":"-PT6H"})").warnings.empty());
  EXPECT_TRUE(check_body(R"({"widgets":[],"start":"2026-01-01T00:00:00Z"})").warnings.empty());
}

TEST(DashboardBody, ChecksStatisticsAndVariables) {
  const auto widget = [](std::string_view stat, std::string_view option) {
    return R"({"widgets":[{"type":"metric","properties":{"region":"x","stat":")" +
           std::string(stat) + R"(","metrics":[["A","b",{"stat":")" + std::string(option) +
           R"("}]]}}]})";
  };
  EXPECT_EQ(first_error(widget("p99.9", "TM(10%:90%)")), "");
  EXPECT_NE(first_error(widget("Mean", "Sum")), "");
  EXPECT_NE(first_error(widget("Sum", "p101")), "");
  EXPECT_EQ(first_error(R"({"widgets":[],"variables":[{"property":"region","id":"a"},)"
                        R"({"property":"region","id":"b"}]})"),
            "/variables/1 Duplicated property in variable");
  EXPECT_EQ(first_error(R"({"widgets":[],"variables":[{"pattern":"x"},{"pattern":"x"}]})"), "");
}

}  // namespace
}  // namespace weir::dashboard

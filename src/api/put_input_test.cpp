// What is read of JSON where it lies is what the tree would have given; all else is left to the
// tree.

#include "api/cloudwatch/put_input.h"

#include <gtest/gtest.h>

#include <string>

#include "api/cloudwatch/cloudwatch_service.h"
#include "api/decode.h"
#include "api/put_input_text.h"

namespace weir::api::cloudwatch {
namespace {

std::string body_of(const std::string& datum) {
  return R"({"Namespace":"N","MetricData":[)" + datum + "]}";
}

std::string by_tree(const std::string& body) {
  static const Service kService = make_cloudwatch_service();
  const auto json = format::read_json(body);
  if (!json) {
    return "no JSON";
  }
  const Outcome tree = decode_tree(*json, *kService.shapes.find("PutMetricData")->input);
  if (!tree) {
    return tree.error().message;
  }
  PutInput input;
  input.read_tree(*tree);
  return text_of(input);
}

TEST(PutInput, ReadsPlainCallsAsTheTreeDoes) {
  for (
      const std::string datum : {
          R"({"MetricName":"m","Value":1})",
          R"({"Value":-1.5e3,"Timestamp":1772409600.125,"Unit":"Count","MetricName":"é\n\"x"})",
          R"({"MetricName":"m","Timestamp":1772409600,"StorageResolution":1,"Value":0,"Dimensions":[]})",
          R"({"MetricName":"m","Dimensions":[{"Name":"a","Value":"b"},{"Value":"","Name":"c"}],"Value":3})",
          R"({"MetricName":"m","Values":[1,2.5,-3],"Counts":[1,2,3.0]},{"MetricName":"n","Values":[7]})",
          R"({"MetricName":"m","StatisticValues":{"Sum":4,"Minimum":1,"SampleCount":2,"Maximum":3}})",
          R"({"MetricName":"","Value":1},{"MetricName":"only"})",
      }) {
    PutInput input;
    ASSERT_TRUE(input.read_json(body_of(datum))) << datum;
    EXPECT_EQ(text_of(input), by_tree(body_of(datum))) << datum;
  }
  PutInput input;
  EXPECT_TRUE(input.read_json(R"({"MetricData":[{"MetricName":"m","Value":1}],"Namespace":""})"));
}

TEST(PutInput, LeavesWhatIsNotPlainToTheTree) {
  for (
      const std::string& body : {
          std::string(),
          std::string("{"),
          std::string("[]"),
          std::string(R"({"Namespace":"N"})"),
          std::string(R"({"Namespace":"N","MetricData":[]})"),
          std::string(R"({"Namespace":"N","MetricData":null})"),
          std::string(R"({"Namespace":"N","Namespace":"N"})"),
          std::string(R"({"MetricData":[{"MetricName":"m","Value":1}],"Other":1})"),
          std::string(
              R"({"Namespace":"N","MetricData":[{"MetricName":"m"}],"EntityMetricData":[]})"),
          body_of(R"({"Value":1})"),
          body_of(R"({"MetricName":"m","Value":null})"),
          body_of(R"({"MetricName":"m","Value":"1"})"),
          body_of(R"({"MetricName":"m","Value":1,"Value":2})"),
          body_of(R"({"MetricName":"m","Timestamp":"2026-03-02T00:00:00Z","Value":1})"),
          body_of(R"({"MetricName":"m","Timestamp":1e30,"Value":1})"),
          body_of(R"({"MetricName":"m","Other":1,"Value":1})"),
          body_of(R"({"MetricName":"m","Dimensions":[{"Name":"a"}],"Value":1})"),
          body_of(R"({"MetricName":"m","Dimensions":[{"Name":"a","Name":"b"}],"Value":1})"),
          body_of(R"({"MetricName":"m","Dimensions":{"Name":"a","Value":"b"},"Value":1})"),
          body_of(
              R"({"MetricName":"m","StatisticValues":{"Sum":4,"Minimum":1,"SampleCount":2,"Sum":3}})"),
          body_of(R"({"MetricName":"m","StorageResolution":1.5,"Value":1})"),
          body_of("7"),
      }) {
    PutInput input;
    EXPECT_FALSE(input.read_json(body)) << body;
    EXPECT_TRUE(input.datums().empty());
  }
}

}  // namespace
}  // namespace weir::api::cloudwatch

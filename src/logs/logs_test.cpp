#include <gtest/gtest.h>

#include "logs/filter_pattern.h"
#include "logs/pointer_table.h"
#include "logs/source_names.h"

namespace weir::logs {
namespace {

using Names = std::vector<std::string>;

TEST(SourceNames, AreThoseOfTheCommandsAtTheBeginning) {
  EXPECT_EQ(read_sources("SOURCE '/aws/vpc/flowlogs/x' | fields @timestamp").names,
            Names{"/aws/vpc/flowlogs/x"});
  EXPECT_EQ(read_sources("\n  # note\n source \"a\" | SOURCE `b`\n| stats count() by c").names,
            (Names{"a", "b"}));
  EXPECT_EQ(read_sources("fields source | filter source = 'x'").names, Names{});
  EXPECT_EQ(read_sources("SOURCE 'open").names, Names{});
  EXPECT_EQ(read_sources("SOURCE").names, Names{});
}

TEST(FilterPattern, WantsAllWordsNoneOfTheBarredAndOneOfTheOptional) {
  const auto matches = [](std::string_view pattern, std::string_view message) {
    return FilterPattern::parse(pattern).value().matches(message);
  };
  EXPECT_TRUE(matches("", "anything"));
  EXPECT_TRUE(matches("ERROR timeout", "timeout: ERROR"));
  EXPECT_FALSE(matches("ERROR timeout", "ERROR"));
  EXPECT_FALSE(matches("error", "ERROR"));
  EXPECT_TRUE(matches("\"two words\"", "has two words"));
  EXPECT_FALSE(matches("\"two words\"", "has words two"));
  EXPECT_FALSE(matches("ERROR -retry", "ERROR, retry"));
  EXPECT_TRUE(matches("?A ?B", "B"));
  EXPECT_FALSE(matches("?A ?B", "C"));
}

bool wants(std::string_view pattern, std::string_view message) {
  return FilterPattern::parse(pattern).value().matches(message);
}

TEST(FilterPattern, WordsMayBeRegularExpressions) {
  EXPECT_TRUE(wants("%ERR[0-9]+%", "code ERR42"));
  EXPECT_FALSE(wants("%ERR[0-9]+%", "code ERR"));
  EXPECT_FALSE(wants("-%^INFO% code", "INFO code"));
}

TEST(FilterPattern, ComparesMembersOfJson) {
  constexpr std::string_view kEvent =
      R"({"eventType":"UpdateTrail","sourceIPAddress":"111.111.111.111","n":4.5,"ok":true,"none":null,
          "arrayKey":["value","other"],"objectList":[{"name":"a","id":1},{"name":"b","id":2}],"a-b":"x y"})";
  EXPECT_TRUE(wants("{ $.eventType = \"UpdateTrail\" }", kEvent));
  EXPECT_TRUE(wants("{ $.sourceIPAddress = 111.111.* }", kEvent));
  EXPECT_TRUE(wants("{ $.sourceIPAddress != 123.123.* }", kEvent));
  EXPECT_FALSE(wants("{ $.missing != 1 }", kEvent));
  EXPECT_TRUE(wants("{ $.n > 4 && $.n <= 4.5 }", kEvent));
  EXPECT_FALSE(wants("{ $.n < 4 || ($.n >= 4 && $.ok IS FALSE) }", kEvent));
  EXPECT_TRUE(wants("{ $.n < 4 || ($.n >= 4 && $.ok IS TRUE) }", kEvent));
  EXPECT_TRUE(wants("{ $.none IS NULL && $.missing NOT EXISTS }", kEvent));
  EXPECT_FALSE(wants("{ $.none NOT EXISTS }", kEvent));
  EXPECT_TRUE(wants("{ $.arrayKey[0] = \"value\" }", kEvent));
  EXPECT_TRUE(wants("{ $.objectList[1].id = 2 }", kEvent));
  EXPECT_FALSE(wants("{ $.objectList[2].id = 2 }", kEvent));
  EXPECT_TRUE(wants("{ $['a-b'] = \"x y\" && $.a-b = %x.y% }", kEvent));
  EXPECT_FALSE(wants("{ $.n = \"4.5*\" && $.n > 5 }", kEvent));
  EXPECT_FALSE(wants("{ $.objectList = 1 }", kEvent)) << "a list is compared with nothing";
  EXPECT_FALSE(wants("{ $.n = 4.5 }", "n 4.5"));
  EXPECT_FALSE(wants("{ $.n = 4.5 }", ""));
}

TEST(FilterPattern, CutsEventsIntoColumns) {
  constexpr std::string_view kEvent =
      R"(127.0.0.1 Prod frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534)";
  EXPECT_TRUE(
      wants("[ip, server, username, timestamp, request, status_code = 4*, bytes > 1000]", kEvent));
  EXPECT_FALSE(
      wants("[ip, server, username, timestamp, request, status_code = 4*, bytes > 2000]", kEvent));
  EXPECT_FALSE(wants("[ip, server]", kEvent)) << "another number of columns";
  EXPECT_TRUE(wants("[ip, ..., bytes = 1534]", kEvent));
  EXPECT_TRUE(wants("[..., status_code = 404 || status_code = 500, bytes]", kEvent));
  EXPECT_TRUE(wants(
      "[ip = 127.*, ..., request = \"*index*\", status != 200 && status < 500, bytes]", kEvent));
  EXPECT_TRUE(wants("[w1 = %^127%, ...]", kEvent));
  EXPECT_FALSE(wants("[a, b, c, ...]", "one two"));
}

TEST(FilterPattern, GivesValuesToMetrics) {
  const auto json = FilterPattern::parse("{ $.latency = * }").value();
  EXPECT_EQ(json.value_of("$.latency", R"({"latency": 50, "type": "GET"})"), "50");
  EXPECT_EQ(json.value_of("$.type", R"({"latency": 50, "type": "GET"})"), "GET");
  EXPECT_EQ(json.value_of("$.none", R"({"latency": 50})"), std::nullopt);
  for (const char* wrong : {"$", "$latency", "$.", "$[", "$['x", "$.a[", "latency"}) {
    EXPECT_EQ(json.value_of(wrong, R"({"latency": 50})"), std::nullopt) << wrong;
  }
  const auto columns = FilterPattern::parse("[ip, ..., bytes]").value();
  EXPECT_EQ(columns.value_of("$bytes", "10.0.0.1 x y 1534"), "1534");
  EXPECT_EQ(
      columns.extracted("10.0.0.1 x y 1534"),
      (std::vector<std::pair<std::string, std::string>>{{"$ip", "10.0.0.1"}, {"$bytes", "1534"}}));
}

TEST(FilterPattern, RefusesWhatIsNone) {
  for (const char* wrong : {"{ $.a = 1",
                            "{ $.a }",
                            "{ a = 1 }",
                            "{ $.a = }",
                            "{ $.a < \"x\" }",
                            "{ $.a IS 1 }",
                            "{ $. = 1 }",
                            "{ ($.a = 1 }",
                            "{ $.a = 1 && }",
                            "{ $.a = %(% }",
                            "{ $.a[x] = 1 }",
                            "[ip",
                            "[ip, ..., ...]",
                            "[ip =]",
                            "[]",
                            "[1 2]",
                            "\"open",
                            "- x",
                            "%open",
                            "{}"}) {
    const auto pattern = FilterPattern::parse(wrong);
    EXPECT_FALSE(pattern) << wrong;
  }
  EXPECT_FALSE(FilterPattern::parse(std::string(2000, 'x')));
  EXPECT_FALSE(
      FilterPattern::parse("{" + std::string(500, '(') + "$.a=1" + std::string(500, ')') + "}"));
}

TEST(SourceNames, ReadsPrefixesOfGroups) {
  const auto sources =
      read_sources("SOURCE logGroups(namePrefix: ['/aws/a', \"b\"], class: 'STANDARD') | limit 1");
  EXPECT_EQ(sources.prefixes, (Names{"/aws/a", "b"}));
  EXPECT_EQ(sources.problem, "");
  for (const char* wrong :
       {"SOURCE logGroups", "SOURCE logGroups(", "SOURCE logGroups(namePrefix: [",
        "SOURCE logGroups(namePrefix ['a'])", "SOURCE logGroups(tags: ['a'])",
        "SOURCE logGroups(namePrefix: ['a' 'b'])",
        "SOURCE logGroups(namePrefix: ['a'], class: 'DELIVERY')"}) {
    EXPECT_NE(read_sources(wrong).problem, "") << wrong;
  }
}

TEST(EventPointer, ComesBackAsItWas) {
  const EventPointer pointer{7, 1'772'366'400'000, 1'814'903'193'600'001};
  const auto read = read_pointer(to_text(pointer));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->group_id, 7);
  EXPECT_EQ(read->time_ms, pointer.time_ms);
  EXPECT_EQ(read->id, pointer.id);
  for (const char* wrong : {"", "x", "ZS8x", "ZS8xLzIvMy80", "ZS8vLw==", "!!!!"}) {
    EXPECT_FALSE(read_pointer(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace weir::logs

#include <gtest/gtest.h>

#include "logs/filter_pattern.h"
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

TEST(FilterPattern, RefusesWhatItDoesNotKnow) {
  EXPECT_EQ(FilterPattern::parse("{ $.a = 1 }").error().code, ErrorCode::kUnsupported);
  EXPECT_EQ(FilterPattern::parse("[ip, user]").error().code, ErrorCode::kUnsupported);
  EXPECT_EQ(FilterPattern::parse("\"open").error().code, ErrorCode::kInput);
  EXPECT_EQ(FilterPattern::parse("- x").error().code, ErrorCode::kInput);
  EXPECT_FALSE(FilterPattern::parse(std::string(2000, 'x')));
}

}  // namespace
}  // namespace weir::logs

#include "query/insights/lexer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "query/insights/named_groups.h"

namespace weir::query::insights {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

std::string shown(const Token& token) {
  switch (token.kind) {
    case Token::Kind::kEnd:
      return "end";
    case Token::Kind::kName:
      return token.text;
    case Token::Kind::kQuotedName:
      return "`" + token.text + "`";
    case Token::Kind::kString:
      return "'" + token.text + "'";
    case Token::Kind::kNumber:
      return token.number.type == column::Type::kInt64 ? std::to_string(token.number.integer)
                                                       : std::to_string(token.number.number);
    case Token::Kind::kPeriod:
      return std::to_string(token.period.approximate_ms()) + "ms";
    case Token::Kind::kRegex:
      return "/" + token.text + "/";
    case Token::Kind::kSymbol:
      return token.text;
  }
  return "";
}

std::vector<std::string> tokens(std::string_view text) {
  Lexer lexer(text, 0);
  std::vector<std::string> all;
  for (;;) {
    const auto token = lexer.next();
    if (!token) {
      all.push_back(token.error().message);
      return all;
    }
    if (token->kind == Token::Kind::kEnd) {
      return all;
    }
    all.push_back(shown(*token));
  }
}

TEST(InsightsLexer, CutsNamesNumbersAndSymbols) {
  EXPECT_THAT(tokens("fields @timestamp,a.b|x>=5"),
              ElementsAre("fields", "@timestamp", ",", "a.b", "|", "x", ">=", "5"));
  EXPECT_THAT(tokens("a-b -1 !=<>=~"), ElementsAre("a", "-", "b", "-", "1", "!=", "<>", "=~"));
  EXPECT_THAT(tokens("x. y"), ElementsAre("x", ".", "y"));
  EXPECT_THAT(tokens("h\xc3\xb6he_1"), ElementsAre("h\xc3\xb6he_1"));
  EXPECT_THAT(tokens(" \t\r\n# only a comment"), IsEmpty());
}

TEST(InsightsLexer, ReadsNumbersAndPeriods) {
  EXPECT_THAT(tokens("1 .5 1.5 2e3 9223372036854775807"),
              ElementsAre("1", "0.500000", "1.500000", "2000.000000", "9223372036854775807"));
  EXPECT_THAT(tokens("9223372036854775808"), ElementsAre("9223372036854775808.000000"));
  EXPECT_THAT(tokens("5m 1h 10ms 2weeks"),
              ElementsAre("300000ms", "3600000ms", "10ms", "1209600000ms"));
  EXPECT_THAT(tokens("5x"), ElementsAre(HasSubstr("'5x' is neither")));
  EXPECT_THAT(tokens("1.5h"), ElementsAre(HasSubstr("'1.5h' is neither")));
  EXPECT_THAT(tokens("99999999999999999999m"), ElementsAre(HasSubstr("is neither")));
  EXPECT_THAT(tokens("10.0.0.1"), ElementsAre(HasSubstr("stand in quotes")));
  EXPECT_THAT(tokens("2e"), ElementsAre(HasSubstr("'2e' is neither")));
}

TEST(InsightsLexer, UnescapesTextsAndKeepsPatterns) {
  EXPECT_THAT(tokens(R"('a\'b' "c\"d" "\\" "\n" "\d+")"),
              ElementsAre("'a'b'", "'c\"d'", "'\\'", "'\n'", "'\\d+'"));
  EXPECT_THAT(tokens("`a b` `c\\`"), ElementsAre("`a b`", "`c\\`"));
  EXPECT_THAT(tokens("'# | no comment'"), ElementsAre("'# | no comment'"));
  EXPECT_THAT(tokens("'open"), ElementsAre(HasSubstr("never ends")));
  EXPECT_THAT(tokens("'open\\"), ElementsAre(HasSubstr("never ends")));
  EXPECT_THAT(tokens("'open\\'"), ElementsAre(HasSubstr("never ends")));
  EXPECT_THAT(tokens("``"), ElementsAre(HasSubstr("cannot be empty")));
}

TEST(InsightsLexer, RefusesBytesThatMeanNothing) {
  EXPECT_THAT(tokens(std::string_view("a \0 b", 5)), ElementsAre("a", HasSubstr("0x00")));
  EXPECT_THAT(tokens("\x7f"), ElementsAre(HasSubstr("0x7f")));
}

TEST(InsightsLexer, ReadsRegularExpressionsOnDemand) {
  const auto regex = [](std::string_view text) {
    Lexer lexer(text, 100);
    const auto token = lexer.read_regex(100);
    return token ? shown(*token) : token.error().message;
  };
  EXPECT_EQ(regex("/a b/ | x"), "/a b/");
  EXPECT_EQ(regex(R"(/a\/b\d/)"), R"(/a/b\d/)");
  EXPECT_EQ(regex("/[/]|[^/\\]]/"), "/[/]|[^/\\]]/");
  EXPECT_EQ(regex("/(?<n>x)(?P<m>y)(?<=z)/"), "/(?P<n>x)(?P<m>y)(?<=z)/");
  EXPECT_THAT(regex("/a"), HasSubstr("never ends"));
  EXPECT_THAT(regex("/a\\"), HasSubstr("never ends"));
  EXPECT_THAT(regex("//"), HasSubstr("empty"));
  EXPECT_THAT(regex("/a/g"), HasSubstr("(?i)"));
}

TEST(InsightsLexer, FindsTheEndOfHyphenatedNames) {
  const Lexer lexer("pkt-src-2 -x a--b c-", 10);
  EXPECT_EQ(lexer.end_of_hyphenated(13), 19U);
  EXPECT_EQ(lexer.end_of_hyphenated(19), 19U);
  EXPECT_EQ(lexer.end_of_hyphenated(24), 24U);
  EXPECT_EQ(lexer.end_of_hyphenated(29), 29U);
}

TEST(NamedGroups, NumbersThemAmongAllGroups) {
  const auto groups = named_groups(to_re2_spelling(R"((a)(?:b)(?<first>c)\((?<second>d))"), {});
  ASSERT_TRUE(groups);
  EXPECT_THAT(*groups, ElementsAre(Pair("first", 2), Pair("second", 3)));
  EXPECT_FALSE(named_groups("(", {}));
}

}  // namespace
}  // namespace weir::query::insights

#include <gtest/gtest.h>

#include <string>

#include "query/functions/expression_table.h"

namespace weir::query {
namespace {

using column::Type;

TEST(Like, TextsAgainstPatterns) {
  ExpressionTable table;
  table.add("s", Type::kString, texts({"reject", "REJECT all", "", std::nullopt, "50%_a\nb"}));
  table.expect(Language::kSql,
               {
                   {"like(s, 'reject')", "true | false | false | null | false"},
                   {"like(s, 're%')", "true | false | false | null | false"},
                   {"like(s, '%ct')", "true | false | false | null | false"},
                   {"like(s, '%ejec%')", "true | false | false | null | false"},
                   {"like(s, '%')", "true | true | true | null | true"},
                   {"like(s, '%%')", "true | true | true | null | true"},
                   {"like(s, '')", "false | false | true | null | false"},
                   {"like(s, '_e_ect')", "true | false | false | null | false"},
                   {"like(s, 'r%t')", "true | false | false | null | false"},
                   {"like(s, '______')", "true | false | false | null | false"},
                   {"like(s, '50\\%%')", "false | false | false | null | true"},
                   {"like(s, '%\\_a%')", "false | false | false | null | true"},
                   {"like(s, '50!%%', '!')", "false | false | false | null | true"},
                   {"like(s, '%a_b')", "false | false | false | null | true"},  // over a line's end
                   {"like(s, '%.%')", "false | false | false | null | false"},
                   {"ilike(s, 'reject%')", "true | true | false | null | false"},
                   {"ilike(s, '%ALL')", "false | true | false | null | false"},
                   {"not(like(s, 're%'))", "false | true | true | null | true"},
                   {"like(null, 'x')", "null | null | null | null | null"},
               });
  EXPECT_NE(table.error_of(Language::kSql, "like(s, s)").find("quoted text"), std::string::npos);
  EXPECT_NE(table.error_of(Language::kSql, "like(s, 'a', 'bc')").find("one character"),
            std::string::npos);
}

TEST(Like, SeesTheTextOfOtherTypes) {
  ExpressionTable table;
  table.add("a", Type::kAddress, addresses({"10.1.2.3", "2001:db8::1", std::nullopt}))
      .add("i", Type::kInt64, integers({443, 8443, 80}))
      .add("t", Type::kTime, times({"2026-03-01", std::nullopt, "2025-12-31T23:59:59Z"}));
  table.expect(Language::kSql, {
                                   {"like(a, '10.1.%')", "true | false | null"},
                                   {"matches(a, '^2001:')", "false | true | null"},
                                   {"like(i, '%443')", "true | true | false"},
                                   {"contains(i, '44')", "true | true | false"},
                                   {"like(t, '2026-%')", "true | null | false"},
                               });
}

TEST(Regex, Matching) {
  ExpressionTable table;
  table.add("s", Type::kString,
            texts({"srcport=443 dstport=51000", "", std::nullopt, "caf\xc3\xa9", "a\nb"}));
  table.expect(Language::kInsights,
               {
                   {"matches(s, 'port=\\d+')", "true | false | null | false | false"},
                   {"matches(s, '^src')", "true | false | null | false | false"},
                   {"matches(s, '^$')", "false | true | null | false | false"},
                   {"matches(s, '')", "true | true | null | true | true"},
                   {"matches(s, 'caf.$')", "false | false | null | true | false"},
                   {"matches(s, 'a.b')", "false | false | null | false | true"},
                   {"matches(s, '(?i)CAF')", "false | false | null | true | false"},
                   {"matches(null, 'a')", "null | null | null | null | null"},
               });
  EXPECT_NE(table.error_of(Language::kInsights, "matches(s, '(a')").find("regular expression"),
            std::string::npos);
  EXPECT_NE(table.error_of(Language::kInsights, "matches(s, '(a)\\1')").find("backreferences"),
            std::string::npos);
  EXPECT_NE(table.error_of(Language::kInsights, "matches(s, '(?=a)')"), "");
  EXPECT_NE(table.error_of(Language::kInsights, "matches(s, s)"), "");
  const std::string huge = "matches(s, '" + std::string(5'000, 'a') + "')";
  EXPECT_NE(table.error_of(Language::kInsights, huge).find("at most"), std::string::npos);
  EXPECT_NE(table.error_of(Language::kInsights, "matches(s, '((a{1000}){1000}){1000}')"), "");
}

// RE2 is linear: what would take for ever elsewhere ends at once.
TEST(Regex, NestedRepetitionDoesNotExplode) {
  ExpressionTable table;
  table.add("s", Type::kString, texts({std::string(50'000, 'a') + "!"}));
  table.expect(Language::kInsights, {{"matches(s, '^(a+)+$')", "false"}});
}

TEST(Regex, Extracting) {
  ExpressionTable table;
  table.add("s", Type::kString, texts({"user=ann id=7", "user= id=", std::nullopt, "none"}));
  table.expect(Language::kSql,
               {
                   {"regexp_extract(s, 'id=\\d')", "'id=7' | '' | null | ''"},
                   {"regexp_extract(s, 'user=(\\w*)', 1)", "'ann' | '' | null | ''"},
                   {"regexp_extract(s, '(a)|(n)', 2)", "'' | '' | null | 'n'"},
                   {"regexp_extract(s, '(?P<x>\\d)', 0)", "'7' | '' | null | ''"},
               });
  EXPECT_NE(table.error_of(Language::kSql, "regexp_extract(s, 'a', 1)").find("from 0 to 0"),
            std::string::npos);
  EXPECT_NE(table.error_of(Language::kSql, "regexp_extract(s, '(a)', -1)"), "");
}

TEST(Parse, Globs) {
  ExpressionTable table;
  table.add("m", Type::kString,
            texts({"user=ann, method:GET, latency := 12", "user=, method:, latency := ", "other",
                   std::nullopt, ""}));
  table.expect(
      Language::kInsights,
      {
          {"parse_glob(m, 'user=*, method:*, latency := *', 1)", "'ann' | '' | null | null | null"},
          {"parse_glob(m, 'user=*, method:*, latency := *', 2)", "'GET' | '' | null | null | null"},
          {"parse_glob(m, 'user=*, method:*, latency := *', 3)", "'12' | '' | null | null | null"},
          {"parse_glob(m, '*, *', 1)", "'user=ann' | 'user=' | null | null | null"},
          {"parse_glob(m, '*, *', 2)",
           "'method:GET, latency := 12' | 'method:, latency := ' | null | null | null"},
          {"parse_glob(m, '*', 1)",
           "'user=ann, method:GET, latency := 12' | "
           "'user=, method:, latency := ' | 'other' | null | ''"},
          {"parse_glob(m, 'method:*,', 1)", "'GET' | '' | null | null | null"},
          {"parse_glob(m, '(*)', 1)", "null | null | null | null | null"},
          {"parse_glob(m, '.*', 1)", "null | null | null | null | null"},
      });
  EXPECT_NE(table.error_of(Language::kInsights, "parse_glob(m, 'no star', 1)"), "");
  EXPECT_NE(table.error_of(Language::kInsights, "parse_glob(m, '* *', 3)"), "");
}

TEST(Parse, RegularExpressions) {
  ExpressionTable table;
  table.add("m", Type::kString,
            texts({"10.0.0.1:443 -> 10.0.0.2:51000", "10.0.0.1: -> x", std::nullopt, "nothing"}));
  table.expect(Language::kInsights,
               {
                   {"parse_regex(m, '(?P<source>[\\d.]+):(?P<port>\\d+)?', 1)",
                    "'10.0.0.1' | '10.0.0.1' | null | null"},
                   // an optional group that took no part is absent, not empty
                   {"parse_regex(m, '(?P<source>[\\d.]+):(?P<port>\\d+)?', 2)",
                    "'443' | null | null | null"},
                   {"parse_regex(m, '-> (.*)$', 1)", "'10.0.0.2:51000' | 'x' | null | null"},
                   {"+(parse_regex(m, ':(\\d+)', 1), 1)", "444.0 | null | null | null"},
               });
  EXPECT_NE(table.error_of(Language::kInsights, "parse_regex(m, 'a', 1)"), "");
}

}  // namespace
}  // namespace weir::query

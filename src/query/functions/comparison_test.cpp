#include <gtest/gtest.h>

#include "query/functions/expression_table.h"

namespace weir::query {
namespace {

using column::Type;

TEST(Comparison, NumbersOfBothKinds) {
  ExpressionTable table;
  table.add("i", Type::kInt64, integers({1, 2, 3, std::nullopt}))
      .add("d", Type::kDouble, doubles({1.5, 2, -3, 0}))
      .add("s", Type::kString, texts({"1", "2.0", "three", "0"}));
  for (const Language language : {Language::kInsights, Language::kSql}) {
    table.expect(language, {
                               {"=(i, 2)", "false | true | false | null"},
                               {"!=(i, 2)", "true | false | true | null"},
                               {"<(i, 2)", "true | false | false | null"},
                               {"<=(i, 2)", "true | true | false | null"},
                               {">(2, i)", "true | false | false | null"},
                               {">=(i, 2)", "false | true | true | null"},
                               {"<(i, d)", "true | false | false | null"},
                               {"=(i, d)", "false | true | false | null"},
                               {">(i, 1.5)", "false | true | true | null"},
                               {"=(i, '2')", "false | true | false | null"},
                               {"=(i, null)", "null | null | null | null"},
                               {"=(null, null)", "null | null | null | null"},
                           });
    table.expect_columns(language, {
                                       {"=(s, i)", "true | true | null | null"},
                                       {"<(s, 2)", "true | false | null | true"},
                                       {"=(s, '2.0')", "false | true | false | false"},
                                   });
  }
  EXPECT_EQ(table.error_of(Language::kSql, "=(i, 'two')"), "'two' is no number");
}

TEST(Comparison, TextsByBytes) {
  ExpressionTable table;
  table.add("s", Type::kString, texts({"ACCEPT", "accept", "", std::nullopt, "ACCEPTED"}));
  table.expect(Language::kInsights, {
                                        {"=(s, 'ACCEPT')", "true | false | false | null | false"},
                                        {"<(s, 'accept')", "true | false | true | null | true"},
                                        {">(s, 'ACCEPT')", "false | true | false | null | true"},
                                        {"=(s, '')", "false | false | true | null | false"},
                                    });
}

TEST(Comparison, AddressesByValueNotByText) {
  ExpressionTable table;
  table
      .add("a", Type::kAddress,
           addresses({"10.0.0.9", "10.0.0.10", "2001:db8::1", "::ffff:10.0.0.9", std::nullopt}))
      .add("s", Type::kString, texts({"10.0.0.9", "10.0.0.010", "2001:DB8:0::1", "x", "10.0.0.9"}));
  table.expect(Language::kSql,
               {
                   {"<(a, '10.0.0.10')", "true | false | false | true | null"},
                   {"=(a, '10.0.0.9')", "true | false | false | true | null"},
                   {"=(a, '2001:0db8::0001')", "false | false | true | false | null"},
                   {">('10.0.0.10', a)", "true | false | false | true | null"},
                   {"between(a, '10.0.0.0', '10.0.0.9')", "true | false | false | true | null"},
                   {"in(a, '10.0.0.9', '2001:db8::1')", "true | false | true | true | null"},
               });
  table.expect_columns(Language::kSql, {{"=(a, s)", "true | null | true | null | null"}});
  EXPECT_EQ(table.error_of(Language::kSql, "=(a, '10.0.0')"),
            "'10.0.0' is no IPv4 or IPv6 address");
  EXPECT_NE(table.error_of(Language::kSql, "=(a, '10.0.0.0/8')").find("isIpInSubnet"),
            std::string::npos);
  EXPECT_NE(table.error_of(Language::kSql, "in(a, '10.0.0.9', '10.0.0.0/8')").find("isIpInSubnet"),
            std::string::npos);
  EXPECT_EQ(table.error_of(Language::kSql, "=(a, 5)"), "cannot compare address with int64");
}

TEST(Comparison, TimesWithSecondsMillisecondsAndTexts) {
  ExpressionTable table;
  table.add("t", Type::kTime,
            times({"2026-03-01T00:00:00Z", "2026-02-28T23:59:59.999Z", std::nullopt}));
  table.expect(Language::kSql,
               {
                   {">=(t, 1772323200)", "true | false | null"},
                   {">=(t, 1772323200000)", "true | false | null"},
                   {">=(t, 1772323199.999)", "true | true | null"},
                   {">=(t, '2026-03-01')", "true | false | null"},
                   {"<(t, '2026-03-01 00:00:00')", "false | true | null"},
                   {"=(t, '2026-03-01T01:00:00+01:00')", "true | false | null"},
                   {"between(t, '2026-02-28', '2026-02-28T23:59:59.999Z')", "false | true | null"},
                   {">(t, -(now(), 12h))", "false | false | null"},
                   {">=(t, -(now(), 1d))", "true | true | null"},
               });
  EXPECT_NE(table.error_of(Language::kSql, "=(t, 'yesterday')").find("is no time"),
            std::string::npos);
}

TEST(Comparison, Membership) {
  ExpressionTable table;
  table.add("i", Type::kInt64, integers({22, 443, 80, std::nullopt}))
      .add("s", Type::kString, texts({"a", "b", "", std::nullopt}))
      .add("b", Type::kBool, bools({true, false, true, std::nullopt}));
  table.expect(Language::kInsights,
               {
                   {"in(i, 22, 80)", "true | false | true | null"},
                   {"not(in(i, 22, 80))", "false | true | false | null"},
                   {"in(i, 443.0, 80.5)", "false | true | false | null"},
                   {"in(i, 22, 443.0)", "true | true | false | null"},
                   {"in(i, '22')", "true | false | false | null"},
                   {"in(i, 22, null)", "true | null | null | null"},
                   {"in(i)", "false | false | false | null"},
                   {"in(s, 'a', '')", "true | false | true | null"},
                   {"in(s, 'a', 'a', 'a')", "true | false | false | null"},
                   {"in(b, true)", "true | false | true | null"},
                   {"in(null, 1)", "null | null | null | null"},
                   // past the length where a search by halves begins
                   {"in(i, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 443, 17, 18)",
                    "false | true | false | null"},
               });
  EXPECT_NE(table.error_of(Language::kSql, "in(i, i)").find("must be constants"),
            std::string::npos);
  EXPECT_EQ(table.error_of(Language::kSql, "in(i, 'x')"), "'x' is no number");
}

TEST(Comparison, BetweenIncludesItsBounds) {
  ExpressionTable table;
  table.add("i", Type::kInt64, integers({1, 2, 3, 4, std::nullopt}))
      .add("low", Type::kInt64, integers({2, 2, std::nullopt, std::nullopt, 1}));
  table.expect(Language::kSql, {
                                   {"between(i, 2, 3)", "false | true | true | false | null"},
                                   {"between(i, 3, 2)", "false | false | false | false | null"},
                                   {"between(i, '2', 3.5)", "false | true | true | false | null"},
                                   {"between(i, low, 3)", "false | true | null | false | null"},
                                   {"not(between(i, 2, 3))", "true | false | false | true | null"},
                               });
}

TEST(Comparison, PresenceIsNeverNull) {
  ExpressionTable table;
  table.add("i", Type::kInt64, integers({1, std::nullopt}))
      .add("s", Type::kString, texts({"", std::nullopt}))
      .add("full", Type::kInt64, integers({1, 2}));
  table.expect(Language::kInsights, {
                                        {"ispresent(i)", "true | false"},
                                        {"ispresent(s)", "true | false"},
                                        {"ispresent(full)", "true | true"},
                                        {"ispresent(null)", "false | false"},
                                        {"is_null(i)", "false | true"},
                                        {"is_null(+(i, full))", "false | true"},
                                        {"is_null(null)", "true | true"},
                                        {"not(is_null(s))", "true | false"},
                                    });
}

TEST(Logic, ThreeValues) {
  ExpressionTable table;
  constexpr std::nullopt_t kNone = std::nullopt;
  table.add("a", Type::kBool, bools({true, true, true, false, false, false, kNone, kNone, kNone}))
      .add("b", Type::kBool, bools({true, false, kNone, true, false, kNone, true, false, kNone}))
      .add("p", Type::kBool, bools({true, true, false, false, true, true, false, false, true}))
      .add("q", Type::kBool, bools({true, false, true, false, true, false, true, false, true}))
      .add("i", Type::kInt64, integers({0, 1, 2, -1, kNone, 0, 1, 2, 3}));
  table.expect(
      Language::kSql,
      {
          {"and(a, b)", "true | false | null | false | false | false | null | false | null"},
          {"or(a, b)", "true | true | true | true | false | null | true | null | null"},
          {"not(a)", "false | false | false | true | true | true | null | null | null"},
          {"and(p, q)", "true | false | false | false | true | false | false | false | true"},
          {"or(p, q)", "true | true | true | false | true | true | true | false | true"},
          {"and(a, true)", "true | true | true | false | false | false | null | null | null"},
          {"and(a, false)",
           "false | false | false | false | false | false | false | false | false"},
          {"or(null, a)", "true | true | true | null | null | null | null | null | null"},
          {"or(a, true)", "true | true | true | true | true | true | true | true | true"},
          {"and(null, null)", "null | null | null | null | null | null | null | null | null"},
          {"and(i, true)", "false | true | true | true | null | false | true | true | true"},
          {"not(i)", "true | false | false | false | null | true | false | false | false"},
          {"=(a, b)", "true | false | null | false | true | null | null | null | null"},
      });
  EXPECT_NE(table.error_of(Language::kSql, "and(a)"), "");
  EXPECT_NE(table.error_of(Language::kSql, "and(a, 'x')").find("no condition"), std::string::npos);
  EXPECT_NE(table.error_of(Language::kSql, "not(a, b)"), "");
}

TEST(Logic, Choices) {
  ExpressionTable table;
  table.add("b", Type::kBool, bools({true, false, std::nullopt}))
      .add("i", Type::kInt64, integers({1, std::nullopt, 3}))
      .add("d", Type::kDouble, doubles({0.5, 1.5, std::nullopt}))
      .add("s", Type::kString, texts({"x", std::nullopt, "zz"}))
      .add("a", Type::kAddress, addresses({"10.0.0.1", std::nullopt, "::1"}))
      .add("t", Type::kTime, times({"2026-03-01", std::nullopt, "1970-01-01"}));
  table.expect(Language::kInsights,
               {
                   {"if(b, i, 0)", "1 | 0 | 0"},
                   {"if(b, i, d)", "1.0 | 1.5 | null"},
                   {"if(b, s, 'no')", "'x' | 'no' | 'no'"},
                   {"if(b, 'yes', null)", "'yes' | null | null"},
                   {"if(b, null, null)", "null | null | null"},
                   {"if(>(i, 1), i, s)", "'x' | null | '3'"},
                   {"if(b, a, '0.0.0.0')", "'10.0.0.1' | '0.0.0.0' | '0.0.0.0'"},
                   {"case(=(i, 1), 'one', =(i, 3), 'three', 'other')", "'one' | 'other' | 'three'"},
                   {"case(b, t, null)", "2026-03-01T00:00:00Z | null | null"},
                   {"coalesce(i, 7)", "1 | 7 | 3"},
                   {"coalesce(i, d)", "1.0 | 1.5 | 3.0"},
                   {"coalesce(null, s, 'none')", "'x' | 'none' | 'zz'"},
                   {"coalesce(a, '::')", "'10.0.0.1' | '::' | '::1'"},
                   {"coalesce(null, null)", "null | null | null"},
                   {"coalesce(t)", "2026-03-01T00:00:00Z | null | 1970-01-01T00:00:00Z"},
               });
  table.expect(Language::kSql, {
                                   {"nullif(i, 3)", "1 | null | null"},
                                   {"nullif(s, 'x')", "null | null | 'zz'"},
                                   {"nullif(i, null)", "1 | null | 3"},
                                   {"nullif(a, '::1')", "10.0.0.1 | null | null"},
                                   {"ifnull(i, 0)", "1 | 0 | 3"},
                               });
  EXPECT_NE(table.error_of(Language::kSql, "if(b, 1)"), "");
  EXPECT_NE(table.error_of(Language::kSql, "if(a, 1, 2)"), "");
}

}  // namespace
}  // namespace weir::query

#include <gtest/gtest.h>

#include <cstdint>

#include "query/functions/expression_table.h"

namespace weir::query {
namespace {

using column::Type;

TEST(NumericFunctions, OfIntegersAndDoubles) {
  ExpressionTable table;
  table.add("i", Type::kInt64, integers({5, -5, 0, INT64_MAX, INT64_MIN, std::nullopt}))
      .add("d", Type::kDouble, doubles({2.5, -2.5, -0.4, 1e300, std::nullopt, 9}))
      .add("s", Type::kString, texts({"4", "-1.5", "x", "", std::nullopt, "2"}));
  for (const Language language : {Language::kInsights, Language::kSql}) {
    table.expect(language,
                 {
                     {"abs(i)", "5 | 5 | 0 | 9223372036854775807 | 9223372036854775807 | null"},
                     {"abs(d)", "2.5 | 2.5 | 0.4 | 1e+300 | null | 9.0"},
                     {"abs(s)", "4.0 | 1.5 | null | null | null | 2.0"},
                     {"ceil(i)", "5 | -5 | 0 | 9223372036854775807 | -9223372036854775808 | null"},
                     {"ceil(d)", "3.0 | -2.0 | -0.0 | 1e+300 | null | 9.0"},
                     {"floor(d)", "2.0 | -3.0 | -1.0 | 1e+300 | null | 9.0"},
                     {"floor(s)", "4.0 | -2.0 | null | null | null | 2.0"},
                     {"round(d)", "3.0 | -3.0 | -0.0 | 1e+300 | null | 9.0"},
                     {"round(3.14159, 2)", "3.14 | 3.14 | 3.14 | 3.14 | 3.14 | 3.14"},
                     {"round(i, -1)",
                      "10.0 | -10.0 | 0.0 | 9223372036854775808.0 | "
                      "-9223372036854775808.0 | null"},
                     {"round(d, 400)", "2.5 | -2.5 | -0.4 | 1e+300 | null | 9.0"},
                     {"sqrt(d)", "1.5811388300841898 | null | null | 1e+150 | null | 3.0"},
                     {"sqrt(i)", "2.23606797749979 | null | 0.0 | 3037000499.97605 | null | null"},
                     {"sqrt(s)", "2.0 | null | null | null | null | 1.4142135623730951"},
                     {"log(d)",
                      "0.9162907318741551 | null | null | 690.7755278982137 | null | "
                      "2.1972245773362196"},
                     {"log(0)", "null | null | null | null | null | null"},
                     {"log(null)", "null | null | null | null | null | null"},
                     {"log(2, 8)", "3.0 | 3.0 | 3.0 | 3.0 | 3.0 | 3.0"},
                 });
  }
  table.expect(Language::kSql,
               {
                   {"ln(1)", "0.0 | 0.0 | 0.0 | 0.0 | 0.0 | 0.0"},
                   {"log2(8)", "3.0 | 3.0 | 3.0 | 3.0 | 3.0 | 3.0"},
                   {"log10(1000)", "3.0 | 3.0 | 3.0 | 3.0 | 3.0 | 3.0"},
                   {"exp(0)", "1.0 | 1.0 | 1.0 | 1.0 | 1.0 | 1.0"},
                   {"exp(d)",
                    "12.182493960703473 | 0.0820849986238988 | 0.6703200460356393 | "
                    "null | null | 8103.083927575384"},
                   {"sign(i)", "1 | -1 | 0 | 1 | -1 | null"},
                   {"sign(d)", "1.0 | -1.0 | -1.0 | 1.0 | null | 1.0"},
                   {"ceiling(-1.5)", "-1.0 | -1.0 | -1.0 | -1.0 | -1.0 | -1.0"},
               });
}

TEST(NumericFunctions, GreatestAndLeastPassNullsOver) {
  ExpressionTable table;
  table.add("i", Type::kInt64, integers({1, 5, std::nullopt, std::nullopt}))
      .add("j", Type::kInt64, integers({2, -5, 7, std::nullopt}))
      .add("d", Type::kDouble, doubles({1.5, 0, std::nullopt, std::nullopt}))
      .add("s", Type::kString, texts({"b", "a", std::nullopt, "c"}))
      .add("a", Type::kAddress, addresses({"10.0.0.9", "::1", std::nullopt, "10.0.0.10"}))
      .add("t", Type::kTime, times({"2026-01-01", "2026-01-02", std::nullopt, "2026-01-03"}));
  table.expect(Language::kInsights, {
                                        {"greatest(i, j)", "2 | 5 | 7 | null"},
                                        {"least(i, j)", "1 | -5 | 7 | null"},
                                        {"greatest(i, j, d, 0)", "2.0 | 5.0 | 7.0 | 0.0"},
                                        {"least(i, null)", "1 | 5 | null | null"},
                                        {"greatest(null, null)", "null | null | null | null"},
                                        {"greatest(i)", "1 | 5 | null | null"},
                                        {"greatest(s, 'b')", "'b' | 'b' | 'b' | 'c'"},
                                        {"least(s, 'b')", "'b' | 'a' | 'b' | 'b'"},
                                        {"greatest(a, a)", "10.0.0.9 | ::1 | null | 10.0.0.10"},
                                        {"least(t, now())",
                                         "2026-01-01T00:00:00Z | 2026-01-02T00:00:00Z | "
                                         "2026-03-01T12:00:00Z | 2026-01-03T00:00:00Z"},
                                    });
  EXPECT_NE(table.error_of(Language::kInsights, "greatest()"), "");
}

TEST(Cast, EveryPairThatMakesSense) {
  ExpressionTable table;
  table.add("i", Type::kInt64, integers({0, -1, 1'772'323'200, std::nullopt}))
      .add("d", Type::kDouble, doubles({0.5, -1.5, 1e19, std::nullopt}))
      .add("b", Type::kBool, bools({true, false, std::nullopt, true}))
      .add("s", Type::kString, texts({"12", " 7", "1e3", "true"}))
      .add("t", Type::kTime,
           times({"2026-03-01", "1969-12-31T23:59:59.500Z", std::nullopt, "1970-01-01"}))
      .add("a", Type::kAddress, addresses({"10.0.0.1", "::ffff:1.2.3.4", std::nullopt, "2001::1"}));
  table.expect(
      Language::kSql,
      {
          {"cast(d, bigint)", "1 | -2 | null | null"},
          {"cast(s, bigint)", "12 | null | 1000 | null"},
          {"cast(b, integer)", "1 | 0 | null | 1"},
          {"cast(t, bigint)", "1772323200 | -1 | null | 0"},
          {"cast(i, double)", "0.0 | -1.0 | 1772323200.0 | null"},
          {"cast(s, double)", "12.0 | null | 1000.0 | null"},
          {"cast(t, double)", "1772323200.0 | -0.5 | null | 0.0"},
          {"cast(i, varchar)", "'0' | '-1' | '1772323200' | null"},
          {"cast(d, varchar)", "'0.5' | '-1.5' | '1e+19' | null"},
          {"cast(b, varchar)", "'true' | 'false' | null | 'true'"},
          {"cast(t, text)",
           "'2026-03-01T00:00:00Z' | '1969-12-31T23:59:59.500Z' | null | '1970-01-01T00:00:00Z'"},
          {"cast(a, varchar)", "'10.0.0.1' | '1.2.3.4' | null | '2001::1'"},
          {"cast(i, timestamp)",
           "1970-01-01T00:00:00Z | 1969-12-31T23:59:59Z | 2026-03-01T00:00:00Z | null"},
          {"cast(i, boolean)", "false | true | true | null"},
          {"cast(s, boolean)", "null | null | null | true"},
          {"cast('10.0.0.7', inet)", "10.0.0.7 | 10.0.0.7 | 10.0.0.7 | 10.0.0.7"},
          {"cast(s, inet)", "null | null | null | null"},
          {"cast('2026-03-01', timestamp)",
           "2026-03-01T00:00:00Z | 2026-03-01T00:00:00Z | "
           "2026-03-01T00:00:00Z | 2026-03-01T00:00:00Z"},
          {"cast(null, bigint)", "null | null | null | null"},
          {"cast(i, INTERVAL)", "0s | -1s | 1772323200s | null"},
          {"cast('5m', interval)", "300s | 300s | 300s | 300s"},
      });
  EXPECT_EQ(table.error_of(Language::kSql, "cast(a, bigint)"), "address cannot be read as int64");
  EXPECT_NE(table.error_of(Language::kSql, "cast(i, inet)"), "");
  EXPECT_NE(table.error_of(Language::kSql, "cast(i, blob)").find("there is no type 'blob'"),
            std::string::npos);
}

}  // namespace
}  // namespace weir::query

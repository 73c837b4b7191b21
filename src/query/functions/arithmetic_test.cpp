#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

#include "query/functions/expression_table.h"

namespace weir::query {
namespace {

using column::Type;

constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();

ExpressionTable numbers_table() {
  ExpressionTable table;
  table.add("i", Type::kInt64, integers({7, -7, 0, kMax, kMin, std::nullopt}))
      .add("j", Type::kInt64, integers({2, 2, 5, 1, -1, 3}))
      .add("d", Type::kDouble, doubles({0.5, -2.5, 0, 1e308, std::nullopt, 4}))
      .add("s", Type::kString, texts({"10", "2.5", "", "x", std::nullopt, " 1"}))
      .add("b", Type::kBool, bools({true, false, std::nullopt, true, false, true}));
  return table;
}

TEST(Arithmetic, IntegersStayIntegersAndOverflowIsNull) {
  for (const Language language : {Language::kInsights, Language::kSql}) {
    numbers_table().expect(
        language,
        {
            {"+(i, j)", "9 | -5 | 5 | null | null | null"},
            {"-(i, j)", "5 | -9 | -5 | 9223372036854775806 | -9223372036854775807 | null"},
            {"*(i, j)", "14 | -14 | 0 | 9223372036854775807 | null | null"},
            {"*(i, 2)", "14 | -14 | 0 | null | null | null"},
            {"-(0, i)", "-7 | 7 | 0 | -9223372036854775807 | null | null"},
            {"neg(i)", "-7 | 7 | 0 | -9223372036854775807 | null | null"},
            {"%(i, j)", "1 | -1 | 0 | 0 | 0 | null"},
            {"%(i, 0)", "null | null | null | null | null | null"},
            {"%(i, -1)", "0 | 0 | 0 | 0 | 0 | null"},
            {"mod(i, 3)", "1 | -1 | 0 | 1 | -2 | null"},
            {"+(i, null)", "null | null | null | null | null | null"},
            {"*(null, null)", "null | null | null | null | null | null"},
        });
  }
}

TEST(Arithmetic, QuotientsAreDoublesAndNullByZero) {
  numbers_table().expect(
      Language::kSql,
      {
          {"/(i, j)", "3.5 | -3.5 | 0.0 | 9223372036854775808.0 | 9223372036854775808.0 | null"},
          {"/(7, 2)", "3.5 | 3.5 | 3.5 | 3.5 | 3.5 | 3.5"},
          {"/(6, 2)", "3.0 | 3.0 | 3.0 | 3.0 | 3.0 | 3.0"},
          {"/(1, 0)", "null | null | null | null | null | null"},
          {"/(j, d)", "4.0 | -0.8 | null | 1e-308 | null | 0.75"},
          {"%(d, 2)", "0.5 | -0.5 | 0.0 | 0.0 | null | 0.0"},
          {"%(d, 0)", "null | null | null | null | null | null"},
      });
}

TEST(Arithmetic, IntegersMeetDoublesAsDoubles) {
  numbers_table().expect(Language::kInsights,
                         {
                             {"+(j, d)", "2.5 | -0.5 | 5.0 | 1e+308 | null | 7.0"},
                             {"-(d, 1)", "-0.5 | -3.5 | -1.0 | 1e+308 | null | 3.0"},
                             {"*(d, 2)", "1.0 | -5.0 | 0.0 | inf | null | 8.0"},
                             {"neg(d)", "-0.5 | 2.5 | -0.0 | -1e+308 | null | -4.0"},
                             {"^(j, 2)", "4.0 | 4.0 | 25.0 | 1.0 | 1.0 | 9.0"},
                             {"^(d, 2)", "0.25 | 6.25 | 0.0 | null | null | 16.0"},
                             {"^(d, 0.5)", "0.7071067811865476 | null | 0.0 | 1e+154 | null | 2.0"},
                             {"power(2, j)", "4.0 | 4.0 | 32.0 | 2.0 | 0.5 | 8.0"},
                         });
}

TEST(Arithmetic, TextsAreReadAsNumbers) {
  numbers_table().expect(Language::kInsights,
                         {
                             {"+(s, 1)", "11.0 | 3.5 | null | null | null | null"},
                             {"*(s, s)", "100.0 | 6.25 | null | null | null | null"},
                             {"+(b, 1)", "2 | 1 | null | 2 | 1 | 2"},
                             {"neg(s)", "-10.0 | -2.5 | null | null | null | null"},
                         });
}

TEST(Arithmetic, TimesAndPeriods) {
  ExpressionTable table;
  table
      .add("start", Type::kTime,
           times({"2026-03-01T00:00:10Z", "1969-12-31T23:59:59.500Z", "2026-01-31T00:00:00Z",
                  std::nullopt}))
      .add("end", Type::kTime,
           times({"2026-03-01T00:01:09Z", "1970-01-01T00:00:00Z", std::nullopt,
                  "2026-03-01T00:00:00Z"}))
      .add("n", Type::kInt64, integers({60, -1, 0, 5}))
      .add("h", Type::kInterval,
           {column::Value::of_interval(1'500), column::Value::null(),
            column::Value::of_interval(-60'000), column::Value::of_interval(0)});
  table.expect(
      Language::kSql,
      {
          {"-(end, start)", "59.0 | 0.5 | null | null"},
          {"-(start, end)", "-59.0 | -0.5 | null | null"},
          {"+(start, n)",
           "2026-03-01T00:01:10Z | 1969-12-31T23:59:58.500Z | 2026-01-31T00:00:00Z | null"},
          {"+(n, start)",
           "2026-03-01T00:01:10Z | 1969-12-31T23:59:58.500Z | 2026-01-31T00:00:00Z | null"},
          {"-(start, n)",
           "2026-02-28T23:59:10Z | 1970-01-01T00:00:00.500Z | 2026-01-31T00:00:00Z | null"},
          {"+(start, 1.25)",
           "2026-03-01T00:00:11.250Z | 1970-01-01T00:00:00.750Z | 2026-01-31T00:00:01.250Z | null"},
          {"-(start, 1h)",
           "2026-02-28T23:00:10Z | 1969-12-31T22:59:59.500Z | 2026-01-30T23:00:00Z | null"},
          {"+(start, h)", "2026-03-01T00:00:11.500Z | null | 2026-01-30T23:59:00Z | null"},
          {"+(h, 1m)", "61.5s | null | 0s | 60s"},
          {"-(h, 1s)", "0.5s | null | -61s | -1s"},
          {"*(h, 2)", "3s | null | -120s | 0s"},
          {"*(3, h)", "4.5s | null | -180s | 0s"},
          {"neg(h)", "-1.5s | null | 60s | 0s"},
          {"/(h, 2)", "0.75 | null | -30.0 | 0.0"},
      });
}

TEST(Arithmetic, CalendarUnitsAreCountedByTheCalendar) {
  ExpressionTable table;
  table.add("t", Type::kTime,
            times({"2026-01-31T10:00:00Z", "2024-02-29T00:00:00Z", "2026-03-01T00:00:00Z",
                   std::nullopt}));
  table.expect(
      Language::kSql,
      {
          {"+(t, 1mo)",
           "2026-02-28T10:00:00Z | 2024-03-29T00:00:00Z | 2026-04-01T00:00:00Z | null"},
          {"-(t, 1mo)",
           "2025-12-31T10:00:00Z | 2024-01-29T00:00:00Z | 2026-02-01T00:00:00Z | null"},
          {"+(1y, t)", "2027-01-31T10:00:00Z | 2025-02-28T00:00:00Z | 2027-03-01T00:00:00Z | null"},
          {"-(t, 1q)", "2025-10-31T10:00:00Z | 2023-11-29T00:00:00Z | 2025-12-01T00:00:00Z | null"},
          {"-(t, 1w)", "2026-01-24T10:00:00Z | 2024-02-22T00:00:00Z | 2026-02-22T00:00:00Z | null"},
          {"date_add(t, 1mo)",
           "2026-02-28T10:00:00Z | 2024-03-29T00:00:00Z | 2026-04-01T00:00:00Z | null"},
          {"date_sub(t, 1mo)",
           "2025-12-31T10:00:00Z | 2024-01-29T00:00:00Z | 2026-02-01T00:00:00Z | null"},
      });
}

// What no calendar holds is null, and nothing on the way there overflows (run under UBSan).
TEST(Arithmetic, TimesOutOfReachAreNull) {
  ExpressionTable table;
  table.add("i", Type::kInt64, integers({kMax, kMin, 76'632'036'854'775'807, 0}))
      .add("d", Type::kDouble, doubles({1e300, -1e300, 1e18, 0}))
      .add("t", Type::kTime,
           times({"2026-03-01T00:00:00Z", "2026-03-01T00:00:00Z", "2026-03-01T00:00:00Z",
                  "2026-03-01T00:00:00Z"}));
  table.expect(Language::kSql, {
                                   {"is_null(+(t, i))", "true | true | true | false"},
                                   {"is_null(-(t, i))", "true | true | true | false"},
                                   {"is_null(+(t, d))", "true | true | true | false"},
                                   {"is_null(cast(i, timestamp))", "true | true | true | false"},
                                   {"is_null(cast(d, timestamp))", "true | true | true | false"},
                                   {"is_null(cast(i, interval))", "true | true | true | false"},
                                   {"is_null(cast(d, interval))", "true | true | true | false"},
                                   {"is_null(from_unixtime(d))", "true | true | true | false"},
                               });
}

TEST(Arithmetic, WhatDoesNotFitIsRefusedWithItsPlace) {
  ExpressionTable table;
  table.add("t", Type::kTime, times({std::nullopt}))
      .add("a", Type::kAddress, addresses({std::nullopt}))
      .add("i", Type::kInt64, integers({1}));
  EXPECT_EQ(table.error_of(Language::kSql, "+(t, t)"), "two times cannot be added");
  EXPECT_NE(table.error_of(Language::kSql, "-(i, t)"), "");
  EXPECT_EQ(table.error_of(Language::kSql, "+(i, a)"), "an address is no number");
  EXPECT_NE(table.error_of(Language::kSql, "+(t, a)"), "");
  EXPECT_NE(table.error_of(Language::kSql, "+(i)"), "");
  EXPECT_NE(table.error_of(Language::kSql, "*(i, i, i)"), "");
  const auto span = table.error_span_of(Language::kSql, "+(i, *(2, a))");
  ASSERT_TRUE(span);
  EXPECT_EQ(span->begin, 10u);
  EXPECT_EQ(span->end, 11u);
}

}  // namespace
}  // namespace weir::query

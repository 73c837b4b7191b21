#include <gtest/gtest.h>

#include <cstdint>

#include "query/functions/expression_table.h"

namespace weir::query {
namespace {

using column::Type;

ExpressionTable times_table() {
  ExpressionTable table;
  table
      .add("t", Type::kTime,
           times({"2026-03-01T13:07:12.345Z", "1969-12-31T23:59:59.999Z", std::nullopt,
                  "2024-02-29T00:00:00Z"}))
      .add("ms", Type::kInt64, integers({1'772'370'432'345, -1, std::nullopt, 0}))
      .add("s", Type::kString, texts({"2026-03-01 13:07:12", "not a time", std::nullopt, "0"}));
  return table;
}

TEST(TimeFunctions, Bins) {
  for (const Language language : {Language::kInsights, Language::kSql}) {
    times_table().expect(
        language,
        {
            {"bin(t, 5m)",
             "2026-03-01T13:05:00Z | 1969-12-31T23:55:00Z | null | 2024-02-29T00:00:00Z"},
            {"bin(t, 1s)",
             "2026-03-01T13:07:12Z | 1969-12-31T23:59:59Z | null | 2024-02-29T00:00:00Z"},
            {"bin(t, 100ms)",
             "2026-03-01T13:07:12.300Z | 1969-12-31T23:59:59.900Z | null | 2024-02-29T00:00:00Z"},
            {"datefloor(t, 1h)",
             "2026-03-01T13:00:00Z | 1969-12-31T23:00:00Z | null | 2024-02-29T00:00:00Z"},
            {"datefloor(t, 7h)",
             "2026-03-01T12:00:00Z | 1969-12-31T17:00:00Z | null | 2024-02-29T00:00:00Z"},
            {"datefloor(t, 1d)",
             "2026-03-01T00:00:00Z | 1969-12-31T00:00:00Z | null | 2024-02-29T00:00:00Z"},
            {"datefloor(t, 1w)",
             "2026-02-23T00:00:00Z | 1969-12-29T00:00:00Z | null | 2024-02-26T00:00:00Z"},
            {"datefloor(t, 1mo)",
             "2026-03-01T00:00:00Z | 1969-12-01T00:00:00Z | null | 2024-02-01T00:00:00Z"},
            {"datefloor(t, 1q)",
             "2026-01-01T00:00:00Z | 1969-10-01T00:00:00Z | null | 2024-01-01T00:00:00Z"},
            {"datefloor(t, 1y)",
             "2026-01-01T00:00:00Z | 1969-01-01T00:00:00Z | null | 2024-01-01T00:00:00Z"},
            {"datefloor(t, '15 minutes')",
             "2026-03-01T13:00:00Z | 1969-12-31T23:45:00Z | null | 2024-02-29T00:00:00Z"},
            {"dateceil(t, 1h)",
             "2026-03-01T14:00:00Z | 1970-01-01T00:00:00Z | null | 2024-02-29T00:00:00Z"},
            {"dateceil(t, 1mo)",
             "2026-04-01T00:00:00Z | 1970-01-01T00:00:00Z | null | 2024-03-01T00:00:00Z"},
            {"dateceil(t, 1d)",
             "2026-03-02T00:00:00Z | 1970-01-01T00:00:00Z | null | 2024-02-29T00:00:00Z"},
            {"datefloor(null, 1h)", "null | null | null | null"},
            {"bin(ms, 1m)",
             "2026-03-01T13:07:00Z | 1969-12-31T23:59:00Z | null | 1970-01-01T00:00:00Z"},
        });
  }
  auto table = times_table();
  for (const char* wrong :
       {"bin(t, 0s)", "bin(t, t)", "bin(t, 5)", "bin(t, 'soon')", "bin(t, null)"}) {
    EXPECT_NE(table.error_of(Language::kInsights, wrong).find("must be a period"),
              std::string::npos)
        << wrong;
  }
  EXPECT_NE(table.error_of(Language::kInsights, "datefloor(t)"), "");
}

TEST(TimeFunctions, BinsOfTimesOutOfReach) {
  ExpressionTable table;
  table.add("t", Type::kTime,
            {column::Value::of_time(INT64_MAX), column::Value::of_time(INT64_MIN)});
  for (const char* expression : {"bin(t, 5m)", "bin(t, 1mo)", "dateceil(t, 7d)", "-(t, 1y)",
                                 "+(t, 1mo)", "-(t, t)", "extract('dow', t)"}) {
    EXPECT_EQ(table.error_of(Language::kSql, expression), "") << expression;
  }
}

TEST(TimeFunctions, NowIsFixed) {
  times_table().expect(Language::kInsights,
                       {{"now()", "1772366400 | 1772366400 | 1772366400 | 1772366400"},
                        {"<(t, now())", "false | true | null | true"},
                        {"fromMillis(*(now(), 1000))",
                         "2026-03-01T12:00:00Z | 2026-03-01T12:00:00Z | "
                         "2026-03-01T12:00:00Z | 2026-03-01T12:00:00Z"}});
  times_table().expect(
      Language::kSql,
      {{"now()",
        "2026-03-01T12:00:00.500Z | 2026-03-01T12:00:00.500Z | "
        "2026-03-01T12:00:00.500Z | 2026-03-01T12:00:00.500Z"},
       {"unix_timestamp()", "1772366400 | 1772366400 | 1772366400 | 1772366400"},
       {"unix_timestamp(-(now(), 1h))", "1772362800 | 1772362800 | 1772362800 | 1772362800"},
       {">=(t, unix_timestamp(-(now(), 1h)))", "true | false | null | false"}});
}

TEST(TimeFunctions, NumbersAndBack) {
  times_table().expect(
      Language::kInsights,
      {
          {"toMillis(t)", "1772370432345 | -1 | null | 1709164800000"},
          {"fromMillis(ms)",
           "2026-03-01T13:07:12.345Z | 1969-12-31T23:59:59.999Z | null | 1970-01-01T00:00:00Z"},
          {"fromMillis(1000)",
           "1970-01-01T00:00:01Z | 1970-01-01T00:00:01Z | "
           "1970-01-01T00:00:01Z | 1970-01-01T00:00:01Z"},
          {"fromMillis(toMillis(t))",
           "2026-03-01T13:07:12.345Z | 1969-12-31T23:59:59.999Z | null | 2024-02-29T00:00:00Z"},
      });
  times_table().expect(Language::kSql,
                       {
                           {"unix_timestamp(t)", "1772370432 | -1 | null | 1709164800"},
                           {"epoch(t)", "1772370432 | -1 | null | 1709164800"},
                           {"epoch_ms(t)", "1772370432345 | -1 | null | 1709164800000"},
                           {"from_unixtime(1772370432)",
                            "2026-03-01T13:07:12Z | 2026-03-01T13:07:12Z | "
                            "2026-03-01T13:07:12Z | 2026-03-01T13:07:12Z"},
                           {"to_timestamp(0.5)",
                            "1970-01-01T00:00:00.500Z | 1970-01-01T00:00:00.500Z | "
                            "1970-01-01T00:00:00.500Z | 1970-01-01T00:00:00.500Z"},
                           {"unix_timestamp(s)", "1772370432 | null | null | 0"},
                       });
}

TEST(TimeFunctions, PartsAndTruncation) {
  times_table().expect(
      Language::kSql,
      {
          {"extract('year', t)", "2026 | 1969 | null | 2024"},
          {"extract('QUARTER', t)", "1 | 4 | null | 1"},
          {"extract('month', t)", "3 | 12 | null | 2"},
          {"extract('day', t)", "1 | 31 | null | 29"},
          {"extract('hour', t)", "13 | 23 | null | 0"},
          {"extract('minute', t)", "7 | 59 | null | 0"},
          {"extract('second', t)", "12 | 59 | null | 0"},
          {"extract('millisecond', t)", "345 | 999 | null | 0"},
          {"date_part('dow', t)", "0 | 3 | null | 4"},
          {"extract('epoch', t)", "1772370432 | -1 | null | 1709164800"},
          {"year(t)", "2026 | 1969 | null | 2024"},
          {"month(t)", "3 | 12 | null | 2"},
          {"day(t)", "1 | 31 | null | 29"},
          {"hour(t)", "13 | 23 | null | 0"},
          {"minute(t)", "7 | 59 | null | 0"},
          {"second(t)", "12 | 59 | null | 0"},
          {"hour('2026-03-01 14:00:00')", "14 | 14 | 14 | 14"},
          {"date_trunc('hour', t)",
           "2026-03-01T13:00:00Z | 1969-12-31T23:00:00Z | null | 2024-02-29T00:00:00Z"},
          {"date_trunc('WEEK', t)",
           "2026-02-23T00:00:00Z | 1969-12-29T00:00:00Z | null | 2024-02-26T00:00:00Z"},
          {"time_bucket(10m, t)",
           "2026-03-01T13:00:00Z | 1969-12-31T23:50:00Z | null | 2024-02-29T00:00:00Z"},
          {"date_add(t, 1h)",
           "2026-03-01T14:07:12.345Z | 1970-01-01T00:59:59.999Z | null | 2024-02-29T01:00:00Z"},
          {"date_sub(t, 90)",
           "2026-03-01T13:05:42.345Z | 1969-12-31T23:58:29.999Z | null | 2024-02-28T23:58:30Z"},
      });
  auto table = times_table();
  EXPECT_NE(table.error_of(Language::kSql, "extract('eon', t)").find("the unit is one of"),
            std::string::npos);
  EXPECT_NE(table.error_of(Language::kSql, "date_trunc(t, 'hour')"), "");
}

}  // namespace
}  // namespace weir::query

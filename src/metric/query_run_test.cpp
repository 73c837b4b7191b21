#include "metric/query_run.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "metric/insights_sql.h"
#include "metric/label.h"
#include "metric/math/expression.h"
#include "metric/metric_fixture.h"
#include "metric/search.h"

namespace weir::metric {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Series of a value a minute, written "1 - 3"; five minutes from kDayStart on.
class QueryRunTest : public MetricFixture {
 protected:
  QueryRunTest() {
    clock_.set_ms(kDayStart + 5 * kMinuteMs);
    open();
  }
  void series(std::string_view name, std::string_view values,
              std::vector<DimensionView> dimensions = {}) {
    TimeMs time_ms = kDayStart;
    while (!values.empty()) {
      const std::size_t end = std::min(values.find(' '), values.size());
      if (values[0] != '-' || end > 1) {
        Datum datum = value_at(name, time_ms, std::stod(std::string(values.substr(0, end))));
        datum.dimensions = dimensions;
        put(datum);
      }
      values.remove_prefix(std::min(values.size(), end + 1));
      time_ms += kMinuteMs;
    }
    DataQuery query;
    query.id = std::string(name);
    query.metric_stat = MetricStat{{"N", std::string(name), copy_of(dimensions)}, 60, "Sum", ""};
    query.return_data = false;
    queries_.push_back(query);
  }
  Result<Checked<std::vector<DataResult>>> run(std::string expression,
                                               std::optional<std::string> label = std::nullopt) {
    std::vector<DataQuery> queries = queries_;
    DataQuery query;
    query.id = "e1";
    query.expression = std::move(expression);
    query.label = std::move(label);
    query.period_s = 60;
    queries.push_back(query);
    QueryRange range;
    range.scope = "1/r";
    range.start_ms = kDayStart;
    range.end_ms = kDayStart + 5 * kMinuteMs;
    range.now_ms = clock_.now_ms();
    return run_queries(*store_, queries, range);
  }
  // "label: 1 - 3 - 5" of each series, joined by " | "; an error's message.
  std::string of(const std::string& expression, bool with_labels = false) {
    const auto results = run(expression);
    if (!results) {
      return "error: " + results.error().message;
    }
    if (!*results) {
      return results->error().message;
    }
    std::string out;
    for (const DataResult& result : **results) {
      out += out.empty() ? "" : " | ";
      out += with_labels ? result.label + ": " : "";
      for (int i = 0; i < 5; ++i) {
        const TimeMs time_ms = kDayStart + i * kMinuteMs;
        const auto place = std::find(result.times.begin(), result.times.end(), time_ms);
        out += i > 0 ? " " : "";
        out += place == result.times.end()
                   ? "-"
                   : fmt::format(
                         "{:.6g}",
                         result.values[static_cast<std::size_t>(place - result.times.begin())]);
      }
    }
    return out;
  }
  std::vector<DataQuery> queries_;
};

TEST_F(QueryRunTest, TheDocumentedTableOfIf) {
  series("m1", "1 1 0 0 -");
  series("m2", "30 - 0 0 30");
  series("m3", "0 0 20 - 20");
  EXPECT_EQ(of("IF(m1,m2,m3)"), "30 0 20 - -");
  EXPECT_EQ(of("IF(m1,5,m3)"), "5 5 20 - -");
  EXPECT_EQ(of("IF(m1,m2,5)"), "30 0 5 5 -");
  EXPECT_EQ(of("IF(1 > 2, m2, m3)"), "0 0 20 - 20");
}

TEST_F(QueryRunTest, OperatorsAndPrecedence) {
  series("a", "1 2 3 - 5");
  series("b", "10 0 - 40 2");
  EXPECT_EQ(of("a + b"), "11 2 3 40 7");
  EXPECT_EQ(of("b - a"), "9 -2 -3 40 -3");
  EXPECT_EQ(of("b / a"), "10 0 0 - 0.4");  // 40 / 0 is no point
  EXPECT_EQ(of("a / b"), "0.1 - - 0 2.5");
  EXPECT_EQ(of("1 + a * 2 ^ 3 ^ 0"), "3 5 7 - 11");
  EXPECT_EQ(of("-a ^ 2"), "-1 -4 -9 - -25");
  EXPECT_EQ(of("(1 + a) * -2"), "-4 -6 -8 - -12");
  EXPECT_EQ(of("a >= 2 AND b != 0 || a == 1"), "1 0 0 0 1");  // no a: 0 AND 1
  EXPECT_EQ(of("a < 3"), "1 1 0 - 0");
  EXPECT_EQ(of("2 * 3"), "6 6 6 6 6");
  EXPECT_EQ(of("1.5e1 + a"), "16 17 18 - 20");
  EXPECT_EQ(of("0 / 0"), "- - - - -");
  EXPECT_EQ(of("IF(a > 2, 1 / 0, a)"), "1 2 - - -");
  EXPECT_EQ(of("TIME_SERIES(0 / 0)"), "- - - - -");
}

TEST_F(QueryRunTest, EveryFunctionByHand) {
  series("a", "1 -2.5 4 - 5");
  series("b", "10 - 30 40 20");
  EXPECT_EQ(of("ABS(a)"), "1 2.5 4 - 5");
  EXPECT_EQ(of("CEIL(a)"), "1 -2 4 - 5");
  EXPECT_EQ(of("FLOOR(a)"), "1 -3 4 - 5");
  EXPECT_EQ(of("LOG(b)"), "2.30259 - 3.4012 3.68888 2.99573");
  EXPECT_EQ(of("LOG10(b)"), "1 - 1.47712 1.60206 1.30103");
  EXPECT_EQ(of("AVG(b) + 0 * TIME_SERIES(1)"), "25 25 25 25 25");
  EXPECT_EQ(of("AVG([a,b])"), "5.5 -2.5 17 40 12.5");
  EXPECT_EQ(of("MAX([a,b])"), "10 -2.5 30 40 20");
  EXPECT_EQ(of("MIN(METRICS())"), "1 -2.5 4 40 5");
  EXPECT_EQ(of("SUM(METRICS(\"a\"))"), "1 -2.5 4 - 5");
  EXPECT_EQ(of("MAX(a)"), "5 5 5 5 5");
  EXPECT_EQ(of("STDDEV([a,b])"), "4.5 0 13 0 7.5");
  EXPECT_EQ(of("DATAPOINT_COUNT(a)"), "4 4 4 4 4");
  EXPECT_EQ(of("DATAPOINT_COUNT([a,b])"), "2 1 2 1 2");
  EXPECT_EQ(of("METRIC_COUNT(METRICS())"), "2 2 2 2 2");
  EXPECT_EQ(of("DIFF(a)"), "- -3.5 6.5 - 1");
  EXPECT_EQ(of("DIFF_TIME(a)"), "- 60 60 - 120");
  EXPECT_EQ(of("RATE(b)"), "- - 0.166667 0.166667 -0.333333");
  EXPECT_EQ(of("FILL(a, 0)"), "1 -2.5 4 0 5");
  EXPECT_EQ(of("FILL(a, REPEAT)"), "1 -2.5 4 4 5");
  EXPECT_EQ(of("FILL(a, LINEAR)"), "1 -2.5 4 4.5 5");
  EXPECT_EQ(of("FILL([a,b], b)"), "1 -2.5 4 40 5 | 10 - 30 40 20");
  EXPECT_EQ(of("RUNNING_SUM(b)"), "10 - 40 80 100");
  EXPECT_EQ(of("PERIOD(a)"), "60 60 60 60 60");
  EXPECT_EQ(of("MINUTE(b)"), "0 - 2 3 4");
  EXPECT_EQ(of("HOUR(a) * 0 + DAY(a)"), "1 1 1 - 1");  // a Monday
  EXPECT_EQ(of("YEAR(a) * 10000 + MONTH(a) * 100 + DATE(a) - 20260000"), "302 302 302 - 302");
  EXPECT_EQ(of("EPOCH(a) - 1772409600"), "0 60 120 - 240");
  EXPECT_EQ(of("FIRST([a,b])"), "1 -2.5 4 - 5");
  EXPECT_EQ(of("LAST([a,b])"), "10 - 30 40 20");
  EXPECT_EQ(of("SLICE([a,b], 1)"), "10 - 30 40 20");
  EXPECT_EQ(of("SLICE([a,b,a], 1, 3)"), "10 - 30 40 20 | 1 -2.5 4 - 5");
  EXPECT_EQ(of("SORT([a,b], MAX, DESC)"), "10 - 30 40 20 | 1 -2.5 4 - 5");
  EXPECT_EQ(of("SORT([b,a], AVG, ASC, 1)"), "1 -2.5 4 - 5");
  EXPECT_EQ(of("[a, b] * 2"), "2 -5 8 - 10 | 20 - 60 80 40");
  series("none", "");
  EXPECT_EQ(of("REMOVE_EMPTY(METRICS())"), "1 -2.5 4 - 5 | 10 - 30 40 20");
  EXPECT_EQ(of("FILL(none, 7)"), "7 7 7 7 7");
}

TEST_F(QueryRunTest, MistakesSayWhere) {
  series("a", "1");
  EXPECT_EQ(
      of("a +"),
      "Error in expression 'e1': at character 4: expected a number, an id, a function, ( or [");
  EXPECT_EQ(of("a $ 2"),
            "Error in expression 'e1': at character 3: expected an operator or the end instead of "
            "'$'");
  EXPECT_EQ(of("2 * zz"), "Error in expression 'e1': at character 5: no query has the id zz");
  EXPECT_EQ(of("1 + NOPE(a)"),
            "Error in expression 'e1': at character 5: there is no function NOPE");
  EXPECT_EQ(
      of("FILL(a, SUM)"),
      "Error in expression 'e1': at character 1: FILL takes a series or array and what to fill "
      "with: a number, a series, REPEAT or LINEAR");
  EXPECT_EQ(of("e1 + 1"), "Error in expression 'e1': e1 depends on itself");
  EXPECT_THAT(of("LAMBDA('x')"), HasSubstr("has no source here"));
  EXPECT_THAT(of(std::string(300, '(') + "1"), HasSubstr("nested deeper"));
  EXPECT_THAT(of("SEARCH('{N', 'Sum')"), HasSubstr("SEARCH, at character 3: expected , or }"));
}

TEST_F(QueryRunTest, SearchFindsAndNames) {
  series("CPUUtilization", "1", {{"InstanceId", "i-1"}});
  series("CPUUtilization", "2", {{"InstanceId", "i-2"}});
  series("NetworkIn", "3", {{"InstanceId", "i-1"}});
  series("Plain", "4");
  queries_.clear();
  EXPECT_EQ(of("SEARCH('{N,InstanceId} cpu', 'Sum', 60)", true), "i-1: 1 - - - - | i-2: 2 - - - -");
  EXPECT_EQ(of("SEARCH('{N,InstanceId} MetricName=\"NetworkIn\"', 'Sum')", true),
            "NetworkIn: 3 - - - -");
  EXPECT_EQ(of("SEARCH('network OR plain', 'Sum')", true),
            "NetworkIn: 3 - - - - | Plain: 4 - - - -");
  EXPECT_EQ(of("SEARCH('Namespace=\"N\" NOT InstanceId=\"i-1\"', 'Sum')"), "2 - - - - | 4 - - - -");
  EXPECT_EQ(of("SEARCH('{N}', 'Sum')"), "4 - - - -");
  EXPECT_EQ(of("SUM(SEARCH('InstanceId=(i-1 OR i-2) utilization', 'Sum'))"), "3 - - - -");
  EXPECT_EQ(of("SEARCH('\"cpuutilization\"', 'Sum')"), "");  // exact, with case
  EXPECT_THAT(search_tokens("CPUUtilization2xBytes-in"),
              ElementsAre("cpu", "utilization", "2", "x", "bytes", "in"));
}

TEST_F(QueryRunTest, MetricsInsights) {
  series("lat", "1 10", {{"AZ", "a"}, {"Host", "h1"}});
  series("lat", "3 - 6", {{"AZ", "a"}, {"Host", "h2"}});
  series("lat", "8", {{"AZ", "b"}, {"Host", "h3"}});
  series("lat", "100");
  queries_.clear();
  EXPECT_EQ(of("SELECT SUM(lat) FROM \"N\""), "112 10 6 - -");
  EXPECT_EQ(of("SELECT AVG(lat) FROM SCHEMA(\"N\", AZ, Host)"), "4 10 6 - -");
  EXPECT_EQ(of("SELECT COUNT(lat) FROM SCHEMA(N)"), "1 - - - -");
  EXPECT_EQ(of("SELECT MAX(lat) FROM SCHEMA(N,Host,AZ) GROUP BY AZ ORDER BY MAX() DESC", true),
            "a: 3 10 6 - - | b: 8 - - - -");
  EXPECT_EQ(of("SELECT MIN(lat) FROM N WHERE AZ = 'a' AND Host != 'h1'"), "3 - 6 - -");
  EXPECT_EQ(of("SELECT SUM(lat) FROM N GROUP BY AZ ORDER BY SUM() ASC LIMIT 1", true),
            "b: 8 - - - -");
  EXPECT_EQ(of("SELECT SUM(lat) FROM N GROUP BY AZ ORDER BY SUM() DESC LIMIT 1", true),
            "Other: 100 - - - -");
  EXPECT_EQ(of("SELECT SUM(lat) FROM N WHERE AZ = \"a\""),
            "Error in expression 'e1': at character 35: expected a value in single quotes");
}

TEST_F(QueryRunTest, LabelsSayWhatDiffers) {
  series("a", "1 2 3");
  const MetricStat one{{"N", "metric1", {}}, 60, "Sum", ""};
  MetricStat other = one;
  other.statistic = "Minimum";
  MetricStat shorter = one;
  shorter.period_s = 30;
  const auto labels = [](std::vector<const MetricStat*> stats) { return distinct_labels(stats); };
  EXPECT_THAT(labels({&one}), ElementsAre("metric1"));
  EXPECT_THAT(labels({&one, &other}), ElementsAre("metric1 Sum", "metric1 Minimum"));
  EXPECT_THAT(labels({&one, &shorter}), ElementsAre("metric1 60", "metric1 30"));
  EXPECT_THAT(labels({&one, &other, &shorter}),
              ElementsAre("metric1 Sum 60", "metric1 Minimum 60", "metric1 Sum 30"));
  const auto results = run("a * 1.5", "max ${MAX} last ${LAST} avg ${AVG} at ${MAX_TIME} ${WHAT}");
  EXPECT_EQ((**results)[0].label, "max 4.5 last 4.5 avg 3 at 2026-03-02 00:02:00 ${WHAT}");
}

// Each window gives what the whole answer has there, and enough of it.
TEST_F(QueryRunTest, WindowsAreCutOutOfTheAnswer) {
  series("a", "1 2 3 4 5");
  series("b", "- - - - -");
  series("c", "- 2 - 4 -");
  series("d", "1 1 1 1 1");
  QueryRange range;
  range.scope = "1/r";
  range.start_ms = kDayStart;
  range.end_ms = kDayStart + 5 * kMinuteMs;
  range.now_ms = clock_.now_ms();
  for (DataQuery& query : queries_) {
    query.return_data = query.id != "d";
  }
  for (const bool has_expression : {false, true}) {
    auto queries = queries_;
    if (has_expression) {
      DataQuery& sum = queries.emplace_back();
      sum.id = "e1";
      sum.expression = "a + d";
      sum.period_s = 60;
    }
    const auto whole = run_queries(*store_, queries, range);
    ASSERT_TRUE(whole && *whole);
    ASSERT_EQ((*whole)->size(), has_expression ? 4U : 3U);
    for (std::size_t first = 0; first <= (*whole)->size() + 1; ++first) {
      for (const std::size_t num_points : {1U, 5U, 6U, 100U}) {
        const auto part = run_queries(*store_, queries, range, {first, num_points});
        ASSERT_TRUE(part && *part);
        std::size_t points = 0;
        for (std::size_t i = 0; i < (*part)->size(); ++i) {
          EXPECT_EQ((**part)[i].id, (**whole)[first + i].id);
          EXPECT_EQ((**part)[i].label, (**whole)[first + i].label);
          EXPECT_EQ((**part)[i].values, (**whole)[first + i].values);
          points += (**part)[i].times.size();
        }
        const std::size_t rest = (*whole)->size() - std::min(first, (*whole)->size());
        EXPECT_TRUE((*part)->size() == rest || points >= num_points);
      }
    }
  }
}

TEST_F(QueryRunTest, MixedUnitsAreSaid) {
  Datum datum = value_at("m", kDayStart, 1);
  datum.unit = "Seconds";
  put(datum);
  datum.unit = "Milliseconds";
  put(datum);
  series("m", "");
  queries_[0].return_data = true;
  const auto results = run("1");
  ASSERT_EQ((**results)[0].messages.size(), 1U);
  EXPECT_EQ((**results)[0].messages[0].code, "MultipleUnits");
  EXPECT_EQ((**results)[0].messages[0].value, "Multiple units returned: '[Milliseconds, Seconds]'");
}

TEST_F(QueryRunTest, QueriesAreCheckedInCloudWatchsWords) {
  DataQuery query;
  query.id = "Bad";
  query.expression = "1";
  const auto code = [&](std::vector<DataQuery> queries) {
    const auto checked = check_queries(queries, "MetricDataQueries");
    return checked ? "" : checked.error().message;
  };
  EXPECT_THAT(code({query}), HasSubstr("expected pattern"));
  query.id = "good";
  EXPECT_EQ(code({query}), "");
  EXPECT_THAT(code({query, query}), HasSubstr("not unique"));
  query.metric_stat = MetricStat{{"N", "m", {}}, 60, "Sum", ""};
  EXPECT_THAT(code({query}), HasSubstr("mutually exclusive"));
  query.expression.clear();
  query.metric_stat->period_s = 45;
  EXPECT_THAT(code({query}), HasSubstr("multiple of 60"));
}

TEST(RangeTest, StartsAreRoundedByAge) {
  const TimeMs now = kDayStart + 100 * kDayMs;
  const TimeMs odd = 3 * kMinuteMs + 17'345;
  EXPECT_EQ(round_start(now - kHourMs + odd, now, 60), now - kHourMs + 3 * kMinuteMs);
  EXPECT_EQ(round_start(now - 20 * kDayMs + odd, now, 300), now - 20 * kDayMs);
  EXPECT_EQ(round_start(now - 70 * kDayMs + odd, now, 3600), now - 70 * kDayMs);
  EXPECT_EQ(round_start(now - kHourMs + odd, now, 10), now - kHourMs + 3 * kMinuteMs + 10'000);
  EXPECT_TRUE(has_period(now - kHourMs, now, 1));
  EXPECT_FALSE(has_period(now - 4 * kHourMs, now, 30));
  EXPECT_FALSE(has_period(now - 16 * kDayMs, now, 60));
  EXPECT_TRUE(has_period(now - 64 * kDayMs, now, 7200));
}

}  // namespace
}  // namespace weir::metric

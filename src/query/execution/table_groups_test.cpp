// Aggregations that tables add up themselves. That the answers are the same is tested by rows_of()
// wherever plans are; here, what is asked of a table and what is not.

#include "query/execution/table_groups.h"

#include <limits>

#include "query/execution/plan_fixture.h"

namespace weir::query {
namespace {

using namespace fixture;  // NOLINT
using Kind = AggregateKind;
using Measure = column::GroupRequest::Measure;

const Schema kFlows{{"start", Type::kTime},  {"srcaddr", Type::kAddress}, {"action", Type::kString},
                    {"bytes", Type::kInt64}, {"packets", Type::kInt64},   {"share", Type::kDouble}};

Rows flows(std::size_t num_rows, std::uint64_t seed) {
  Random random(seed);
  return random_rows(kFlows, num_rows, 40, random);
}

ExpressionPtr period(const PlanPtr& input, std::int64_t ms) {
  return call("bin", {column(input, 0), literal(Value::of_interval(ms))});
}

TEST(TableGroups, AsksForKeysMeasuresAndConjunctsOnce) {
  const PlanPtr input = scan(kFlows, {});
  const PlanPtr some =
      filter(input, call("and", {call("=", {column(input, 2), literal(Value::of_string("ACCEPT"))}),
                                 call(">", {column(input, 3), literal(10)})}));
  const PlanPtr plan =
      aggregate(some, {column(input, 1), period(input, 60'000), column(input, 1)},
                {aggregate_of(Kind::kSum, column(input, 3)), aggregate_of(Kind::kCountRows),
                 aggregate_of(Kind::kAverage, column(input, 3), Type::kDouble),
                 aggregate_of(Kind::kCount, literal(1)),
                 aggregate_of(Kind::kMax, column(input, 0), Type::kTime)});
  const auto groups = to_table_groups(*plan);
  ASSERT_TRUE(groups);
  EXPECT_EQ(groups->request.keys, std::vector<std::string>{"srcaddr"});
  EXPECT_EQ(groups->request.bin, (column::GroupRequest::Bin{"start", 60'000, 0}));
  EXPECT_EQ(groups->request.measures, (std::vector<Measure>{{Measure::Kind::kSum, "bytes"},
                                                            {Measure::Kind::kCountRows, ""},
                                                            {Measure::Kind::kCount, "bytes"},
                                                            {Measure::Kind::kMax, "start"}}));
  EXPECT_EQ(groups->request.conjunct_columns, (std::vector<std::string>{"action", "bytes"}));
  ASSERT_EQ(groups->request.conjuncts.size(), 2U);
  EXPECT_EQ(groups->request.conjuncts[1].column, 1U);
}

TEST(TableGroups, AsksForNothingElse) {
  const PlanPtr input = scan(kFlows, {});
  const auto count = std::vector<Aggregate>{aggregate_of(Kind::kCountRows)};
  const PlanPtr refused[] = {
      aggregate(input, {call("abs", {column(input, 3)})}, count),
      aggregate(input, {period(input, 60'000), period(input, 300'000)}, count),
      aggregate(input, {call("date_trunc", {literal(Value::of_string("week")), column(input, 0)})},
                count),
      aggregate(input, {}, {aggregate_of(Kind::kSum, column(input, 5), Type::kDouble)}),
      aggregate(input, {}, {aggregate_of(Kind::kCountDistinct, column(input, 1))}),
      aggregate(input, {}, {aggregate_of(Kind::kMax, column(input, 2), Type::kString)}),
      aggregate(filter(input, call(">", {column(input, 3), column(input, 4)})), {}, count),
      aggregate(limit(input, 5), {}, count),
      aggregate(union_all({input, input}), {}, count),
  };
  for (const PlanPtr& plan : refused) {
    EXPECT_FALSE(to_table_groups(*plan)) << to_text(*plan);
  }
}

TEST(TableGroups, AnswersAreThoseOfRows) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    Random random(seed);
    PlanPtr input = scan(kFlows, flows(random.below(4000), seed), 1 + random.below(500));
    if (random.chance(0.5)) {
      input = filter(input, call(">=", {column(input, 3),
                                        literal(static_cast<std::int64_t>(random.below(40)))}));
    }
    if (random.chance(0.3)) {
      const auto few = literal(static_cast<std::int64_t>(random.below(10)));
      input = filter(input, call("or", {call("<", {column(input, 4), few}),
                                        call("=", {column(input, 3), few})}));
    }
    if (random.chance(0.3)) {
      input = project(input, {column(input, 0), column(input, 1), column(input, 2),
                              column(input, 4), column(input, 3)});
    }
    std::vector<ExpressionPtr> keys;
    for (const std::size_t c : {1U, 2U, 3U}) {
      if (random.chance(0.4)) {
        keys.push_back(column(input, c));
      }
    }
    if (random.chance(0.5)) {
      keys.insert(keys.begin() + static_cast<std::ptrdiff_t>(random.below(keys.size() + 1)),
                  period(input, 1000 * static_cast<std::int64_t>(1 + random.below(20))));
    }
    const Aggregate all[] = {aggregate_of(Kind::kCountRows),
                             aggregate_of(Kind::kCount, column(input, 3)),
                             aggregate_of(Kind::kCount, column(input, 0)),
                             aggregate_of(Kind::kSum, column(input, 4)),
                             aggregate_of(Kind::kAverage, column(input, 3), Type::kDouble),
                             aggregate_of(Kind::kStddevPopulation, column(input, 3), Type::kDouble),
                             aggregate_of(Kind::kVarianceSample, column(input, 4), Type::kDouble),
                             aggregate_of(Kind::kMin, column(input, 0), Type::kTime),
                             aggregate_of(Kind::kMax, column(input, 4))};
    std::vector<Aggregate> some;
    for (const Aggregate& one : all) {
      if (random.chance(0.6)) {
        some.push_back(one);
      }
    }
    PlanPtr plan = aggregate(input, keys, some);
    EXPECT_TRUE(to_table_groups(*plan)) << to_text(*plan);
    if (!some.empty() && random.chance(0.5)) {
      plan = limit(sort(plan, {{column(plan, keys.size()), true, false}}), 1 + random.below(20));
    }
    const Rows rows = rows_of(plan, 1 + seed % 3);
    expect_rows(rows_of(optimise(plan), 1 + seed % 3), rows, "seed " + std::to_string(seed));
  }
}

TEST(TableGroups, SumsPastTheRangeOnTheWayAreExact) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  const Schema schema{{"n", Type::kInt64}};
  const Rows rows{{Value::of_int(kMost)}, {Value::of_int(kMost)}, {Value::of_int(-kMost)}};
  const PlanPtr input = scan(schema, rows);
  expect_rows(
      rows_of(aggregate(input, {},
                        {aggregate_of(Kind::kSum, column(input, 0)), aggregate_of(Kind::kCountRows),
                         aggregate_of(Kind::kAverage, column(input, 0), Type::kDouble)})),
      {{Value::of_int(kMost), Value::of_int(3), Value::of_double(static_cast<double>(kMost) / 3)}},
      "in range at the end");
  const PlanPtr two = scan(schema, {{Value::of_int(kMost)}, {Value::of_int(kMost)}}, 1);
  const PlanPtr past = aggregate(two, {}, {aggregate_of(Kind::kSum, column(two, 0))});
  const auto plain = run(past);
  const auto grouped =
      run(with_tables(past, [](const auto& table) -> std::shared_ptr<column::Table> {
        return std::make_shared<GroupingTable>(table);
      }));
  ASSERT_FALSE(plain);
  ASSERT_FALSE(grouped);
  EXPECT_EQ(plain.error().message, grouped.error().message);
}

TEST(TableGroups, TheAnswerSaysHowTheScanWorked) {
  const PlanPtr input = scan(kFlows, flows(500, 3));
  const PlanPtr plan = aggregate(input, {column(input, 2)}, {aggregate_of(Kind::kCountRows)});
  std::shared_ptr<GroupingTable> table;
  const PlanPtr grouped =
      with_tables(plan, [&](const auto& inner) -> std::shared_ptr<column::Table> {
        table = std::make_shared<GroupingTable>(inner);
        return table;
      });
  for (const bool may_use_rollups : {true, false}) {
    ExecuteOptions options;
    options.may_use_rollups = may_use_rollups;
    const auto outcome = run(grouped, options);
    ASSERT_TRUE(outcome);
    EXPECT_EQ(outcome->statistics.paths.front(),
              may_use_rollups ? "groups of the table" : "groups of the rows");
    EXPECT_EQ(outcome->statistics.completeness.records, 500U);
  }
  EXPECT_EQ(table->num_group_scans(), 2U);
}

}  // namespace
}  // namespace weir::query

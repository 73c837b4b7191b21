#include <algorithm>
#include <limits>
#include <map>

#include "base/int128.h"
#include "query/execution/plan_fixture.h"
#include "query/execution/row_order.h"

namespace weir::query {
namespace {

using namespace fixture;  // NOLINT
using Kind = AggregateKind;

// The naive answer of one aggregate over the rows of one group, in input order; `x` and `by` are
// columns.
Value expected_value(const Aggregate& one, const Rows& rows, std::size_t x, std::size_t by) {
  Rows kept;
  for (const Row& row : rows) {
    if (one.kind == Kind::kCountRows || !row[x].is_null()) {
      kept.push_back(row);
    }
  }
  const auto n = static_cast<std::int64_t>(kept.size());
  if (one.kind == Kind::kCountRows || one.kind == Kind::kCount) {
    return Value::of_int(n);
  }
  std::vector<Value> sorted;
  for (const Row& row : kept) {
    sorted.push_back(row[x]);
  }
  const bool is_insights = one.kind == Kind::kSortsFirst || one.kind == Kind::kSortsLast;
  std::stable_sort(sorted.begin(), sorted.end(), [&](const Value& a, const Value& b) {
    return (is_insights && a.type == Type::kString ? compare_insights(a.text, b.text)
                                                   : compare(a, b)) < 0;
  });
  if (one.kind == Kind::kCountDistinct) {
    const auto end = std::unique(sorted.begin(), sorted.end(),
                                 [](const Value& a, const Value& b) { return compare(a, b) == 0; });
    return Value::of_int(end - sorted.begin());
  }
  if (sorted.empty()) {
    return Value::null();
  }
  const auto number = [](const Value& value) {
    return value.type == Type::kDouble ? static_cast<long double>(value.number)
                                       : static_cast<long double>(value.integer);
  };
  long double sum = 0;
  for (const Value& value : sorted) {
    sum += number(value);
  }
  const long double mean = sum / static_cast<long double>(n);
  long double moment = 0;
  for (const Value& value : sorted) {
    moment += (number(value) - mean) * (number(value) - mean);
  }
  const auto real = [](long double value) { return Value::of_double(static_cast<double>(value)); };
  switch (one.kind) {
    case Kind::kSum:
      return one.type == Type::kInt64 ? Value::of_int(static_cast<std::int64_t>(sum)) : real(sum);
    case Kind::kAverage:
      return real(mean);
    case Kind::kMin:
    case Kind::kSortsFirst:
      return sorted.front();
    case Kind::kMax:
    case Kind::kSortsLast:
      return sorted.back();
    case Kind::kVariancePopulation:
      return real(moment / n);
    case Kind::kStddevPopulation:
      return real(std::sqrt(moment / n));
    case Kind::kVarianceSample:
      return n < 2 ? Value::null() : real(moment / (n - 1));
    case Kind::kStddevSample:
      return n < 2 ? Value::null() : real(std::sqrt(moment / (n - 1)));
    case Kind::kPercentile: {
      const double place = one.parameter * static_cast<double>(n - 1);
      const auto below = static_cast<std::size_t>(place);
      const std::size_t above = std::min(below + 1, sorted.size() - 1);
      const double rest = place - std::floor(place);
      return Value::of_double(sorted[below].number +
                              (sorted[above].number - sorted[below].number) * rest);
    }
    case Kind::kFirst:
    case Kind::kLast: {
      const Row* best = nullptr;
      for (const Row& row : kept) {
        if (row[by].is_null()) {
          continue;
        }
        const int order = best == nullptr ? 0 : compare(row[by], (*best)[by]);
        if (best == nullptr || (one.kind == Kind::kFirst ? order < 0 : order > 0)) {
          best = &row;
        }
      }
      return best == nullptr ? Value::null() : (*best)[x];
    }
    default:
      return Value::null();
  }
}

// The naive answer to an aggregation by columns.
Rows expected_groups(const Rows& rows, const std::vector<std::size_t>& keys,
                     const std::vector<Aggregate>& aggregates) {
  std::map<Row, Rows, RowLess> groups;
  if (keys.empty()) {
    groups[{}] = rows;
  }
  for (const Row& row : keys.empty() ? Rows{} : rows) {
    Row key;
    for (const std::size_t column : keys) {
      key.push_back(row[column]);
    }
    groups[key].push_back(row);
  }
  Rows expected;
  for (const auto& [key, members] : groups) {
    Row& row = expected.emplace_back(key);
    for (const Aggregate& one : aggregates) {
      row.push_back(expected_value(one, members, one.argument ? one.argument->column : 0,
                                   one.order_by ? one.order_by->column : 0));
    }
  }
  return expected;
}

const Schema kSchema{{"flag", Type::kBool},  {"count", Type::kInt64},   {"ratio", Type::kDouble},
                     {"start", Type::kTime}, {"span", Type::kInterval}, {"host", Type::kAddress},
                     {"name", Type::kString}};

std::vector<Aggregate> every_aggregate(const PlanPtr& input) {
  std::vector<Aggregate> all{aggregate_of(Kind::kCountRows)};
  for (std::size_t c = 0; c < input->schema.size(); ++c) {
    const Type type = input->schema[c].type;
    all.push_back(aggregate_of(Kind::kCount, column(input, c)));
    all.push_back(aggregate_of(Kind::kCountDistinct, column(input, c)));
    for (const Kind kind : {Kind::kMin, Kind::kMax, Kind::kSortsFirst, Kind::kSortsLast}) {
      all.push_back(aggregate_of(kind, column(input, c), type));
    }
    for (const Kind kind : {Kind::kFirst, Kind::kLast}) {
      all.push_back(aggregate_of(kind, column(input, c), type));
      all.back().order_by = column(input, 3);
    }
    if (type != Type::kInt64 && type != Type::kDouble) {
      continue;
    }
    all.push_back(aggregate_of(Kind::kSum, column(input, c), type));
    for (const Kind kind : {Kind::kAverage, Kind::kStddevPopulation, Kind::kStddevSample,
                            Kind::kVariancePopulation, Kind::kVarianceSample}) {
      all.push_back(aggregate_of(kind, column(input, c), Type::kDouble));
    }
  }
  for (const double share : {0.0, 0.25, 0.5, 0.95, 1.0}) {
    all.push_back(aggregate_of(Kind::kPercentile, column(input, 2), Type::kDouble));
    all.back().parameter = share;
  }
  return all;
}

struct Shape {
  std::size_t num_rows;
  std::size_t variety;
  double nulls;
};

TEST(RunAggregate, EveryAggregateEqualsTheNaiveOne) {
  Random random(1);
  for (const Shape& shape : {Shape{1, 5, 0.0}, Shape{700, 5, 0.1}, Shape{5000, 300, 0.3},
                             Shape{3000, 40, 0.0}, Shape{400, 4, 0.9}}) {
    const Rows rows = random_rows(kSchema, shape.num_rows, shape.variety, random, shape.nulls);
    const PlanPtr input = scan(kSchema, rows, 1 + random.below(300));
    const std::vector<Aggregate> all = every_aggregate(input);
    for (std::size_t begin = 0; begin < all.size(); begin += 12) {
      const std::vector<Aggregate> some(
          all.begin() + static_cast<std::ptrdiff_t>(begin),
          all.begin() + static_cast<std::ptrdiff_t>(std::min(all.size(), begin + 12)));
      for (const std::vector<std::size_t>& keys :
           {std::vector<std::size_t>{}, std::vector<std::size_t>{6}}) {
        std::vector<ExpressionPtr> expressions;
        for (const std::size_t key : keys) {
          expressions.push_back(column(input, key));
        }
        const PlanPtr plan = aggregate(input, expressions, some);
        const Rows expected = expected_groups(rows, keys, some);
        for (const std::size_t threads : {1U, 4U}) {
          expect_rows(rows_of(plan, threads), expected,
                      "rows " + std::to_string(shape.num_rows) + ", " + to_text(*plan));
        }
      }
    }
  }
}

TEST(RunAggregate, GroupsByAnyKeysOfAnyType) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    Random random(seed);
    const std::size_t num_keys = 1 + seed % 5;
    Schema schema{{"n", Type::kInt64}, {"t", Type::kTime}};
    std::vector<std::size_t> keys;
    for (std::size_t k = 0; k < num_keys; ++k) {
      keys.push_back(schema.size());
      schema.push_back({"key" + std::to_string(k), kAllTypes[random.below(std::size(kAllTypes))]});
    }
    const std::size_t variety = seed % 3 == 0 ? 4000 : 1 + random.below(30);
    const Rows rows =
        random_rows(schema, random.below(6000), variety, random, seed % 2 == 0 ? 0.0 : 0.2);
    const PlanPtr input = scan(schema, rows, 1 + random.below(column::kBatchRows));
    std::vector<ExpressionPtr> expressions;
    for (const std::size_t key : keys) {
      expressions.push_back(column(input, key));
    }
    std::vector<Aggregate> some{aggregate_of(Kind::kCountRows),
                                aggregate_of(Kind::kSum, column(input, 0)),
                                aggregate_of(Kind::kMax, column(input, 1), Type::kTime)};
    if (seed % 4 == 0) {
      some.push_back(aggregate_of(Kind::kCountDistinct, column(input, 0)));
      some.push_back(aggregate_of(Kind::kFirst, column(input, 0)));
      some.back().order_by = column(input, 1);
    }
    const PlanPtr plan = aggregate(input, expressions, some);
    const Rows expected = expected_groups(rows, keys, some);
    for (const std::size_t threads : {1U, 3U}) {
      expect_rows(rows_of(plan, threads), expected,
                  "seed " + std::to_string(seed) + ", " + to_text(*plan));
    }
  }
}

TEST(RunAggregate, ManyGroupsOfManyThreads) {
  Random random(3);
  const Schema schema{{"host", Type::kAddress}, {"name", Type::kString}, {"n", Type::kInt64}};
  const Rows rows = random_rows(schema, 60'000, 50'000, random, 0.01);
  const PlanPtr input = scan(schema, rows, column::kBatchRows);
  const std::vector<Aggregate> some{aggregate_of(Kind::kSum, column(input, 2)),
                                    aggregate_of(Kind::kMin, column(input, 1), Type::kString),
                                    aggregate_of(Kind::kCountDistinct, column(input, 1))};
  const Rows expected = expected_groups(rows, {0, 1}, some);
  const PlanPtr plan = aggregate(input, {column(input, 0), column(input, 1)}, some);
  for (const std::size_t threads : {1U, 2U, 7U}) {
    expect_rows(rows_of(plan, threads), expected, std::to_string(threads) + " threads");
  }
}

TEST(RunAggregate, ThreadsHandOverWhatTheyMayNotKeep) {
  // A small budget makes the threads' own shares small, so that all of them give often.
  Random random(8);
  const Schema schema{{"host", Type::kAddress},
                      {"n", Type::kInt64},
                      {"x", Type::kDouble},
                      {"name", Type::kString},
                      {"t", Type::kTime}};
  Rows rows = random_rows(schema, 40'000, 9000, random, 0.02);
  for (std::size_t i = 0; i < rows.size(); i += 2) {  // sums that leave 64 bits and come back
    rows[i][1] = Value::of_int(i % 4 == 0 ? std::numeric_limits<std::int64_t>::max()
                                          : -std::numeric_limits<std::int64_t>::max());
    rows[i][0] = Value::of_address(IpAddress::from_v4(1));
  }
  const PlanPtr input = scan(schema, rows, 500);
  std::vector<Aggregate> some{aggregate_of(Kind::kSum, column(input, 1)),
                              aggregate_of(Kind::kCountDistinct, column(input, 3)),
                              aggregate_of(Kind::kPercentile, column(input, 2), Type::kDouble),
                              aggregate_of(Kind::kSortsLast, column(input, 3), Type::kString),
                              aggregate_of(Kind::kLast, column(input, 3), Type::kString)};
  some[2].parameter = 0.9;
  some[4].order_by = column(input, 4);
  const Rows expected = expected_groups(rows, {0}, {some.begin() + 1, some.end()});
  const PlanPtr plan = aggregate(input, {column(input, 0)}, some);
  for (const PlanPtr& one : {plan, optimise(sort(plan, {{make_column(0, Type::kAddress)}}))}) {
    MemoryBudget budget(10 << 20);
    ExecuteOptions options;
    options.num_threads = 4;
    options.memory = &budget;
    const auto outcome = run(one, options);
    ASSERT_TRUE(outcome.has_value()) << outcome.error().message;
    Rows without_sum = outcome->rows;
    for (Row& row : without_sum) {
      row.erase(row.begin() + 1);
    }
    expect_rows(without_sum, expected, "four threads");
    EXPECT_EQ(budget.used_bytes(), 0U);
  }
}

TEST(RunAggregate, NoRowsMakeOneGroupWithoutKeysAndNoneWithKeys) {
  const PlanPtr input = scan(kSchema, {});
  const std::vector<Aggregate> some{
      aggregate_of(Kind::kCountRows), aggregate_of(Kind::kCountDistinct, column(input, 6)),
      aggregate_of(Kind::kSum, column(input, 1)),
      aggregate_of(Kind::kPercentile, column(input, 2), Type::kDouble)};
  const Row nothing{Value::of_int(0), Value::of_int(0), Value::null(), Value::null()};
  for (const std::size_t threads : {1U, 4U}) {
    expect_rows(rows_of(aggregate(input, {}, some), threads), {nothing}, "without keys");
    expect_rows(rows_of(aggregate(input, {column(input, 6)}, some), threads), {}, "with keys");
  }
}

TEST(RunAggregate, KeysOnlyGiveTheDistinctRows) {
  const Schema schema{{"n", Type::kInt64}};
  const PlanPtr input = scan(schema, {{Value::of_int(2)}, {Value::null()}, {Value::of_int(2)}}, 1);
  expect_rows(rows_of(aggregate(input, {column(input, 0)}, {})),
              {{Value::of_int(2)}, {Value::null()}}, "keys alone");
}

TEST(RunAggregate, NullAndZeroAndEmptyAreDifferentGroups) {
  const Schema schema{{"n", Type::kInt64}, {"s", Type::kString}, {"a", Type::kAddress}};
  const PlanPtr input = scan(
      schema, {{Value::of_int(0), Value::of_string(""), Value::of_address(IpAddress::from_v4(0))},
               {Value::null(), Value::null(), Value::null()},
               {Value::of_int(0), Value::of_string(""), Value::of_address(IpAddress{})}});
  for (std::size_t key = 0; key < 3; ++key) {
    const Rows groups =
        rows_of(aggregate(input, {column(input, key)}, {aggregate_of(Kind::kCountRows)}));
    EXPECT_EQ(groups.size(), key == 2 ? 3U : 2U) << key;
    EXPECT_TRUE(groups.back()[0].is_null());
  }
}

TEST(RunAggregate, NegativeZeroAndEveryNanAreOneGroup) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const Schema schema{{"x", Type::kDouble}};
  const PlanPtr input = scan(schema,
                             {{Value::of_double(0.0)},
                              {Value::of_double(-0.0)},
                              {Value::of_double(nan)},
                              {Value::of_double(-nan)},
                              {Value::of_double(-1)}},
                             2);
  expect_rows(rows_of(aggregate(input, {column(input, 0)}, {aggregate_of(Kind::kCountRows)})),
              {{Value::of_double(-1), Value::of_int(1)},
               {Value::of_double(0), Value::of_int(2)},
               {Value::of_double(nan), Value::of_int(2)}},
              "groups of doubles");
  // NaN is behind every number, wherever it stands in the input.
  for (const std::size_t threads : {1U, 3U}) {
    expect_rows(rows_of(aggregate(input, {},
                                  {aggregate_of(Kind::kMin, column(input, 0), Type::kDouble),
                                   aggregate_of(Kind::kMax, column(input, 0), Type::kDouble)}),
                        threads),
                {{Value::of_double(-1), Value::of_double(nan)}}, "extremes");
  }
}

TEST(RunAggregate, SumsPastDoublesAreExact) {
  const Schema schema{{"n", Type::kInt64}};
  const std::int64_t big = (std::int64_t{1} << 53) + 1;
  Rows rows;
  for (int i = 0; i < 100; ++i) {
    rows.push_back({Value::of_int(i % 2 == 0 ? big : 2)});
  }
  const PlanPtr input = scan(schema, rows, 3);
  expect_rows(rows_of(aggregate(input, {}, {aggregate_of(Kind::kSum, column(input, 0))}), 4),
              {{Value::of_int(50 * big + 100)}}, "sum");
}

TEST(RunAggregate, OverflowOfASumIsAnErrorThatSaysSo) {
  const Schema schema{{"g", Type::kInt64}, {"n", Type::kInt64}};
  const std::int64_t most = std::numeric_limits<std::int64_t>::max();
  Rows rows;
  for (int i = 0; i < 5000; ++i) {
    rows.push_back({Value::of_int(i % 7), Value::of_int(most / 100)});
  }
  const PlanPtr input = scan(schema, rows);
  for (const std::size_t threads : {1U, 4U}) {
    ExecuteOptions options;
    options.num_threads = threads;
    const auto outcome =
        run(aggregate(input, {column(input, 0)}, {aggregate_of(Kind::kSum, column(input, 1))}),
            options);
    ASSERT_FALSE(outcome.has_value());
    EXPECT_EQ(outcome.error().code, ErrorCode::kLimit);
    EXPECT_NE(outcome.error().message.find("64 bits"), std::string::npos);
  }
}

TEST(RunAggregate, ASumThatComesBackWithin64BitsIsNoOverflow) {
  const Schema schema{{"n", Type::kInt64}};
  const std::int64_t most = std::numeric_limits<std::int64_t>::max();
  const std::int64_t least = std::numeric_limits<std::int64_t>::min();
  Rows rows;
  for (int i = 0; i < 300; ++i) {
    rows.push_back({Value::of_int(most)});
  }
  for (int i = 0; i < 300; ++i) {
    rows.push_back({Value::of_int(least)});
  }
  const PlanPtr input = scan(schema, rows, 20);
  for (const std::size_t threads : {1U, 2U, 5U}) {
    expect_rows(rows_of(aggregate(input, {},
                                  {aggregate_of(Kind::kSum, column(input, 0)),
                                   aggregate_of(Kind::kAverage, column(input, 0), Type::kDouble)}),
                        threads),
                {{Value::of_int(-300), Value::of_double(-0.5)}},
                std::to_string(threads) + " threads");
  }
}

TEST(RunAggregate, VarianceOfLargeNumbersKeepsItsDigits) {
  const Schema schema{{"n", Type::kInt64}, {"x", Type::kDouble}};
  Rows rows;
  for (int i = 0; i < 1000; ++i) {
    rows.push_back({Value::of_int(4'000'000'000'000'000'000 + i % 2),
                    Value::of_double(1e9 + static_cast<double>(i % 2))});
  }
  const PlanPtr input = scan(schema, rows, 7);
  for (const std::size_t threads : {1U, 3U}) {
    const Rows answer = rows_of_one_run(
        aggregate(input, {},
                  {aggregate_of(Kind::kVariancePopulation, column(input, 0), Type::kDouble),
                   aggregate_of(Kind::kVariancePopulation, column(input, 1), Type::kDouble)}),
        threads);
    EXPECT_DOUBLE_EQ(answer[0][0].number, 0.25);
    EXPECT_NEAR(answer[0][1].number, 0.25, 1e-6);
  }
}

TEST(RunAggregate, EqualOrdersTakeTheFirstRowOfTheInputForAnyNumberOfThreads) {
  const Schema schema{{"g", Type::kInt64}, {"n", Type::kInt64}, {"t", Type::kTime}};
  Rows rows;
  for (int i = 0; i < 20'000; ++i) {
    rows.push_back({Value::of_int(i % 3), Value::of_int(i), Value::of_time(5)});
  }
  const PlanPtr input = scan(schema, rows, 10);
  std::vector<Aggregate> some;
  for (const Kind kind : {Kind::kFirst, Kind::kLast}) {
    some.push_back(aggregate_of(kind, column(input, 1)));
    some.back().order_by = column(input, 2);
  }
  for (const std::size_t threads : {1U, 4U}) {
    expect_rows(rows_of(aggregate(input, {column(input, 0)}, some), threads),
                {{Value::of_int(0), Value::of_int(0), Value::of_int(0)},
                 {Value::of_int(1), Value::of_int(1), Value::of_int(1)},
                 {Value::of_int(2), Value::of_int(2), Value::of_int(2)}},
                std::to_string(threads) + " threads");
  }
}

TEST(RunAggregate, ConstantAndTypelessColumnsAreRead) {
  // Computed keys and arguments come as constant columns; so do the gathered ones of a constant.
  const Schema schema{{"n", Type::kInt64}};
  Rows rows(5000, {Value::of_int(3)});
  const PlanPtr input = scan(schema, rows, 500);
  const PlanPtr plan = aggregate(
      input,
      {literal(Value::of_string("all")), literal(Value::null()),
       literal(Value::of_address(IpAddress::from_v4(7)))},
      {aggregate_of(Kind::kSum, literal(2)), aggregate_of(Kind::kCount, literal(Value::null())),
       aggregate_of(Kind::kCountDistinct, literal(Value::null())),
       aggregate_of(Kind::kMax, literal(Value::of_string("x")), Type::kString),
       aggregate_of(Kind::kMin, literal(Value::null()), Type::kNull)});
  expect_rows(rows_of(plan, 3),
              {{Value::of_string("all"), Value::null(), Value::of_address(IpAddress::from_v4(7)),
                Value::of_int(10'000), Value::of_int(0), Value::of_int(0), Value::of_string("x"),
                Value::null()}},
              "constants");
}

TEST(RunAggregate, TooManyKeysAreAnError) {
  const PlanPtr input = scan({{"n", Type::kInt64}}, {{Value::of_int(1)}});
  const auto outcome = run(aggregate(input, std::vector<ExpressionPtr>(17, column(input, 0)), {}));
  ASSERT_FALSE(outcome.has_value());
  EXPECT_EQ(outcome.error().code, ErrorCode::kLimit);
  const std::vector<ExpressionPtr> most(16, column(input, 0));
  EXPECT_EQ(rows_of(aggregate(input, most, {aggregate_of(Kind::kCountRows)})),
            Rows{Row(17, Value::of_int(1))});
}

}  // namespace
}  // namespace weir::query

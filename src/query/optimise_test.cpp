#include <algorithm>
#include <optional>

#include "query/execution/plan_fixture.h"
#include "query/plan.h"

namespace weir::query {
namespace {

using namespace fixture;  // NOLINT

const Schema kTable{{"a", Type::kInt64},
                    {"b", Type::kInt64},
                    {"s", Type::kString},
                    {"host", Type::kAddress},
                    {"start", Type::kTime}};

PlanPtr some_table(Random& random, std::size_t num_rows = 60) {
  return scan(kTable, random_rows(kTable, num_rows, 12, random, 0.15), 1 + random.below(30));
}

// Plans of every kind of node upon each other, with expressions that fit.
class RandomPlans {
 public:
  explicit RandomPlans(Random& random) : random_(random) {}

  PlanPtr plan(std::size_t depth) {
    if (depth == 0) {
      return some_table(random_);
    }
    const PlanPtr input = plan(depth - 1);
    switch (random_.below(9)) {
      case 0:
      case 1:
        return filter(input, predicate(input, 2));
      case 2: {
        std::vector<ExpressionPtr> expressions;
        for (std::size_t i = 0; i < 1 + random_.below(4); ++i) {
          expressions.push_back(random_.chance(0.7) ? any_column(input) : number(input, 2));
        }
        return project(input, std::move(expressions));
      }
      case 3: {
        std::vector<ExpressionPtr> keys;
        for (std::size_t i = 0; i < random_.below(3); ++i) {
          keys.push_back(any_column(input));
        }
        std::vector<Aggregate> some{aggregate_of(AggregateKind::kCountRows)};
        some.push_back(aggregate_of(AggregateKind::kSum, number(input, 1)));
        some.push_back(aggregate_of(AggregateKind::kMax, number(input, 0)));
        if (random_.chance(0.5)) {
          some.push_back(aggregate_of(AggregateKind::kFirst, number(input, 0)));
          some.back().order_by = any_column(input);
        }
        return aggregate(input, std::move(keys), std::move(some));
      }
      case 4:
        return sort(input, {{any_column(input), random_.chance(0.5), random_.chance(0.3)}});
      case 5:
        return limit(sort(input, {{any_column(input), random_.chance(0.5), false}}),
                     random_.below(20), random_.below(4));
      case 6:
        return random_.chance(0.5) ? distinct(input, {any_column(input)})
                                   : limit(input, random_.below(30), random_.below(5));
      case 7:
        return union_all({input, filter(input, predicate(input, 1))});
      default: {
        const PlanPtr right = some_table(random_, 20);
        PlanPtr joined = join(random_.chance(0.5) ? JoinKind::kInner : JoinKind::kLeft, input,
                              right, {number(input, 1)}, {number(right, 0)});
        if (random_.chance(0.5)) {
          auto with_condition = std::make_shared<Plan>(*joined);
          with_condition->predicate = predicate(joined, 1);
          joined = with_condition;
        }
        return joined;
      }
    }
  }

 private:
  ExpressionPtr any_column(const PlanPtr& input) {
    return column(input, random_.below(input->schema.size()));
  }
  ExpressionPtr number(const PlanPtr& input, int depth) {
    if (depth > 0 && random_.chance(0.4)) {
      return call("+", {number(input, depth - 1), number(input, depth - 1)});
    }
    std::vector<std::size_t> numbers;
    for (std::size_t c = 0; c < input->schema.size(); ++c) {
      if (input->schema[c].type == Type::kInt64) {
        numbers.push_back(c);
      }
    }
    if (numbers.empty() || random_.chance(0.2)) {
      return literal(static_cast<std::int64_t>(random_.below(12)));
    }
    return column(input, numbers[random_.below(numbers.size())]);
  }
  ExpressionPtr predicate(const PlanPtr& input, int depth) {
    if (depth > 0 && random_.chance(0.6)) {
      static constexpr std::string_view kJoining[] = {"and", "and", "or"};
      return call(kJoining[random_.below(3)],
                  {predicate(input, depth - 1), predicate(input, depth - 1)});
    }
    switch (random_.below(6)) {
      case 0:
        return call("is_null", {any_column(input)});
      case 1:
        return call("not", {call("is_null", {any_column(input)})});
      case 2:
        return call("between", {number(input, 0), literal(2), literal(9)});
      case 3:
        return call("in", {number(input, 0), literal(1), literal(3), literal(8)});
      default: {
        static constexpr std::string_view kNames[] = {"=", "!=", "<", "<=", ">", ">="};
        return call(kNames[random_.below(6)], {number(input, 1), number(input, 1)});
      }
    }
  }
  Random& random_;
};

TEST(Optimise, NeverChangesTheAnswer) {
  for (std::uint64_t seed = 1; seed <= 1500; ++seed) {
    Random random(seed);
    const PlanPtr plan = RandomPlans(random).plan(1 + seed % 5);
    const auto plain = run(plan);
    const PlanPtr optimised = optimise(plan);
    ASSERT_EQ(optimised->schema, plan->schema) << "seed " << seed;
    ExecuteOptions options;
    options.num_threads = 1 + seed % 3;
    const auto fast = run(optimised, options);
    ASSERT_EQ(plain.has_value(), fast.has_value()) << "seed " << seed;
    if (plain) {
      expect_rows(
          fast->rows, plain->rows,
          "seed " + std::to_string(seed) + "\n" + to_text(*plan) + "\nas\n" + to_text(*optimised));
    }
    if (HasFailure()) {
      return;
    }
  }
}

TEST(Optimise, ScansOnlyTheColumnsThatAreUsed) {
  Random random(1);
  const PlanPtr input = some_table(random);
  const PlanPtr chosen =
      project(filter(input, call(">", {column(input, 1), literal(3)})), {column(input, 2)});
  EXPECT_EQ(to_text(*optimise(chosen)),
            "project s as p0\n"
            "  project s\n"
            "    filter (b > 3)\n"
            "      scan b, s\n");
  const PlanPtr counted = aggregate(input, {}, {aggregate_of(AggregateKind::kCountRows)});
  EXPECT_EQ(to_text(*optimise(counted)), "aggregate count(*)\n  scan\n");
}

TEST(Optimise, AggregatesThatNobodyReadsGo) {
  Random random(1);
  const PlanPtr input = some_table(random);
  const PlanPtr groups = aggregate(input, {column(input, 2)},
                                   {aggregate_of(AggregateKind::kSum, column(input, 0)),
                                    aggregate_of(AggregateKind::kSum, column(input, 1))});
  EXPECT_EQ(to_text(*optimise(project(groups, {column(groups, 2)}))),
            "project a2 as p0\n"
            "  project a2\n"
            "    aggregate sum(b) by s\n"
            "      scan b, s\n");
}

TEST(Optimise, FiltersMoveToTheScan) {
  Random random(1);
  const PlanPtr input = some_table(random);
  const PlanPtr projected =
      project(input, {call("+", {column(input, 0), literal(1)}), column(input, 2)});
  const PlanPtr groups = aggregate(projected, {column(projected, 1)},
                                   {aggregate_of(AggregateKind::kSum, column(projected, 0))});
  const PlanPtr having = filter(groups, call("and", {call("is_null", {column(groups, 0)}),
                                                     call(">", {column(groups, 1), literal(5)})}));
  EXPECT_EQ(to_text(*optimise(having)),
            "filter (a1 > 5)\n"
            "  aggregate sum(p0) by p1\n"
            "    project (a + 1) as p0, s as p1\n"
            "      filter is_null(s)\n"
            "        scan a, s\n");
}

TEST(Optimise, FiltersOfOneSideMoveBelowAJoin) {
  Random random(1);
  const PlanPtr a = some_table(random);
  const PlanPtr b = some_table(random);
  for (const JoinKind kind : {JoinKind::kInner, JoinKind::kLeft}) {
    const PlanPtr joined = join(kind, a, b, {column(a, 0)}, {column(b, 0)});
    const PlanPtr plan = project(
        filter(joined, call("and", {call("and", {call(">", {column(joined, 1), literal(5)}),
                                                 call("<", {column(joined, 6), literal(4)})}),
                                    call("=", {column(joined, 1), column(joined, 6)})})),
        {column(joined, 2)});
    const std::string text = to_text(*optimise(plan));
    // What the left side must meet is asked there; of a left join's right side nothing may be.
    EXPECT_NE(text.find("    filter (b > 5)\n"), std::string::npos) << text;
    EXPECT_EQ(text.find("filter (b < 4)\n") != std::string::npos, kind == JoinKind::kInner) << text;
  }
}

TEST(Optimise, SortBelowALimitBecomesATopN) {
  Random random(1);
  const PlanPtr input = some_table(random);
  const PlanPtr sorted = sort(input, {{column(input, 0), true, false}});
  EXPECT_EQ(optimise(limit(sorted, 10, 5))->inputs[0]->limit, 15U);
  const auto projected = to_text(*optimise(limit(project(sorted, {column(input, 0)}), 10)));
  EXPECT_NE(projected.find("top 10 by a desc"), std::string::npos) << projected;
  // A filter in between may drop any of the first rows.
  const PlanPtr filtered = filter(sorted, call(">", {column(sorted, 0), literal(3)}));
  const auto text = to_text(*optimise(limit(distinct(filtered, {column(input, 0)}), 10)));
  EXPECT_EQ(text.find("top"), std::string::npos) << text;
  // Numbers that do not fit together are no limit.
  EXPECT_FALSE(
      optimise(limit(sorted, ~std::uint64_t{0}, ~std::uint64_t{0}))->inputs[0]->limit.has_value());
}

TEST(Optimise, GroupsMayComeInAnyOrderOnlyWhereItDoesNotShow) {
  Random random(1);
  const PlanPtr input = some_table(random);
  const PlanPtr groups =
      aggregate(input, {column(input, 2)}, {aggregate_of(AggregateKind::kCountRows)});
  EXPECT_FALSE(optimise(groups)->is_any_order);
  EXPECT_FALSE(optimise(limit(groups, 3))->inputs[0]->is_any_order);
  EXPECT_TRUE(optimise(sort(groups, {{column(groups, 1), true, false}}))->inputs[0]->is_any_order);
  std::vector<Aggregate> first{aggregate_of(AggregateKind::kFirst, column(groups, 1))};
  first.back().order_by = column(groups, 1);
  EXPECT_FALSE(optimise(aggregate(groups, {}, first))->inputs[0]->is_any_order);
}

TEST(Optimise, ConditionsThatAlwaysHoldGo) {
  Random random(1);
  const PlanPtr input = some_table(random);
  EXPECT_EQ(optimise(filter(input, literal(Value::of_bool(true))))->kind, Plan::Kind::kScan);
  const auto kept = optimise(filter(input, literal(Value::of_bool(false))));
  EXPECT_TRUE(rows_of(kept).empty());
}

}  // namespace
}  // namespace weir::query

#include <algorithm>
#include <set>

#include "query/execution/plan_fixture.h"

namespace weir::query {
namespace {

using namespace fixture;  // NOLINT

bool are_joined(const Value& a, const Value& b) {
  return !a.is_null() && !b.is_null() && compare(a, b) == 0;
}

// Every left row with every right row that has its keys and meets `condition`, in input order; of a
// left join also those without, in their place.
template <class Condition>
Rows joined_naively(JoinKind kind, const Rows& left, const Rows& right,
                    const std::vector<std::pair<std::size_t, std::size_t>>& keys,
                    std::size_t right_width, Condition condition) {
  Rows joined;
  for (const Row& a : left) {
    bool is_matched = false;
    for (const Row& b : right) {
      const bool has_keys = std::all_of(keys.begin(), keys.end(), [&](const auto& key) {
        return are_joined(a[key.first], b[key.second]);
      });
      if (has_keys && condition(a, b)) {
        is_matched = true;
        Row row = a;
        row.insert(row.end(), b.begin(), b.end());
        joined.push_back(std::move(row));
      }
    }
    if (!is_matched && kind == JoinKind::kLeft) {
      Row row = a;
      row.resize(a.size() + right_width);
      joined.push_back(std::move(row));
    }
  }
  return joined;
}

const auto kAlways = [](const Row&, const Row&) { return true; };

TEST(RunJoin, EqualsTheNaiveJoinInInputOrder) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    Random random(seed);
    const Type key_type = kAllTypes[seed % std::size(kAllTypes)];
    const Schema left_schema{{"k", key_type}, {"g", Type::kString}, {"n", Type::kInt64}};
    const Schema right_schema{{"m", Type::kInt64}, {"g", Type::kString}, {"k", key_type}};
    const std::size_t variety = 1 + random.below(40);
    const Rows left = random_rows(left_schema, random.below(300), variety, random);
    const Rows right = random_rows(right_schema, random.below(300), variety, random);
    const PlanPtr a = scan(left_schema, left, 1 + random.below(80));
    const PlanPtr b = scan(right_schema, right, 1 + random.below(80));
    const bool has_two = seed % 2 == 0;
    std::vector<std::pair<std::size_t, std::size_t>> keys{{0, 2}};
    std::vector<ExpressionPtr> left_keys{column(a, 0)};
    std::vector<ExpressionPtr> right_keys{column(b, 2)};
    if (has_two) {
      keys.emplace_back(1, 1);
      left_keys.push_back(column(a, 1));
      right_keys.push_back(column(b, 1));
    }
    for (const JoinKind kind : {JoinKind::kInner, JoinKind::kLeft}) {
      const PlanPtr plain = join(kind, a, b, left_keys, right_keys);
      expect_rows(rows_of(plain, 3), joined_naively(kind, left, right, keys, 3, kAlways),
                  "seed " + std::to_string(seed));
      const auto is_less = [](const Row& x, const Row& y) {
        return !x[2].is_null() && !y[0].is_null() && x[2].integer < y[0].integer;
      };
      const PlanPtr conditional =
          join(kind, a, b, left_keys, right_keys,
               call("<", {make_column(2, Type::kInt64), make_column(3, Type::kInt64)}));
      const Rows expected = joined_naively(kind, left, right, keys, 3, is_less);
      expect_rows(rows_of(conditional, 3), expected, "residual, seed " + std::to_string(seed));
      expect_rows(rows_of(optimise(conditional), 2), expected, "optimised");
    }
  }
}

TEST(RunJoin, ManyMatchesOfOneRowComeInPiecesAndInOrder) {
  Rows left(3, {Value::of_int(1)});
  left.push_back({Value::of_int(2)});
  left.push_back({Value::null()});
  Rows right;
  for (int i = 0; i < 5000; ++i) {
    right.push_back({Value::of_int(1), Value::of_int(i)});
  }
  const Schema left_schema{{"k", Type::kInt64}};
  const Schema right_schema{{"k", Type::kInt64}, {"n", Type::kInt64}};
  const PlanPtr a = scan(left_schema, left);
  const PlanPtr b = scan(right_schema, right, 1000);
  for (const JoinKind kind : {JoinKind::kInner, JoinKind::kLeft}) {
    expect_rows(rows_of(join(kind, a, b, {column(a, 0)}, {column(b, 0)})),
                joined_naively(kind, left, right, {{0, 0}}, 2, kAlways), "many matches");
    const PlanPtr last = join(kind, a, b, {column(a, 0)}, {column(b, 0)},
                              call("=", {make_column(2, Type::kInt64), literal(4999)}));
    expect_rows(rows_of(last),
                joined_naively(kind, left, right, {{0, 0}}, 2,
                               [](const Row&, const Row& y) { return y[1].integer == 4999; }),
                "the last of many matches");
  }
}

TEST(RunJoin, WithoutKeysEveryPairMeets) {
  const Schema schema{{"n", Type::kInt64}};
  const Rows left{{Value::of_int(1)}, {Value::null()}};
  const Rows right{{Value::of_int(5)}, {Value::of_int(6)}};
  const PlanPtr a = scan(schema, left);
  const PlanPtr b = scan(schema, right);
  expect_rows(rows_of(join(JoinKind::kInner, a, b, {}, {})),
              joined_naively(JoinKind::kInner, left, right, {}, 1, kAlways), "cross join");
}

TEST(RunJoin, EmptySidesGiveNoRowsOrRowsOfNulls) {
  const Schema schema{{"n", Type::kInt64}};
  const PlanPtr none = scan(schema, {});
  const PlanPtr some = scan(schema, {{Value::of_int(1)}, {Value::null()}});
  const auto joined = [&](JoinKind kind, const PlanPtr& a, const PlanPtr& b) {
    return rows_of(join(kind, a, b, {column(a, 0)}, {column(b, 0)}), 2);
  };
  EXPECT_TRUE(joined(JoinKind::kInner, none, some).empty());
  EXPECT_TRUE(joined(JoinKind::kLeft, none, some).empty());
  EXPECT_TRUE(joined(JoinKind::kInner, some, none).empty());
  expect_rows(joined(JoinKind::kLeft, some, none),
              {{Value::of_int(1), Value::null()}, {Value::null(), Value::null()}}, "left join");
}

TEST(RunJoin, FirstOfEqualTimesIsTheFirstJoinedRow) {
  // One left row makes more output than one batch holds; the order of those must stay known.
  Rows right;
  for (int i = 0; i < 6000; ++i) {
    const bool is_early = i == 100 || i == 2050;  // rows 100 and 2 of their batches
    right.push_back({Value::of_int(1), Value::of_int(i), Value::of_time(is_early ? 0 : 1)});
  }
  const PlanPtr a = scan({{"k", Type::kInt64}}, {{Value::of_int(1)}});
  const PlanPtr b = scan({{"k", Type::kInt64}, {"n", Type::kInt64}, {"t", Type::kTime}}, right);
  const PlanPtr joined = join(JoinKind::kInner, a, b, {column(a, 0)}, {column(b, 0)});
  std::vector<Aggregate> first{aggregate_of(AggregateKind::kFirst, column(joined, 2))};
  first.back().order_by = column(joined, 3);
  expect_rows(rows_of(aggregate(joined, {}, first), 4), {{Value::of_int(100)}}, "first");
}

TEST(RunDistinct, KeepsTheFirstRowOfEachKeyInInputOrder) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Random random(seed);
    const Schema schema{{"s", Type::kString}, {"a", Type::kAddress}, {"n", Type::kInt64}};
    const Rows rows = random_rows(schema, 3000, 1 + random.below(60), random, 0.2);
    const PlanPtr input = scan(schema, rows, 1 + random.below(500));
    const bool has_two = seed % 2 == 0;
    std::set<Row, RowLess> known;
    Rows expected;
    for (const Row& row : rows) {
      if (known.insert(has_two ? Row{row[0], row[1]} : Row{row[1]}).second) {
        expected.push_back(row);
      }
    }
    std::vector<ExpressionPtr> keys{column(input, 1)};
    if (has_two) {
      keys.insert(keys.begin(), column(input, 0));
    }
    const PlanPtr plan = distinct(input, keys);
    expect_rows(rows_of(plan, 4), expected, "seed " + std::to_string(seed));
    expect_rows(
        rows_of(optimise(limit(plan, 7)), 4),
        {expected.begin(), expected.begin() + std::min<std::ptrdiff_t>(7, std::ssize(expected))},
        "limit");
  }
}

TEST(RunDistinct, KeepsEveryRowWithANullKeyWhereAskedTo) {
  const Schema schema{{"n", Type::kInt64}, {"m", Type::kInt64}};
  const Rows rows{{Value::of_int(1), Value::of_int(1)},
                  {Value::null(), Value::of_int(2)},
                  {Value::of_int(1), Value::of_int(3)},
                  {Value::null(), Value::of_int(4)}};
  const PlanPtr input = scan(schema, rows);
  auto plan = std::make_shared<Plan>(*distinct(input, {column(input, 0)}));
  expect_rows(rows_of(plan, 1), {rows[0], rows[1]}, "nulls are one key");
  plan->keeps_null_keys = true;
  expect_rows(rows_of(plan, 1), {rows[0], rows[1], rows[3]}, "nulls are no key");
}

TEST(RunDistinct, RefusesMoreKeysThanItCanHold) {
  const Schema schema{{"n", Type::kInt64}};
  const PlanPtr input = scan(schema, {{Value::of_int(1)}});
  RowCollector rows;
  const auto done =
      execute(distinct(input, std::vector<ExpressionPtr>(17, column(input, 0))), {}, rows);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::kLimit);
}

}  // namespace
}  // namespace weir::query

#include <algorithm>
#include <limits>

#include "query/execution/plan_fixture.h"
#include "query/execution/row_order.h"

namespace weir::query {
namespace {

using namespace fixture;  // NOLINT

const Schema kSortSchema{{"n", Type::kInt64}, {"x", Type::kDouble},    {"host", Type::kAddress},
                         {"t", Type::kTime},  {"name", Type::kString}, {"ok", Type::kBool}};

// The naive order: keys, then all columns as SQL orders them.
Rows sorted_naively(Rows rows, const std::vector<SortKey>& keys) {
  std::stable_sort(rows.begin(), rows.end(), [&](const Row& a, const Row& b) {
    for (const SortKey& key : keys) {
      const Value& x = a[key.expression->column];
      const Value& y = b[key.expression->column];
      if (x.is_null() && y.is_null()) {
        continue;
      }
      if (x.is_null() || y.is_null()) {
        // SQL: nulls last both ways. Insights: before everything, descending reversed.
        const bool is_null_first = key.is_insights_order && !key.is_descending;
        return is_null_first ? x.is_null() : y.is_null();
      }
      const int order = key.is_insights_order && x.type == Type::kString
                            ? compare_insights(x.text, y.text)
                            : compare(x, y);
      if (order != 0) {
        return key.is_descending ? order > 0 : order < 0;
      }
    }
    return RowLess{}(a, b);
  });
  return rows;
}

TEST(RunSort, EqualsTheNaiveOrder) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    Random random(seed);
    const Rows rows =
        random_rows(kSortSchema, random.below(3000), 1 + random.below(200), random, 0.2);
    const PlanPtr input = scan(kSortSchema, rows, 1 + random.below(200));
    std::vector<SortKey> keys;
    for (std::size_t k = 0; k < 1 + seed % 3; ++k) {
      keys.push_back({column(input, random.below(kSortSchema.size())), random.chance(0.5),
                      random.chance(0.5)});
    }
    const Rows expected = sorted_naively(rows, keys);
    const PlanPtr plan = sort(input, keys);
    for (const std::size_t threads : {1U, 4U}) {
      expect_rows(rows_of(plan, threads), expected, "seed " + std::to_string(seed));
    }
  }
}

TEST(RunSort, TheFirstNAreThoseOfTheWholeOrder) {
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    Random random(seed);
    const std::size_t variety = seed % 3 == 0 ? 3 : 100'000;
    const Schema schema{{"n", Type::kInt64}, {"name", Type::kString}, {"x", Type::kDouble}};
    const Rows rows = random_rows(schema, 60'000, variety, random, 0.05);
    const PlanPtr input = scan(schema, rows, column::kBatchRows);
    const std::vector<SortKey> keys{{column(input, seed % 2 == 0 ? 0 : 2), seed % 4 < 2, false},
                                    {column(input, 1), false, seed % 5 == 0}};
    const Rows expected = sorted_naively(rows, keys);
    for (const std::uint64_t count : {0ULL, 1ULL, 20ULL, 5000ULL, 59'999ULL, 100'000ULL}) {
      const auto begin = static_cast<std::ptrdiff_t>(count == 20 ? 3 : 0);
      const PlanPtr plan =
          optimise(limit(sort(input, keys), count, static_cast<std::uint64_t>(begin)));
      const auto end = std::min<std::ptrdiff_t>(begin + static_cast<std::ptrdiff_t>(count), 60'000);
      const std::size_t threads = 1 + seed % 3;
      expect_rows(seed == 5 ? rows_of(plan, threads) : rows_of_one_run(plan, threads),
                  {expected.begin() + std::min(begin, end), expected.begin() + end},
                  "seed " + std::to_string(seed) + ", first " + std::to_string(count));
    }
  }
}

TEST(RunSort, KeepsFewRowsForAFirstN) {
  Random random(9);
  const Schema schema{{"n", Type::kInt64}, {"name", Type::kString}};
  const PlanPtr input = scan(schema, random_rows(schema, 200'000, 1'000'000, random), 2048);
  MemoryBudget budget(4 << 20);
  ExecuteOptions options;
  options.memory = &budget;
  const auto outcome =
      run(optimise(limit(sort(input, {{column(input, 0), true, false}}), 10)), options);
  ASSERT_TRUE(outcome.has_value()) << outcome.error().message;
  EXPECT_EQ(outcome->rows.size(), 10U);
  EXPECT_EQ(budget.used_bytes(), 0U);
}

TEST(RunSort, SortsByExpressions) {
  const PlanPtr input =
      scan({{"n", Type::kInt64}}, {{Value::of_int(3)}, {Value::of_int(-5)}, {Value::of_int(4)}});
  expect_rows(rows_of(sort(input, {{call("abs", {column(input, 0)}), true, false}})),
              {{Value::of_int(-5)}, {Value::of_int(4)}, {Value::of_int(3)}}, "by abs(n)");
}

TEST(RunSort, ConstantAndTypelessColumnsSort) {
  const PlanPtr input =
      scan({{"n", Type::kInt64}}, {{Value::of_int(2)}, {Value::of_int(1)}, {Value::null()}}, 1);
  const PlanPtr with_constants =
      project(input, {literal(Value::null()), literal(Value::of_string("same")), column(input, 0)});
  expect_rows(rows_of(sort(with_constants, {{column(with_constants, 0), true, false},
                                            {column(with_constants, 1), true, true},
                                            {column(with_constants, 2), false, false}})),
              {{Value::null(), Value::of_string("same"), Value::of_int(1)},
               {Value::null(), Value::of_string("same"), Value::of_int(2)},
               {Value::null(), Value::of_string("same"), Value::null()}},
              "constants");
}

TEST(RunSort, EmptyInputGivesNoRows) {
  const PlanPtr input = scan({{"n", Type::kInt64}}, {});
  EXPECT_TRUE(rows_of(sort(input, {{column(input, 0), true, false}}), 3).empty());
}

TEST(CompareInsights, OrdersDigitsByValueAndNumbersBehindText) {
  // CloudWatch Logs user guide, "sort": natural order, non-numbers before numbers.
  const std::vector<std::string> ordered{"",          "!",     "#",  "*%04", "0#", "5A",
                                         "111A",      "2345_", "@",  "@_",   "A",  "A9876fghj",
                                         "a12345hfh", "0",     "01", "2",    "3"};
  for (std::size_t i = 0; i + 1 < ordered.size(); ++i) {
    EXPECT_LT(compare_insights(ordered[i], ordered[i + 1]), 0)
        << ordered[i] << " before " << ordered[i + 1];
    EXPECT_GT(compare_insights(ordered[i + 1], ordered[i]), 0);
  }
}

TEST(CompareInsights, IsAStrictWeakOrder) {
  Random random(4);
  static constexpr std::string_view kAlphabet = "019aZ-.e_";
  std::vector<std::string> texts;
  for (int i = 0; i < 60; ++i) {
    std::string text;
    for (std::uint64_t n = random.below(6); n > 0; --n) {
      text += kAlphabet[random.below(kAlphabet.size())];
    }
    texts.push_back(text);
  }
  texts.insert(texts.end(), {"nan", "inf", "-inf", "1e5", "100000", "-0", "0", "0.0"});
  for (const auto& a : texts) {
    EXPECT_EQ(compare_insights(a, a), 0) << a;
    for (const auto& b : texts) {
      EXPECT_EQ(compare_insights(a, b), -compare_insights(b, a)) << a << " and " << b;
      for (const auto& c : texts) {
        if (compare_insights(a, b) < 0 && compare_insights(b, c) < 0) {
          EXPECT_LT(compare_insights(a, c), 0) << a << ", " << b << ", " << c;
        }
      }
    }
  }
}

}  // namespace
}  // namespace weir::query

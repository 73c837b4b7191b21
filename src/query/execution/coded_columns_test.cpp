// Columns that come coded from a large space of few rows, which shows the ways in and out of work
// by code. What every plan gives over small spaces is tested by rows_of().

#include <cstdint>
#include <limits>
#include <memory>

#include "base/memory_budget.h"
#include "query/execution/code_values.h"
#include "query/execution/plan_fixture.h"

namespace weir::query {
namespace {

using namespace fixture;  // NOLINT
using Kind = AggregateKind;

// Spaces of many codes one after the other: text and address by code, a number a row that is not
// coded, a period that changes now and then.
struct LargeSpaces {
  static constexpr std::uint32_t kCodes = 30'000;
  static constexpr std::size_t kBatches = 15;

  LargeSpaces(std::size_t num_spaces, std::size_t num_used) {
    Random random(num_used);
    std::vector<column::Batch> batches;
    codes.resize(num_spaces * kBatches);
    for (std::size_t s = 0; s < num_spaces; ++s) {
      auto space = std::make_shared<column::CodeSpace>();
      space->size = kCodes;
      auto text = std::make_shared<column::CodeTable>();
      auto address = std::make_shared<column::CodeTable>();
      auto number = std::make_shared<column::CodeTable>();
      text->space = address->space = number->space = space;
      text->values.reset(Type::kString, kCodes);
      address->values.reset(Type::kAddress, kCodes);
      number->values.reset(Type::kInt64, kCodes);
      for (std::uint32_t code = 0; code < kCodes; ++code) {
        text->values.put(code,
                         code % 11 == 0 ? Value::null() : random_value(Type::kString, 500, random));
        address->values.put(code, random_value(Type::kAddress, 900, random, 0));
        // Awkward where no row has the code.
        number->values.put(
            code,
            Value::of_int(code < num_used ? code % 100 : std::numeric_limits<std::int64_t>::max()));
      }
      for (std::size_t b = 0; b < kBatches; ++b) {
        auto& some = codes[s * kBatches + b];
        for (std::size_t i = 0; i < column::kBatchRows; ++i) {
          some.push_back(static_cast<std::uint32_t>(random.below(num_used)));
        }
        column::Batch& batch = batches.emplace_back();
        batch.num_rows = some.size();
        batch.sequence = batches.size();
        batch.columns.resize(5);
        batch.columns[0].reset_coded(text, some.data(), some.size());
        batch.columns[1].reset_coded(address, some.data(), some.size());
        batch.columns[2].reset_coded(number, some.data(), some.size());
        batch.columns[3].reset(Type::kInt64, some.size());
        batch.columns[4].reset(Type::kTime, some.size());
        for (std::size_t i = 0; i < some.size(); ++i) {
          batch.columns[3].put(i, random_value(Type::kInt64, 1000, random));
          batch.columns[4].put(
              i, Value::of_time(static_cast<std::int64_t>((b / 7) * 1000 + (b == 9 ? i % 2 : 0))));
        }
      }
    }
    std::vector<column::Batch> flat;
    for (const column::Batch& batch : batches) {
      column::Batch& copy = flat.emplace_back();
      copy.num_rows = batch.num_rows;
      copy.sequence = batch.sequence;
      for (const column::Column& column : batch.columns) {
        copy.columns.emplace_back().copy_from(column);
      }
    }
    const Schema schema{{"text", Type::kString},
                        {"address", Type::kAddress},
                        {"number", Type::kInt64},
                        {"bytes", Type::kInt64},
                        {"start", Type::kTime}};
    coded = std::make_shared<column::MemoryTable>(schema, std::move(batches));
    stored = std::make_shared<column::MemoryTable>(schema, std::move(flat));
  }

  std::vector<std::vector<std::uint32_t>> codes;
  std::shared_ptr<column::Table> coded;
  std::shared_ptr<column::Table> stored;
};

void expect_same(const LargeSpaces& tables, const PlanPtr& plan, const char* what) {
  const PlanPtr coded = with_tables(plan, [&](const auto&) { return tables.coded; });
  const Rows expected = rows_of_one_run(plan);
  EXPECT_FALSE(expected.empty());
  for (const std::size_t threads : {1U, 3U}) {
    expect_rows(rows_of_one_run(coded, threads), expected, what);
  }
}

TEST(CodedColumns, GroupsAreThoseOfStoredColumns) {
  for (const std::size_t num_used : {300U, 9000U}) {
    const LargeSpaces tables(3, num_used);
    const PlanPtr input = scan(tables.stored);
    const std::vector<Aggregate> some{aggregate_of(Kind::kCountRows),
                                      aggregate_of(Kind::kSum, column(input, 3)),
                                      aggregate_of(Kind::kAverage, column(input, 3), Type::kDouble),
                                      aggregate_of(Kind::kMin, column(input, 0), Type::kString),
                                      aggregate_of(Kind::kMax, column(input, 2))};
    std::vector<Aggregate> kept_beside{aggregate_of(Kind::kCountDistinct, column(input, 1)),
                                       aggregate_of(Kind::kFirst, column(input, 3))};
    kept_beside.back().order_by = column(input, 4);
    for (const auto& aggregates : {some, kept_beside, std::vector<Aggregate>{}}) {
      expect_same(tables, aggregate(input, {column(input, 0)}, aggregates), "one key");
      expect_same(tables, aggregate(input, {column(input, 1), column(input, 0)}, aggregates),
                  "two keys");
      expect_same(tables,
                  aggregate(input, {column(input, 0), column(input, 4), literal(7)}, aggregates),
                  "a period beside");
      expect_same(tables, aggregate(input, {column(input, 1), column(input, 3)}, aggregates),
                  "a number beside");
      expect_same(
          tables,
          aggregate(input, {call("length", {column(input, 0)}), column(input, 4)}, aggregates),
          "a function of a key");
    }
  }
}

TEST(CodedColumns, FiltersAreThoseOfStoredColumns) {
  const LargeSpaces tables(2, 9000);
  const PlanPtr input = scan(tables.stored);
  const auto is_like = call("like", {column(input, 0), literal(Value::of_string("%x1%"))});
  const auto is_large = call(">", {column(input, 3), literal(400)});
  const auto is_both = call("=", {call("length", {column(input, 0)}), column(input, 2)});
  for (const auto& predicate : {is_like, call("not", {is_like}), call("and", {is_like, is_large}),
                                call("or", {is_both, is_large})}) {
    const PlanPtr some = filter(input, predicate);
    expect_same(tables, some, "rows");
    expect_same(tables,
                aggregate(some, {column(input, 1)}, {aggregate_of(Kind::kSum, column(input, 3))}),
                "groups");
  }
}

TEST(CodedColumns, AnErrorOfACodeWithoutRowsIsNone) {
  const LargeSpaces tables(1, 5000);
  const PlanPtr input = scan(tables.stored);
  expect_same(tables, project(input, {call("+", {column(input, 2), literal(1)})}), "sums");
}

TEST(CodedColumns, NoMemoryForCodesIsNoReasonToFail) {
  const LargeSpaces tables(2, 300);
  const PlanPtr input = scan(tables.stored);
  const PlanPtr plan =
      aggregate(input, {column(input, 2)}, {aggregate_of(Kind::kSum, column(input, 3))});
  MemoryBudget budget(200'000);  // less than a word a code
  ExecuteOptions options;
  options.memory = &budget;
  const auto outcome = run(with_tables(plan, [&](const auto&) { return tables.coded; }), options);
  ASSERT_TRUE(outcome) << outcome.error().message;
  expect_rows(outcome->rows, rows_of_one_run(plan), "groups");
}

}  // namespace
}  // namespace weir::query

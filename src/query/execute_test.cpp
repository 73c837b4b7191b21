#include "query/execute.h"

#include <atomic>
#include <thread>

#include "query/execution/plan_fixture.h"

namespace weir::query {
namespace {

using namespace fixture;  // NOLINT

const Schema kNumbers{{"n", Type::kInt64}};

Rows numbers(std::int64_t begin, std::int64_t end) {
  Rows rows;
  for (std::int64_t i = begin; i < end; ++i) {
    rows.push_back({Value::of_int(i)});
  }
  return rows;
}

TEST(Execute, RowsComeInInputOrderWhateverTheThreads) {
  const Rows rows = numbers(0, 10'000);
  for (const std::size_t threads : {1U, 4U}) {
    expect_rows(rows_of(scan(kNumbers, rows, 37), threads), rows, "scan");
  }
}

TEST(Execute, FiltersKeepRowsThatAreTrue) {
  Rows rows = numbers(0, 5000);
  rows[17] = {Value::null()};
  const PlanPtr input = scan(kNumbers, rows, 64);
  const PlanPtr plan = filter(input, call("<", {column(input, 0), literal(40)}));
  Rows expected = numbers(0, 40);
  expected.erase(expected.begin() + 17);
  expect_rows(rows_of(plan, 3), expected, "filter");
  ExecuteOptions options;
  const auto outcome = run(plan, options);
  EXPECT_EQ(outcome->statistics.rows_scanned, 5000U);
  EXPECT_EQ(outcome->statistics.rows_matched, 39U);
  EXPECT_EQ(outcome->statistics.rows_returned, 39U);
}

TEST(Execute, FilterOverOtherNodes) {
  const PlanPtr input = scan(kNumbers, numbers(0, 3000), 100);
  const PlanPtr sorted = sort(input, {{column(input, 0), true, false}});
  const PlanPtr plan = filter(sorted, call("<", {column(sorted, 0), literal(3)}));
  expect_rows(rows_of(plan, 2), {{Value::of_int(2)}, {Value::of_int(1)}, {Value::of_int(0)}},
              "filter over a sort");
}

TEST(Execute, LimitAndOffsetCutAnywhere) {
  const PlanPtr input = scan(kNumbers, numbers(0, 1000), 64);
  for (const std::uint64_t offset : {0U, 1U, 63U, 64U, 65U, 500U, 999U, 1000U, 5000U}) {
    for (const std::uint64_t count : {0U, 1U, 64U, 130U, 2000U}) {
      const auto begin = static_cast<std::int64_t>(std::min<std::uint64_t>(offset, 1000));
      const auto end = static_cast<std::int64_t>(std::min<std::uint64_t>(offset + count, 1000));
      for (const PlanPtr& plan :
           {limit(input, count, offset), optimise(limit(input, count, offset))}) {
        expect_rows(rows_of(plan, 4), numbers(begin, end),
                    "limit " + std::to_string(count) + " offset " + std::to_string(offset));
      }
    }
  }
  expect_rows(rows_of(limit(input, std::nullopt, 990)), numbers(990, 1000), "offset alone");
  expect_rows(rows_of(optimise(limit(limit(input, 10, 5), 3, 2))), numbers(7, 10), "nested");
}

// Counts how many batches are asked of it.
class EndlessTable final : public column::Table {
 public:
  Result<std::optional<Field>> find(std::string_view) override { return std::nullopt; }
  Result<Schema> columns() override { return kNumbers; }
  std::vector<std::string> known_names() override { return {}; }
  Result<bool> carries(std::string_view) override { return true; }
  Result<std::unique_ptr<column::Scan>> scan(const column::ScanRequest&,
                                             const column::ScanContext&) override {
    return std::make_unique<EndlessScan>(*this);
  }
  std::atomic<std::uint64_t> num_batches{0};
  std::function<Result<bool>(std::uint64_t batch)> at_batch;

 private:
  struct EndlessScan final : column::Scan {
    explicit EndlessScan(EndlessTable& table) : table_(table) {}
    struct Stream final : column::ScanStream {
      explicit Stream(EndlessTable& table) : table_(table) {}
      Result<bool> next(column::Batch& batch) override {
        const std::uint64_t number = table_.num_batches.fetch_add(1);
        batch.num_rows = 100;
        batch.sequence = number;
        batch.columns.resize(1);
        batch.columns[0].reset(Type::kInt64, 100);
        for (std::size_t i = 0; i < 100; ++i) {
          batch.columns[0].data<std::int64_t>()[i] = static_cast<std::int64_t>(number * 100 + i);
        }
        return table_.at_batch ? table_.at_batch(number) : Result<bool>(true);
      }
      EndlessTable& table_;
    };
    Result<std::unique_ptr<column::ScanStream>> open_stream() override {
      return std::make_unique<Stream>(table_);
    }
    [[nodiscard]] std::vector<bool> applied_conjuncts() const override { return {}; }
    [[nodiscard]] column::Completeness completeness() const override { return {}; }
    EndlessTable& table_;
  };
};

TEST(Execute, ALimitStopsTheScan) {
  const auto table = std::make_shared<EndlessTable>();
  expect_rows(rows_of_one_run(limit(scan(table), 250, 10), 4), numbers(10, 260), "limit");
  EXPECT_LE(table->num_batches, 4U);
  table->num_batches = 0;
  expect_rows(rows_of_one_run(limit(distinct(scan(table), {make_column(0, Type::kInt64)}), 150), 4),
              numbers(0, 150), "limit over distinct");
  EXPECT_LE(table->num_batches, 3U);
  table->num_batches = 0;
  const auto other = std::make_shared<EndlessTable>();
  expect_rows(rows_of_one_run(limit(union_all({scan(table), scan(other)}), 150), 4),
              numbers(0, 150), "limit over union");
  EXPECT_LE(table->num_batches, 3U);
  EXPECT_EQ(other->num_batches, 0U);
  table->num_batches = 0;
  EXPECT_TRUE(rows_of_one_run(limit(scan(table), 0)).empty());
  EXPECT_EQ(table->num_batches, 0U);
}

class StoppingSink final : public RowSink {
 public:
  Result<void> start(const column::Schema&) override { return {}; }
  Result<bool> write(const column::Batch&) override { return ++num_writes < 3; }
  int num_writes = 0;
};

TEST(Execute, ASinkThatHasEnoughStopsTheScan) {
  const auto table = std::make_shared<EndlessTable>();
  StoppingSink sink;
  EXPECT_TRUE(execute(scan(table), {}, sink).has_value());
  EXPECT_EQ(sink.num_writes, 3);
  EXPECT_LE(table->num_batches, 4U);
}

class FailingSink final : public RowSink {
 public:
  Result<void> start(const column::Schema&) override { return {}; }
  Result<bool> write(const column::Batch&) override {
    return fail(ErrorCode::kIo, "the disk is full");
  }
};

TEST(Execute, AFailingSinkEndsTheQueryWithItsError) {
  FailingSink sink;
  const auto outcome = execute(scan(kNumbers, numbers(0, 10)), {}, sink);
  ASSERT_FALSE(outcome.has_value());
  EXPECT_EQ(outcome.error().message, "the disk is full");
}

TEST(Execute, CancellingEndsEveryKindOfPlan) {
  for (const std::size_t threads : {1U, 4U}) {
    for (int kind = 0; kind < 4; ++kind) {
      CancelToken cancel;
      const auto table = std::make_shared<EndlessTable>();
      table->at_batch = [&](std::uint64_t batch) {
        if (batch == 50) {
          cancel.cancel();
        }
        return Result<bool>(true);
      };
      const PlanPtr input = scan(table);
      const ExpressionPtr n = column(input, 0);
      const PlanPtr plan =
          kind == 0   ? aggregate(input, {n}, {})
          : kind == 1 ? sort(input, {{n, false, false}})
          : kind == 2 ? distinct(input, {n})
                      : join(JoinKind::kInner, scan(kNumbers, numbers(0, 5)), input, {n}, {n});
      ExecuteOptions options;
      options.num_threads = threads;
      options.cancel = &cancel;
      const auto outcome = run(plan, options);
      ASSERT_FALSE(outcome.has_value()) << kind;
      EXPECT_EQ(outcome.error().code, ErrorCode::kCancelled) << outcome.error().message;
    }
  }
}

TEST(Execute, AnErrorOfOneStreamEndsTheQuery) {
  const auto table = std::make_shared<EndlessTable>();
  table->at_batch = [](std::uint64_t batch) -> Result<bool> {
    if (batch == 30) {
      return fail(ErrorCode::kIo, "cannot read on");
    }
    return true;
  };
  const PlanPtr input = scan(table);
  ExecuteOptions options;
  options.num_threads = 4;
  const auto outcome = run(aggregate(input, {column(input, 0)}, {}), options);
  ASSERT_FALSE(outcome.has_value());
  EXPECT_EQ(outcome.error().message, "cannot read on");
}

TEST(Execute, PastTheMemoryLimitAPlanIsRefusedAndEverythingGivenBack) {
  Random random(5);
  const Schema schema{
      {"s", Type::kString}, {"a", Type::kAddress}, {"n", Type::kInt64}, {"x", Type::kDouble}};
  const PlanPtr input = scan(schema, random_rows(schema, 50'000, 1'000'000'000, random, 0), 2000);
  const auto distinct_count = [&](std::size_t c) {
    return aggregate_of(AggregateKind::kCountDistinct, column(input, c));
  };
  const auto percentile = aggregate_of(AggregateKind::kPercentile, column(input, 3), Type::kDouble);
  const std::vector<std::pair<std::string, PlanPtr>> plans{
      {"group by text", aggregate(input, {column(input, 0)}, {})},
      {"group by address", aggregate(input, {column(input, 1)}, {})},
      {"group by number", aggregate(input, {column(input, 2)}, {distinct_count(2)})},
      {"count distinct text", aggregate(input, {}, {distinct_count(0)})},
      {"count distinct number", aggregate(input, {}, {distinct_count(2)})},
      {"percentile", aggregate(input, {}, {percentile})},
      {"sort", sort(input, {{column(input, 2), false, false}})},
      {"distinct text", distinct(input, {column(input, 0)})},
      {"distinct number", distinct(input, {column(input, 2)})},
      {"join", join(JoinKind::kInner, input, input, {column(input, 2)}, {column(input, 2)})}};
  for (const auto& [name, plan] : plans) {
    for (const std::size_t threads : {1U, 4U}) {
      for (const std::size_t bytes : {0U, 1000U, 100'000U, 500'000U}) {
        MemoryBudget budget(bytes);
        ExecuteOptions options;
        options.num_threads = threads;
        options.memory = &budget;
        const auto outcome = run(plan, options);
        EXPECT_EQ(budget.used_bytes(), 0U) << name;
        ASSERT_FALSE(outcome.has_value()) << name << ", " << bytes;
        EXPECT_EQ(outcome.error().code, ErrorCode::kLimit) << name;
        EXPECT_NE(outcome.error().message.find("--memory"), std::string::npos)
            << outcome.error().message;
      }
      MemoryBudget budget(100'000'000);
      ExecuteOptions options;
      options.num_threads = threads;
      options.memory = &budget;
      const auto outcome = run(plan, options);
      EXPECT_TRUE(outcome.has_value()) << name << ": " << outcome.error().message;
      EXPECT_EQ(budget.used_bytes(), 0U) << name;
      EXPECT_GT(outcome->statistics.peak_memory_bytes, 0U) << name;
    }
  }
}

TEST(Execute, UnionAllGivesOneInputAfterTheOther) {
  const PlanPtr first = scan(kNumbers, numbers(0, 300), 50);
  const PlanPtr second = scan(kNumbers, numbers(300, 400), 7);
  const PlanPtr both = union_all({first, second, scan(kNumbers, {})});
  for (const std::size_t threads : {1U, 4U}) {
    expect_rows(rows_of(both, threads), numbers(0, 400), "union");
    expect_rows(rows_of(aggregate(both, {},
                                  {aggregate_of(AggregateKind::kSum, column(both, 0)),
                                   aggregate_of(AggregateKind::kCountRows)}),
                        threads),
                {{Value::of_int(399 * 200), Value::of_int(400)}}, "aggregate of a union");
    expect_rows(rows_of(sort(both, {{column(both, 0), false, false}}), threads), numbers(0, 400),
                "sort of a union");
    expect_rows(
        rows_of(optimise(filter(both, call(">=", {column(both, 0), literal(290)}))), threads),
        numbers(290, 400), "filter over a union");
  }
}

TEST(Execute, UnionAllHasOneOrderOfRows) {
  // The first of equal rows is the first input's, although both count their batches from 0.
  const Schema schema{{"n", Type::kInt64}, {"t", Type::kTime}};
  Rows one;
  Rows two;
  for (int i = 0; i < 400; ++i) {
    one.push_back({Value::of_int(i + 1000), Value::of_time(i < 7 ? 9 : 5)});
    two.push_back({Value::of_int(i), Value::of_time(5)});
  }
  const PlanPtr both = union_all({scan(schema, one, 10), scan(schema, two, 10)});
  std::vector<Aggregate> first{aggregate_of(AggregateKind::kFirst, column(both, 0))};
  first.back().order_by = column(both, 1);
  for (const std::size_t threads : {1U, 3U}) {
    expect_rows(rows_of(aggregate(both, {}, first), threads), {{Value::of_int(1007)}}, "first");
  }
}

TEST(Execute, ValuesAreTypedByTheirSchemaWhereTheyAreNull) {
  const Schema schema{{"n", Type::kInt64}, {"s", Type::kString}};
  Rows rows;
  for (int i = 0; i < 5000; ++i) {
    rows.push_back({i % 2 == 0 ? Value::null() : Value::of_int(i),
                    i % 3 == 0 ? Value::null() : Value::of_string("s" + std::to_string(i))});
  }
  const PlanPtr plan = values(schema, rows);
  expect_rows(rows_of(plan), rows, "values");
  const PlanPtr sums = project(plan, {call("+", {column(plan, 0), literal(1)})});
  Rows expected;
  for (const Row& row : rows) {
    expected.push_back({row[0].is_null() ? Value::null() : Value::of_int(row[0].integer + 1)});
  }
  expect_rows(rows_of(sums), expected, "arithmetic over values");
  EXPECT_TRUE(rows_of(values(schema, {})).empty());
}

TEST(Execute, BatchesLargerThanTheUsualAreTakenToo) {
  const Rows rows = numbers(0, 10'000);
  const PlanPtr input = scan(kNumbers, rows, 10'000);
  expect_rows(rows_of(input, 2), rows, "scan");
  expect_rows(rows_of(aggregate(input, {column(input, 0)}, {}), 2), rows, "aggregate");
  expect_rows(rows_of(distinct(input, {column(input, 0)}), 2), rows, "distinct");
}

TEST(Execute, AnErrorOfAnExpressionEndsTheQuery) {
  const std::int64_t most = std::numeric_limits<std::int64_t>::max();
  const PlanPtr input = scan(kNumbers, {{Value::of_int(most)}});
  const auto outcome = run(aggregate(input, {},
                                     {aggregate_of(AggregateKind::kSum, column(input, 0)),
                                      aggregate_of(AggregateKind::kSum, column(input, 0))}));
  ASSERT_TRUE(outcome.has_value());
  EXPECT_EQ(outcome->rows[0][0].integer, most);
}

}  // namespace
}  // namespace weir::query

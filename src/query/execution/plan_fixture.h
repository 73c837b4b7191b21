#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/random.h"
#include "column/memory_table.h"
#include "query/execute.h"
#include "query/execution/other_tables.h"
#include "query/execution/value_order.h"
#include "query/function.h"
#include "query/plan.h"

// What the tests of execution share: plans built by hand, rows as values, naive order. Each builder
// gives a node over its input; expressions are over the input's columns.
namespace weir::query::fixture {

using column::Field;
using column::Schema;
using column::Type;
using column::Value;
using Row = std::vector<Value>;
using Rows = std::vector<Row>;

inline std::shared_ptr<column::Table> table_of(Schema schema, const Rows& rows,
                                               std::size_t rows_each_batch = 97) {
  return column::MemoryTable::from_rows(std::move(schema), rows, rows_each_batch);
}

inline PlanPtr scan(const std::shared_ptr<column::Table>& table) {
  auto plan = std::make_shared<Plan>();
  plan->kind = Plan::Kind::kScan;
  plan->table = table;
  plan->schema = *table->columns();
  for (const Field& field : plan->schema) {
    plan->scan_columns.push_back(field.name);
  }
  return plan;
}

inline PlanPtr scan(Schema schema, const Rows& rows, std::size_t rows_each_batch = 97) {
  return scan(table_of(std::move(schema), rows, rows_each_batch));
}

inline ExpressionPtr column(const PlanPtr& input, std::size_t index) {
  return make_column(index, input->schema.at(index).type);
}

inline ExpressionPtr literal(Value value) { return make_literal(std::move(value)); }
inline ExpressionPtr literal(std::int64_t value) { return make_literal(Value::of_int(value)); }

inline ExpressionPtr call(std::string_view name, std::vector<ExpressionPtr> arguments) {
  static const QueryEnvironment environment{};
  const Function* function = find_function(name, Language::kSql);
  if (function == nullptr) {
    ADD_FAILURE() << "no function " << name;
    return nullptr;
  }
  auto bound = make_call(*function, std::move(arguments), environment);
  if (!bound) {
    ADD_FAILURE() << bound.error().message;
    return nullptr;
  }
  return *bound;
}

inline std::shared_ptr<Plan> node(Plan::Kind kind, std::vector<PlanPtr> inputs) {
  auto plan = std::make_shared<Plan>();
  plan->kind = kind;
  if (!inputs.empty()) {
    plan->schema = inputs.front()->schema;
  }
  plan->inputs = std::move(inputs);
  return plan;
}

inline PlanPtr filter(const PlanPtr& input, ExpressionPtr predicate) {
  auto plan = node(Plan::Kind::kFilter, {input});
  plan->predicate = std::move(predicate);
  return plan;
}

inline PlanPtr project(const PlanPtr& input, std::vector<ExpressionPtr> expressions) {
  auto plan = node(Plan::Kind::kProject, {input});
  plan->schema.clear();
  for (const auto& expression : expressions) {
    plan->schema.push_back({"p" + std::to_string(plan->schema.size()), expression->type});
  }
  plan->expressions = std::move(expressions);
  return plan;
}

inline PlanPtr aggregate(const PlanPtr& input, std::vector<ExpressionPtr> keys,
                         std::vector<Aggregate> aggregates) {
  auto plan = node(Plan::Kind::kAggregate, {input});
  plan->schema.clear();
  for (const auto& key : keys) {
    plan->schema.push_back({"k" + std::to_string(plan->schema.size()), key->type});
  }
  for (const auto& one : aggregates) {
    plan->schema.push_back({"a" + std::to_string(plan->schema.size()), one.type});
  }
  plan->expressions = std::move(keys);
  plan->aggregates = std::move(aggregates);
  return plan;
}

inline PlanPtr sort(const PlanPtr& input, std::vector<SortKey> keys) {
  auto plan = node(Plan::Kind::kSort, {input});
  plan->sort_keys = std::move(keys);
  return plan;
}

inline PlanPtr limit(const PlanPtr& input, std::optional<std::uint64_t> count,
                     std::uint64_t offset = 0) {
  auto plan = node(Plan::Kind::kLimit, {input});
  plan->limit = count;
  plan->offset = offset;
  return plan;
}

inline PlanPtr distinct(const PlanPtr& input, std::vector<ExpressionPtr> keys) {
  auto plan = node(Plan::Kind::kDistinctOn, {input});
  plan->expressions = std::move(keys);
  return plan;
}

inline PlanPtr union_all(std::vector<PlanPtr> inputs) {
  return node(Plan::Kind::kUnionAll, std::move(inputs));
}

inline PlanPtr values(Schema schema, Rows rows) {
  auto plan = node(Plan::Kind::kValues, {});
  plan->schema = std::move(schema);
  plan->rows = std::move(rows);
  return plan;
}

inline PlanPtr join(JoinKind kind, const PlanPtr& left, const PlanPtr& right,
                    std::vector<ExpressionPtr> left_keys, std::vector<ExpressionPtr> right_keys,
                    ExpressionPtr residual = nullptr) {
  auto plan = node(Plan::Kind::kJoin, {left, right});
  plan->schema.insert(plan->schema.end(), right->schema.begin(), right->schema.end());
  plan->join_kind = kind;
  plan->left_keys = std::move(left_keys);
  plan->right_keys = std::move(right_keys);
  plan->predicate = std::move(residual);
  return plan;
}

inline Aggregate aggregate_of(AggregateKind kind, ExpressionPtr argument = nullptr,
                              Type type = Type::kInt64) {
  Aggregate one;
  one.kind = kind;
  one.argument = std::move(argument);
  one.type = type;
  return one;
}

inline Rows rows_of(const RowCollector& collector) {
  Rows rows;
  for (const auto& batch : collector.batches()) {
    for (std::size_t i = 0; i < batch.num_rows; ++i) {
      Row& row = rows.emplace_back();
      for (const auto& cells : batch.columns) {
        row.push_back(cells.value_at(i));
      }
    }
  }
  return rows;
}

// The plan over what `change` makes of its tables.
template <class F>
PlanPtr with_tables(const PlanPtr& plan, F change) {
  auto copy = std::make_shared<Plan>(*plan);
  if (copy->table != nullptr) {
    copy->table = change(copy->table);
  }
  for (auto& input : copy->inputs) {
    input = with_tables(input, change);
  }
  return copy;
}

struct Outcome {
  Rows rows;
  ExecuteStatistics statistics;
};

inline Result<Outcome> run(const PlanPtr& plan, ExecuteOptions options = {}) {
  RowCollector collector;
  auto statistics = execute(plan, options, collector);
  if (!statistics) {
    return tl::unexpected<Error>(statistics.error());
  }
  EXPECT_EQ(collector.schema(), plan->schema);
  return Outcome{rows_of(collector), std::move(*statistics)};
}

inline std::string text_of(const Value& value) {
  switch (value.type) {
    case Type::kNull:
      return "null";
    case Type::kDouble:
      return std::to_string(value.number);
    case Type::kAddress:
      return to_string(value.address);
    case Type::kString:
      return "'" + value.text + "'";
    default:
      return std::to_string(value.integer);
  }
}

inline std::string text_of(const Row& row) {
  std::string text;
  for (const Value& value : row) {
    text += text.empty() ? "" : ", ";
    text += text_of(value);
  }
  return text;
}

// Equal cells; doubles to 12 digits.
inline bool is_equal(const Value& a, const Value& b) {
  if (a.type == Type::kDouble && b.type == Type::kDouble && !std::isnan(a.number)) {
    return a.number == b.number ||
           std::fabs(a.number - b.number) <= 1e-12 * std::max(1.0, std::fabs(b.number));
  }
  return a.type == b.type && compare(a, b) == 0;
}

inline void expect_rows(const Rows& actual, const Rows& expected, std::string_view what) {
  EXPECT_EQ(actual.size(), expected.size()) << what;
  int num_shown = 0;
  for (std::size_t i = 0; i < std::min(actual.size(), expected.size()) && num_shown < 5; ++i) {
    bool is_same = actual[i].size() == expected[i].size();
    for (std::size_t c = 0; is_same && c < actual[i].size(); ++c) {
      is_same = is_equal(actual[i][c], expected[i][c]);
    }
    if (!is_same) {
      ADD_FAILURE() << what << ", row " << i << "\n  is  " << text_of(actual[i]) << "\n  not "
                    << text_of(expected[i]);
      ++num_shown;
    }
  }
}

// Rows of a plan that must not fail.
inline Rows rows_of_one_run(const PlanPtr& plan, std::size_t num_threads = 1) {
  ExecuteOptions options;
  options.num_threads = num_threads;
  auto outcome = run(plan, options);
  if (!outcome) {
    ADD_FAILURE() << outcome.error().message;
    return {};
  }
  return std::move(outcome->rows);
}

// The same of a plan that gives the same over coded columns, and over groups of the table.
inline Rows rows_of(const PlanPtr& plan, std::size_t num_threads = 1) {
  Rows rows = rows_of_one_run(plan, num_threads);
  for (const auto& [name, make] : other_tables()) {
    expect_rows(rows_of_one_run(with_tables(plan, make), num_threads), rows, name);
  }
  return rows;
}

// A value of `type` out of about `variety` different ones; null now and then.
inline Value random_value(Type type, std::size_t variety, Random& random, double nulls = 0.1) {
  if (type == Type::kNull || random.chance(nulls)) {
    return Value::null();
  }
  const auto n = static_cast<std::int64_t>(random.below(variety));
  switch (type) {
    case Type::kBool:
      return Value::of_bool(n % 2 != 0);
    case Type::kInt64:
      return Value::of_int(n % 5 == 4 ? -n : n);
    case Type::kTime:
      return Value::of_time(1'600'000'000'000 + n * 1000);
    case Type::kInterval:
      return Value::of_interval(n * 60'000);
    case Type::kDouble:
      return Value::of_double(static_cast<double>(n) / 4 - 3);
    case Type::kAddress:
      return Value::of_address(
          n % 3 == 0 ? IpAddress{0x2001'0db8'0000'0000 + static_cast<std::uint64_t>(n),
                                 static_cast<std::uint64_t>(n) << 60}
                     : IpAddress::from_v4(0x0a00'0000 + static_cast<std::uint32_t>(n)));
    default:
      // Lengths around those where short texts might be held otherwise; one is empty.
      return Value::of_string(
          n == 0 ? "" : std::string(static_cast<std::size_t>(n % 23), 'x') + std::to_string(n));
  }
}

inline Rows random_rows(const Schema& schema, std::size_t num_rows, std::size_t variety,
                        Random& random, double nulls = 0.1) {
  Rows rows(num_rows);
  for (Row& row : rows) {
    for (const Field& field : schema) {
      row.push_back(random_value(field.type, variety, random, nulls));
    }
  }
  return rows;
}

inline const Type kAllTypes[] = {Type::kBool,     Type::kInt64,   Type::kDouble, Type::kTime,
                                 Type::kInterval, Type::kAddress, Type::kString};

}  // namespace weir::query::fixture

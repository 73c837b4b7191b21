#include "query/condition.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "column/memory_table.h"
#include "query/evaluate.h"

namespace weir::query {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::shared_ptr<column::Table> one_column() {
  using column::Value;
  const std::vector<std::vector<Value>> rows{{Value::of_int(1)}, {Value::of_int(7)}, {Value()}};
  return column::MemoryTable::from_rows({{"bytes", column::Type::kInt64}}, rows);
}

TEST(Condition, NamesItsColumnsAndChoosesRows) {
  const auto condition = bind_condition("bytes > 5 -- large", one_column(), {});
  ASSERT_TRUE(condition.has_value()) << condition.error().message;
  EXPECT_THAT(condition->columns, ElementsAre("bytes"));
  column::Batch batch;
  batch.num_rows = 2;
  batch.columns.emplace_back().reset(column::Type::kInt64, 2);
  batch.columns[0].data<std::int64_t>()[0] = 5;
  batch.columns[0].data<std::int64_t>()[1] = 6;
  Evaluator evaluator;
  std::vector<std::uint32_t> chosen;
  ASSERT_TRUE(evaluator.select(*condition->predicate, batch, chosen).has_value());
  EXPECT_THAT(chosen, ElementsAre(1));
}

TEST(Condition, ErrorsPointIntoTheTextGiven) {
  const auto condition = bind_condition("bytez > 5", one_column(), {});
  ASSERT_FALSE(condition.has_value());
  EXPECT_THAT(condition.error().message, HasSubstr("bytes"));
  ASSERT_TRUE(condition.error().span.has_value());
  EXPECT_EQ(condition.error().span->begin, 0U);
  EXPECT_EQ(condition.error().span->end, 5U);
}

TEST(Condition, IsNothingThatEndsItsBracket) {
  EXPECT_FALSE(bind_condition("bytes > 5) UNION SELECT (1", one_column(), {}).has_value());
  EXPECT_FALSE(bind_condition("", one_column(), {}).has_value());
  EXPECT_FALSE(bind_condition("bytes > 1) LIMIT (3", one_column(), {}).has_value());
}

}  // namespace
}  // namespace weir::query

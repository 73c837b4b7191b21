#include "column/column.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

namespace weir::column {
namespace {

Column integers(const std::vector<std::int64_t>& values) {
  Column column;
  column.reset(Type::kInt64, values.size());
  std::copy(values.begin(), values.end(), column.data<std::int64_t>());
  return column;
}

Column texts(const std::vector<std::string>& values) {
  Column column;
  column.reset(Type::kString, values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    column.data<std::string_view>()[i] = column.arena().copy(values[i]);
  }
  return column;
}

const std::vector<Value>& one_of_each() {
  static const std::vector<Value> kValues{
      Value::of_bool(true),    Value::of_int(-7),          Value::of_double(2.5),
      Value::of_time(1000),    Value::of_interval(60'000), Value::of_address({1, 2}),
      Value::of_string("web"),
  };
  return kValues;
}

TEST(Column, StorageIsAlignedAndKeptFromBatchToBatch) {
  Column column;
  column.reset(Type::kAddress, 2048);
  const void* const storage = column.data<IpAddress>();
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(storage) % 64, 0U);
  column.set_null(5);
  column.reset(Type::kInt64, 100);
  EXPECT_EQ(column.data<std::int64_t>(), storage);
  EXPECT_FALSE(column.has_nulls());
  EXPECT_FALSE(column.is_null(5));
}

TEST(Column, NullsAreBitsOfAMask) {
  Column column = integers(std::vector<std::int64_t>(130, 1));
  EXPECT_FALSE(column.has_nulls());
  for (const std::size_t row : {0U, 63U, 64U, 129U}) {
    column.set_null(row);
  }
  EXPECT_EQ(column.null_mask()[0], 0x8000'0000'0000'0001U);
  EXPECT_EQ(column.null_mask()[1], 1U);
  EXPECT_EQ(column.null_mask()[2], 2U);
  EXPECT_TRUE(column.is_null(129));
  EXPECT_FALSE(column.is_null(128));
  EXPECT_TRUE(column.value_at(64).is_null());
}

TEST(Column, ANullStringIsAnEmptyView) {
  Column column = texts({"a", "b"});
  column.set_null(1);
  EXPECT_TRUE(column.data<std::string_view>()[1].empty());
}

TEST(Column, ATypeOfNullIsNullEverywhere) {
  Column column;
  column.reset(Type::kNull, 3);
  EXPECT_EQ(column.size(), 3U);
  EXPECT_TRUE(column.is_null(2));
  EXPECT_TRUE(column.value_at(0).is_null());
}

TEST(Column, ConstantsStandForAllRowsOfEveryType) {
  for (const Value& value : one_of_each()) {
    Column column;
    column.reset_constant(value, 70);
    EXPECT_TRUE(column.is_constant());
    EXPECT_EQ(column.size(), 70U);
    EXPECT_EQ(column.value_at(69), value) << name_of(value.type);
    column.flatten();
    EXPECT_FALSE(column.is_constant());
    for (std::size_t row = 0; row < 70; ++row) {
      ASSERT_EQ(column.value_at(row), value) << name_of(value.type) << " row " << row;
    }
  }
}

TEST(Column, AConstantOfNoRowsFlattens) {
  for (const Value& value : one_of_each()) {
    Column column;
    column.reset_constant(value, 0);
    column.flatten();
    EXPECT_EQ(column.size(), 0U);
    EXPECT_FALSE(column.is_constant());
  }
}

TEST(Column, ANullConstantFlattensToNulls) {
  for (const Value& value : one_of_each()) {
    Column column;
    column.reset_constant(value.type, 100);
    column.set_null(0);
    EXPECT_TRUE(column.is_null(99));
    column.flatten();
    for (std::size_t row = 0; row < 100; ++row) {
      ASSERT_TRUE(column.is_null(row)) << name_of(value.type);
    }
  }
}

TEST(Column, AConstantWithAClearMaskFlattensToValues) {
  Column column;
  column.reset_constant(Value::of_int(4), 1000);
  column.start_nulls();
  column.flatten();
  EXPECT_EQ(column.value_at(999), Value::of_int(4));
}

TEST(Column, GatherTakesValuesAndNullsInOrder) {
  Column source = integers({10, 11, 12, 13});
  source.set_null(2);
  const std::vector<std::uint32_t> rows{3, 2, 0, 3, 2};
  Column column;
  column.gather(source, rows);
  ASSERT_EQ(column.size(), 5U);
  EXPECT_EQ(column.value_at(0), Value::of_int(13));
  EXPECT_TRUE(column.is_null(1));
  EXPECT_EQ(column.value_at(2), Value::of_int(10));
  EXPECT_EQ(column.value_at(3), Value::of_int(13));
  EXPECT_TRUE(column.is_null(4));
}

TEST(Column, GatherKnowsEveryType) {
  const std::vector<std::uint32_t> rows{1, 1, 0};
  for (const Value& value : one_of_each()) {
    Column source;
    source.reset_constant(value, 2);
    source.flatten();
    source.set_null(0);
    Column column;
    column.gather(source, rows);
    EXPECT_EQ(column.type(), value.type);
    EXPECT_EQ(column.value_at(0), value);
    EXPECT_EQ(column.value_at(1), value);
    EXPECT_TRUE(column.is_null(2));
  }
}

TEST(Column, GatherKeepsConstants) {
  Column source;
  source.reset_constant(Value::of_string("abc"), 9);
  const std::vector<std::uint32_t> rows{8, 0};
  Column column;
  column.gather(source, rows);
  EXPECT_TRUE(column.is_constant());
  EXPECT_EQ(column.size(), 2U);
  EXPECT_EQ(column.value_at(1), Value::of_string("abc"));

  source.reset_constant(Type::kAddress, 9);
  source.set_null(0);
  column.gather(source, rows);
  EXPECT_EQ(column.type(), Type::kAddress);
  EXPECT_TRUE(column.is_null(1));
}

TEST(Column, GatherOfNothingIsEmpty) {
  Column column;
  column.gather(texts({"a"}), {});
  EXPECT_EQ(column.size(), 0U);
  EXPECT_EQ(column.type(), Type::kString);
}

TEST(Column, CopiesOwnTheirText) {
  Column column;
  {
    std::string text = "outside of any arena, longer than a small string";
    Column source;
    source.reset(Type::kString, 2);
    source.data<std::string_view>()[0] = text;
    source.set_null(1);
    column.copy_from(source);
    text.assign(text.size(), 'x');
  }
  EXPECT_EQ(column.value_at(0),
            Value::of_string("outside of any arena, longer than a small string"));
  EXPECT_TRUE(column.is_null(1));
}

TEST(Column, CopiesConstantsAsConstants) {
  Column source;
  source.reset_constant(Value::of_double(0.5), 12);
  Column column = integers({1, 2, 3});
  column.copy_from(source);
  EXPECT_TRUE(column.is_constant());
  EXPECT_EQ(column.size(), 12U);
  EXPECT_EQ(column.value_at(11), Value::of_double(0.5));
}

TEST(Column, WhatWasMovedFromCanBeUsedAgain) {
  Column first = texts({"kept", "text"});
  first.set_null(1);
  Column second = std::move(first);
  first.reset(Type::kString, 1);  // NOLINT(bugprone-use-after-move): what is tested
  first.data<std::string_view>()[0] = first.arena().copy("overwriting");
  EXPECT_EQ(second.value_at(0), Value::of_string("kept"));
  EXPECT_TRUE(second.is_null(1));
  EXPECT_EQ(first.value_at(0), Value::of_string("overwriting"));
  first = std::move(second);
  EXPECT_EQ(first.size(), 2U);
  EXPECT_EQ(second.size(), 0U);  // NOLINT(bugprone-use-after-move)
}

TEST(Column, ShrinksAfterAFilter) {
  Column column = integers({1, 2, 3});
  column.set_size(1);
  EXPECT_EQ(column.size(), 1U);
  EXPECT_EQ(column.value_at(0), Value::of_int(1));
}

std::shared_ptr<const CodeTable> table_of(Column values) {
  auto space = std::make_shared<CodeSpace>();
  space->size = static_cast<std::uint32_t>(values.size());
  auto table = std::make_shared<CodeTable>();
  table->space = std::move(space);
  table->values = std::move(values);
  return table;
}

TEST(CodedColumn, GivesTheValuesOfItsCodes) {
  Column values = texts({"a", "b", ""});
  values.set_null(2);
  const auto table = table_of(std::move(values));
  const std::vector<std::uint32_t> codes{1, 2, 0, 1};
  Column column;
  column.reset_coded(table, codes.data(), codes.size());
  EXPECT_TRUE(column.is_coded());
  EXPECT_FALSE(column.is_constant());
  EXPECT_EQ(column.type(), Type::kString);
  EXPECT_EQ(column.size(), 4U);
  EXPECT_EQ(column.codes(), codes.data());
  EXPECT_TRUE(column.has_nulls());
  EXPECT_TRUE(column.is_null(1));
  EXPECT_FALSE(column.is_null(0));
  EXPECT_EQ(column.value_at(0), Value::of_string("b"));
  EXPECT_EQ(column.value_at(1), Value::null());
  column.set_size(3);
  EXPECT_EQ(column.size(), 3U);
}

TEST(CodedColumn, FlattensToStoredValuesOfEveryType) {
  for (const Value& value : one_of_each()) {
    Column values;
    values.reset_constant(value, 3);
    values.flatten();
    values.set_null(1);
    const std::vector<std::uint32_t> codes{2, 1, 0};
    Column column;
    column.reset_coded(table_of(std::move(values)), codes.data(), codes.size());
    Column copy;
    copy.copy_from(column);
    column.flatten();
    for (const Column* one : {&column, &copy}) {
      EXPECT_FALSE(one->is_coded());
      EXPECT_EQ(one->value_at(0), value);
      EXPECT_TRUE(one->is_null(1));
      EXPECT_EQ(one->value_at(2), value);
    }
  }
}

TEST(CodedColumn, GathersCodesOfItsOwn) {
  const auto table = table_of(integers({10, 11, 12}));
  std::vector<std::uint32_t> codes{0, 1, 2, 2};
  Column column;
  column.reset_coded(table, codes.data(), codes.size());
  Column some;
  some.gather(column, std::vector<std::uint32_t>{3, 0});
  codes.assign(4, 1);
  Column moved = std::move(some);
  ASSERT_TRUE(moved.is_coded());
  EXPECT_EQ(moved.code_table(), table);
  EXPECT_EQ(moved.value_at(0), Value::of_int(12));
  EXPECT_EQ(moved.value_at(1), Value::of_int(10));
  moved.flatten();
  EXPECT_EQ(moved.data<std::int64_t>()[0], 12);
}

// A text and whole numbers by code.
class TwoColumns final : public DeferredValues {
 public:
  const std::shared_ptr<const CodeSpace>& space() const override { return space_; }
  void read(std::size_t member, std::span<const std::uint32_t> codes, Column& out) const override {
    for (std::size_t i = 0; i < codes.size(); ++i) {
      if (codes[i] == 0) {
        out.set_null(i);
      } else if (member == 0) {
        out.put(i, Value::of_string("text " + std::to_string(codes[i])));
      } else {
        out.put(i, Value::of_int(codes[i] * 10));
      }
    }
  }

 private:
  std::shared_ptr<const CodeSpace> space_ = std::make_shared<const CodeSpace>(CodeSpace{1000});
};

TEST(DeferredColumn, IsReadWhenItIsFlattenedOrCopied) {
  const TwoColumns values;
  const std::vector<std::uint32_t> codes{3, 0, 3, 999};
  Column text;
  text.reset_deferred(Type::kString, values, 0, codes.data(), codes.size());
  EXPECT_TRUE(text.is_deferred());
  EXPECT_FALSE(text.is_coded());
  EXPECT_EQ(text.type(), Type::kString);
  EXPECT_EQ(text.size(), 4U);
  Column copy;
  copy.copy_from(text);
  text.flatten();
  for (const Column* one : {&text, &copy}) {
    EXPECT_FALSE(one->is_deferred());
    EXPECT_EQ(one->value_at(0), Value::of_string("text 3"));
    EXPECT_TRUE(one->is_null(1));
    EXPECT_EQ(one->value_at(3), Value::of_string("text 999"));
  }
  text.reset(Type::kInt64, 1);
  EXPECT_FALSE(text.is_deferred());
}

TEST(DeferredColumn, GathersCodesOfItsOwn) {
  const TwoColumns values;
  std::vector<std::uint32_t> codes{1, 2, 0};
  Column numbers;
  numbers.reset_deferred(Type::kInt64, values, 1, codes.data(), codes.size());
  Column some;
  some.gather(numbers, std::vector<std::uint32_t>{2, 1});
  codes.assign(3, 7);
  Column moved = std::move(some);
  ASSERT_TRUE(moved.is_deferred());
  moved.flatten();
  EXPECT_TRUE(moved.is_null(0));
  EXPECT_EQ(moved.value_at(1), Value::of_int(20));
}

TEST(CodedColumn, HoldsItsTableUntilItIsFilledAgain) {
  auto table = table_of(texts({"a text that lies in the arena of the table"}));
  const std::uint32_t code = 0;
  Column column;
  column.reset_coded(table, &code, 1);
  const std::weak_ptr<const CodeTable> watched = table;
  table.reset();
  column.flatten();
  EXPECT_EQ(column.data<std::string_view>()[0], "a text that lies in the arena of the table");
  EXPECT_FALSE(watched.expired());
  column.reset(Type::kInt64, 1);
  EXPECT_TRUE(watched.expired());
}

}  // namespace
}  // namespace weir::column

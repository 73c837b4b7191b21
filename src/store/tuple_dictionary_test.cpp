#include "store/tuple_dictionary.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>
#include <vector>

#include "store/value_dictionary.h"

namespace weir::store {
namespace {

using column::Column;
using column::Type;
using column::Value;

// Values of each kind of slot: short and long ones, texts that differ in one byte alone.
std::vector<std::vector<Value>> sample_values() {
  std::vector<std::vector<Value>> values(4);
  for (const std::size_t size : {0, 1, 3, 4, 7, 8, 9, 16, 17, 23, 24, 25, 40}) {
    std::string text(size, 'x');
    values[0].push_back(Value::of_string(text));
    for (const std::size_t place : {std::size_t{0}, size / 2, size - 1}) {
      if (place < size) {
        text[place] = 'y';
        values[0].push_back(Value::of_string(text));
        text[place] = 'x';
      }
    }
  }
  for (int i = 0; i < 3000; ++i) {
    values[0].push_back(Value::of_string("eni-0" + std::to_string(1'000'000 + i * 7)));
    values[1].push_back(
        Value::of_address(IpAddress::from_v4(static_cast<std::uint32_t>(i) * 2'654'435'761U)));
    // The lower half of an IPv4 address, and of one another.
    values[1].push_back(
        Value::of_address(IpAddress{0x2600'0000'0000'0000, values[1].back().address.low}));
    values[1].push_back(Value::of_address(IpAddress{static_cast<std::uint64_t>(i) + 1, 7}));
    values[2].push_back(Value::of_int(i));
    values[2].push_back(Value::of_int((std::int64_t{1} << 32) + i));
    values[2].push_back(Value::of_int(-i));
  }
  values[3] = {Value::of_int(2)};
  return values;
}

std::string text_of(const Value& value) {
  return "=" + value.text + "/" + std::to_string(value.integer) + "/" + to_string(value.address);
}

TEST(TupleDictionaryTest, EqualRowsHaveEqualCodesAndCodesGiveTheirValues) {
  const auto values = sample_values();
  const std::vector<Type> types{Type::kString, Type::kAddress, Type::kInt64, Type::kInt64};
  TupleDictionary dictionary(types);
  std::map<std::vector<std::string>, std::uint32_t> known;
  std::mt19937_64 random(7);
  for (int batch = 0; batch < 40; ++batch) {
    constexpr std::size_t kRows = 700;
    std::vector<Column> columns(types.size());
    std::vector<const Column*> pointers;
    for (std::size_t m = 0; m < types.size(); ++m) {
      columns[m].reset(types[m], kRows);
      // Some batches repeat one value, some lack a column.
      const bool is_one = random() % 4 == 0;
      const std::size_t one = random() % values[m].size();
      for (std::size_t row = 0; row < kRows; ++row) {
        const std::size_t place =
            is_one ? one : random() % std::min<std::size_t>(values[m].size(), 3000);
        if (random() % 50 == 0) {
          columns[m].set_null(row);
        } else {
          columns[m].put(row, values[m][place]);
        }
      }
      pointers.push_back(random() % 10 == 0 ? nullptr : &columns[m]);
    }
    std::vector<std::uint32_t> rows;
    for (std::uint32_t row = 0; row < kRows; ++row) {
      if (batch % 2 == 0 || random() % 3 != 0) {
        rows.push_back(row);
      }
    }
    std::vector<std::uint32_t> codes(rows.size());
    dictionary.encode(pointers, batch % 2 == 0 ? nullptr : rows.data(), rows.size(), codes.data());
    for (std::size_t i = 0; i < rows.size(); ++i) {
      std::vector<std::string> tuple;
      for (const Column* column : pointers) {
        tuple.push_back(column == nullptr || column->is_null(rows[i])
                            ? "null"
                            : text_of(column->value_at(rows[i])));
      }
      const auto [at, is_new] = known.emplace(tuple, codes[i]);
      ASSERT_EQ(at->second, codes[i]) << "batch " << batch << " row " << rows[i];
      if (is_new) {
        ASSERT_EQ(codes[i], known.size() - 1) << "codes count from 0 in the order they come";
      }
      const std::uint32_t text = dictionary.value_code(codes[i], 0);
      ASSERT_EQ(text == 0 ? "null"
                          : text_of(Value::of_string(std::string(dictionary.member(0).text(text)))),
                tuple[0]);
    }
  }
  EXPECT_EQ(dictionary.size(), known.size());
}

}  // namespace
}  // namespace weir::store

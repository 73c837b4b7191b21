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

// Values by code, as a scan that defers has them.
class SampleValues final : public column::DeferredValues {
 public:
  SampleValues(const std::vector<std::vector<Value>>& values, std::uint64_t seed)
      : space_(std::make_shared<const column::CodeSpace>(column::CodeSpace{500})) {
    std::mt19937_64 random(seed);
    for (std::size_t code = 0; code < space_->size; ++code) {
      std::vector<Value>& tuple = tuples_.emplace_back();
      for (const auto& of_member : values) {
        tuple.push_back(random() % 20 == 0 ? Value::null()
                                           : of_member[random() % of_member.size()]);
      }
    }
  }

  const std::shared_ptr<const column::CodeSpace>& space() const override { return space_; }
  void read(std::size_t member, std::span<const std::uint32_t> codes, Column& out) const override {
    for (std::size_t i = 0; i < codes.size(); ++i) {
      out.put(i, tuples_[codes[i]][member]);
    }
  }

 private:
  std::shared_ptr<const column::CodeSpace> space_;
  std::vector<std::vector<Value>> tuples_;
};

// Of deferred columns the same codes come, and in the same order, as of the values themselves:
// whether codes are new or known, all rows are wanted or some, all columns are deferred or some.
TEST(TupleDictionaryTest, TakesDeferredColumnsAsTheirValues) {
  const auto values = sample_values();
  const std::vector<Type> types{Type::kString, Type::kAddress, Type::kInt64, Type::kInt64};
  TupleDictionary stored(types);
  TupleDictionary deferred(types);
  std::mt19937_64 random(11);
  std::vector<SampleValues> spaces;
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    spaces.emplace_back(values, seed);
  }
  for (int batch = 0; batch < 60; ++batch) {
    constexpr std::size_t kRows = 700;
    const SampleValues& source = spaces[static_cast<std::size_t>(batch) / 10 % spaces.size()];
    std::vector<std::uint32_t> given(kRows);
    for (std::uint32_t& code : given) {
      code = static_cast<std::uint32_t>(random() % 500);
    }
    std::vector<Column> columns(types.size());
    std::vector<Column> flat(types.size());
    std::vector<const Column*> pointers;
    std::vector<const Column*> flat_pointers;
    const bool lacks_one = batch % 7 == 0;
    for (std::size_t m = 0; m < types.size(); ++m) {
      columns[m].reset_deferred(types[m], source, m, given.data(), kRows);
      flat[m].copy_from(columns[m]);
      if (batch % 5 == 0 && m == 1) {  // this one has been read already
        columns[m].flatten();
      }
      pointers.push_back(lacks_one && m == 2 ? nullptr : &columns[m]);
      flat_pointers.push_back(lacks_one && m == 2 ? nullptr : &flat[m]);
    }
    std::vector<std::uint32_t> rows;
    for (std::uint32_t row = 0; row < kRows; ++row) {
      if (batch % 2 == 0 || random() % 3 != 0) {
        rows.push_back(row);
      }
    }
    std::vector<std::uint32_t> expected(rows.size());
    std::vector<std::uint32_t> codes(rows.size());
    const std::uint32_t* const wanted = batch % 2 == 0 ? nullptr : rows.data();
    stored.encode(flat_pointers, wanted, rows.size(), expected.data());
    deferred.encode(pointers, wanted, rows.size(), codes.data());
    ASSERT_EQ(codes, expected) << "batch " << batch;
  }
  EXPECT_EQ(deferred.size(), stored.size());
}

}  // namespace
}  // namespace weir::store

#include "store/tail.h"

#include <gtest/gtest.h>

#include <random>

#include "store/batch_bytes.h"
#include "store/hex_example.h"

namespace weir::store {
namespace {

using column::Type;
using column::Value;

TailRecord some_record(std::mt19937_64& random) {
  TailRecord record;
  record.table = random() % 2 == 0 ? "flows" : "";
  record.first_ordinal = random() >> (random() % 64);
  for (std::uint64_t i = random() % 3; i > 0; --i) {
    SourceMeta& source = record.sources.emplace_back();
    source.id[0] = static_cast<std::uint8_t>(random());
    source.table = record.table;
    source.name = "s3://logs/" + std::to_string(random() % 1000);
    source.num_rows = random() % 100'000;
    source.taken_ms = -static_cast<std::int64_t>(random() % 5000);
    source.details = std::string(random() % 20, 'd');
  }
  record.batch.num_rows = random() % 400;
  constexpr Type kTypes[] = {Type::kNull, Type::kBool,     Type::kInt64,   Type::kDouble,
                             Type::kTime, Type::kInterval, Type::kAddress, Type::kString};
  for (const Type type : kTypes) {
    column::Column& column = record.batch.columns.emplace_back();
    column.reset(type, record.batch.num_rows);
    for (std::size_t row = 0; row < record.batch.num_rows; ++row) {
      if (type == Type::kNull) {
        continue;
      }
      switch (random() % 8 == 0 ? Type::kNull : type) {
        case Type::kNull:
          column.set_null(row);
          break;
        case Type::kBool:
          column.data<std::uint8_t>()[row] = static_cast<std::uint8_t>(random() % 2);
          break;
        case Type::kDouble:
          column.data<double>()[row] = static_cast<double>(random() % 100) / 8;
          break;
        case Type::kAddress:
          column.data<IpAddress>()[row] = {random() % 3, random()};
          break;
        case Type::kString:
          column.data<std::string_view>()[row] = column.arena().copy(
              std::string(random() % 30, static_cast<char>('a' + random() % 26)));
          break;
        default:
          column.data<std::int64_t>()[row] = static_cast<std::int64_t>(random() >> (random() % 64));
      }
    }
  }
  return record;
}

std::string text_of(const Value& value) {
  switch (value.type) {
    case Type::kNull:
      return "-";
    case Type::kString:
      return value.text;
    case Type::kDouble:
      return std::to_string(value.number);
    case Type::kAddress:
      return std::to_string(value.address.high) + ":" + std::to_string(value.address.low);
    default:
      return std::to_string(value.integer);
  }
}

void expect_same(const TailRecord& read, const TailRecord& written, std::uint64_t seed) {
  ASSERT_EQ(read.table, written.table) << "seed " << seed;
  ASSERT_EQ(read.first_ordinal, written.first_ordinal) << "seed " << seed;
  ASSERT_TRUE(read.sources == written.sources) << "seed " << seed;
  ASSERT_EQ(read.batch.num_rows, written.batch.num_rows) << "seed " << seed;
  for (std::size_t c = 0; c < written.batch.columns.size(); ++c) {
    for (std::size_t row = 0; row < written.batch.num_rows; ++row) {
      ASSERT_EQ(text_of(read.batch.columns[c].value_at(row)),
                text_of(written.batch.columns[c].value_at(row)))
          << "seed " << seed << ", column " << c << ", row " << row;
    }
  }
}

TEST(TailRecordTest, ReadsWhatWasWritten) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    std::mt19937_64 random(seed);
    const TailRecord record = some_record(random);
    std::string bytes;
    write_tail_record(record, bytes);
    const auto read = read_tail_record(bytes);
    ASSERT_TRUE(read) << "seed " << seed << ": " << read.error().message;
    expect_same(*read, record, seed);
  }
}

TEST(TailRecordTest, NoCutAndNoLongerOneIsTakenForARecord) {
  std::mt19937_64 random(7);
  std::string bytes;
  write_tail_record(some_record(random), bytes);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(read_tail_record(std::string_view(bytes).substr(0, size))) << size;
  }
  EXPECT_FALSE(read_tail_record(bytes + '\0'));
}

TEST(TailRecordTest, TheExampleOfTheFormatPageReadsAsItSays) {
  const auto record = read_tail_record(hex_example("docs/formats/write-ahead-log.md"));
  ASSERT_TRUE(record) << record.error().message;
  EXPECT_EQ(record->table, "flows");
  EXPECT_EQ(record->first_ordinal, 300U);
  EXPECT_TRUE(record->sources.empty());
  ASSERT_EQ(record->batch.num_rows, 3U);
  ASSERT_EQ(record->batch.columns.size(), 2U);
  const column::Column& actions = record->batch.columns[0];
  EXPECT_EQ(actions.data<std::string_view>()[0], "ACCEPT");
  EXPECT_EQ(actions.data<std::string_view>()[1], "REJECT");
  EXPECT_TRUE(actions.is_null(2));
  const column::Column& bytes = record->batch.columns[1];
  EXPECT_EQ(bytes.data<std::int64_t>()[0], 40);
  EXPECT_EQ(bytes.data<std::int64_t>()[1], 1500);
  EXPECT_EQ(bytes.data<std::int64_t>()[2], 40);
}

}  // namespace
}  // namespace weir::store

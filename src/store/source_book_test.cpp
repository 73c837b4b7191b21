#include "store/source_book.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/random.h"
#include "store/manifest_fixture.h"

namespace weir::store {
namespace {

using ::testing::HasSubstr;

TEST(SourceBookTest, FindsEachAtItsPlace) {
  SourceBook book;
  for (std::uint64_t number = 0; number < 1000; ++number) {
    EXPECT_FALSE(book.find(source_of(number).id));
    book.append({source_of(number)});
  }
  EXPECT_EQ(book.size(), 1000U);
  for (std::uint64_t number = 0; number < 1000; ++number) {
    EXPECT_EQ(book.find(source_of(number).id), number);
    EXPECT_EQ(book.at(number).value(), source_of(number));
  }
  std::uint64_t seen = 0;
  EXPECT_TRUE(book.visit(300, [&](const SourceMeta& source) {
    EXPECT_EQ(source, source_of(seen++));
    return true;
  }));
  EXPECT_EQ(seen, 300U);
}

TEST(SourceBookTest, BlocksRebuildTheBookWhateverItsSize) {
  for (const std::uint64_t size : {0, 1, 127, 128, 129, 300}) {
    SourceBook book;
    for (std::uint64_t number = 0; number < size; ++number) {
      book.append({source_of(number)});
    }
    SourceBook copy;
    ASSERT_TRUE(
        book.visit_blocks([&](std::string_view block) { return copy.append_block(block); }));
    EXPECT_EQ(copy.size(), size);
    copy.append({source_of(size)});
    for (std::uint64_t number = 0; number <= size; ++number) {
      EXPECT_EQ(copy.find(source_of(number).id), number);
      EXPECT_EQ(copy.at(number).value(), source_of(number));
    }
  }
}

TEST(SourceBookTest, RefusesMalformedAndRepeatedBlocks) {
  SourceBook book;
  for (std::uint64_t number = 0; number < 128; ++number) {
    book.append({source_of(number)});
  }
  std::string block;
  ASSERT_TRUE(book.visit_blocks([&](std::string_view bytes) -> Result<void> {
    block = bytes;
    return {};
  }));
  EXPECT_THAT(book.append_block(block).error().message, HasSubstr("was taken in before"));
  for (std::size_t size = 0; size < block.size(); ++size) {
    SourceBook fresh;
    EXPECT_FALSE(fresh.append_block(std::string_view(block).substr(0, size)));
  }
}

// A million objects of AWS's naming must not take the memory of an ingest.
TEST(SourceBookTest, TakesFewBytesASource) {
  SourceBook book;
  Random random(2);
  constexpr std::uint64_t kSources = 50'000;
  for (std::uint64_t number = 0; number < kSources; ++number) {
    SourceMeta source = source_of(number);
    for (auto& byte : source.id) {
      byte = static_cast<std::uint8_t>(random.below(256));
    }
    source.name = fmt::format(
        "AWSLogs/111122223333/vpcflowlogs/eu-central-1/2026/03/{:02}/111122223333_vpcflowlogs_"
        "eu-central-1_fl-0123456789abcdef0_202603{:02}T{:02}{:02}Z_{:08x}.log.gz",
        number / 9000 + 1, number / 9000 + 1, number / 375 % 24, number % 12 * 5,
        random.below(UINT32_MAX));
    source.num_rows = random.below(100'000);
    source.num_bytes = source.num_rows * 110;
    source.taken_ms = 1'772'323'200'000 + static_cast<std::int64_t>(number * 1000);
    book.append({source});
  }
  EXPECT_LT(book.memory_bytes() / kSources, 64U) << book.memory_bytes();
  RecordProperty("bytes_a_source", static_cast<int>(book.memory_bytes() / kSources));
}

}  // namespace
}  // namespace weir::store

#include "metric/put_batch.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "metric/metric_fixture.h"
#include "store/hex_example.h"

namespace weir::metric {
namespace {

TEST(PutBatchTest, ThePagesExampleIsTrue) {
  PutBatch batch;
  const std::string bytes = store::hex_example("docs/formats/metric-log.md");
  ASSERT_TRUE(decode_batch(bytes, batch));
  ASSERT_EQ(batch.definitions.size(), 1U);
  SeriesBook book;
  EXPECT_EQ(book.add_encoded(batch.definitions[0].name), 0U);
  EXPECT_EQ(book.metric(0).scope, "1/r");
  EXPECT_EQ(book.metric(0).name_space, "N");
  EXPECT_EQ(book.metric(0).name, "m");
  ASSERT_EQ(batch.items.size(), 1U);
  EXPECT_EQ(batch.items[0].value, 1.5);
  EXPECT_EQ(TimeMs{batch.items[0].time_s} * 1000, kDayStart + kMinuteMs);
  std::string again;
  encode_batch(batch, again);
  EXPECT_EQ(again, bytes);
}

TEST(PutBatchTest, ComesBackAndIsRefusedWhereCut) {
  Random random(1);
  for (int round = 0; round < 100; ++round) {
    PutBatch batch;
    const std::size_t count = random.below(20);
    for (std::size_t i = 0; i < count; ++i) {
      PutBatch::Item item;
      item.series = static_cast<SeriesId>(random.below(1000));
      item.time_s = static_cast<std::uint32_t>(random.next());
      item.is_high_resolution = random.chance(0.5);
      item.form = static_cast<PutBatch::Form>(random.below(3));
      if (item.form == PutBatch::Form::kValue) {
        item.value = random.chance(0.5) ? static_cast<double>(random.below(100)) : random.uniform();
      } else if (item.form == PutBatch::Form::kStatistics) {
        item.first = static_cast<std::uint32_t>(batch.sets.size());
        batch.sets.push_back({random.uniform(), 1, 2, 3});
      } else {
        item.first = static_cast<std::uint32_t>(batch.values.size());
        item.num_values = static_cast<std::uint32_t>(random.below(10));
        for (std::uint32_t j = 0; j < item.num_values; ++j) {
          batch.values.push_back({random.uniform(), 1});
        }
      }
      batch.items.push_back(item);
    }
    std::string bytes;
    encode_batch(batch, bytes);
    PutBatch back;
    ASSERT_TRUE(decode_batch(bytes, back));
    ASSERT_EQ(back.items.size(), batch.items.size());
    for (std::size_t i = 0; i < count; ++i) {
      EXPECT_EQ(back.items[i].series, batch.items[i].series);
      EXPECT_EQ(back.items[i].time_s, batch.items[i].time_s);
      EXPECT_EQ(back.items[i].value, batch.items[i].value);
      EXPECT_EQ(back.items[i].form, batch.items[i].form);
      EXPECT_EQ(back.items[i].is_high_resolution, batch.items[i].is_high_resolution);
    }
    EXPECT_EQ(back.values, batch.values);
    for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
      EXPECT_FALSE(decode_batch(std::string_view(bytes).substr(0, cut), back));
    }
  }
}

}  // namespace
}  // namespace weir::metric

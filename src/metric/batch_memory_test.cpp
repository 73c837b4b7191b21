#include "metric/batch_memory.h"

#include <thread>

#include "metric/metric_fixture.h"

namespace weir::metric {
namespace {

constexpr const char* kScope = "1/r";
constexpr const char* kUuid = "123e4567-e89b-42d3-a456-426614174000";

TEST(BatchKey, UuidsAlone) {
  const auto key = batch_key(kScope, kUuid);
  ASSERT_TRUE(key);
  EXPECT_EQ(key->low, 0xa456426614174000U);
  EXPECT_EQ(batch_key(kScope, "123E4567-E89B-42D3-A456-426614174000"), key);
  EXPECT_NE(batch_key("2/r", kUuid), key) << "another account's";
  for (const char* text :
       {"", "x", "123e4567-e89b-42d3-a456-42661417400", "123e4567xe89b-42d3-a456-426614174000",
        "123e4567-e89b-42d3-a456-42661417400g", "123e4567-e89b-42d3-a456-4266141740000"}) {
    EXPECT_FALSE(batch_key(kScope, text)) << text;
  }
}

TEST(BatchMemory, KeepsTwoHoursAndNoMoreThanItMay) {
  BatchMemory memory;
  memory.add({1, 1}, 1'000);
  memory.add({2, 2}, 1'000 + BatchMemory::kKeptS);
  EXPECT_TRUE(memory.holds({1, 1}));
  memory.add({3, 3}, 1'001 + BatchMemory::kKeptS);
  EXPECT_FALSE(memory.holds({1, 1}));
  EXPECT_TRUE(memory.holds({2, 2}));
  for (std::uint64_t i = 0; i < BatchMemory::kMaxBatches; ++i) {
    memory.add({4, i}, 20'000);
  }
  EXPECT_EQ(memory.entries().size(), BatchMemory::kMaxBatches);
  EXPECT_FALSE(memory.holds({3, 3}));
  EXPECT_TRUE(memory.holds({4, 0}));
}

class NamedBatches : public MetricFixture {
 protected:
  Result<void> put_named(std::string_view uuid, double value = 1) {
    const Datum datum = value_at("m", kDayStart, value);
    return store_->put(kScope, "N", {&datum, 1}, batch_key(kScope, uuid));
  }
  double count() { return read("m", kDayStart, kDayStart + kHourMs, 3'600).aggregates[0].count; }
};

TEST_F(NamedBatches, CountOnceOverRestartsAndSeals) {
  open();
  ASSERT_TRUE(put_named(kUuid));
  ASSERT_TRUE(put_named(kUuid));
  EXPECT_EQ(count(), 1);
  EXPECT_EQ(store_->usage().repeated_batches, 1U);
  open();  // as after a kill
  ASSERT_TRUE(put_named(kUuid));
  EXPECT_EQ(count(), 1);
  ASSERT_TRUE(store_->seal());  // the record that had it goes
  open();
  ASSERT_TRUE(put_named(kUuid));
  EXPECT_EQ(count(), 1);
  ASSERT_TRUE(put_named("223e4567-e89b-42d3-a456-426614174000"));
  ASSERT_TRUE(store_->seal());
  ASSERT_TRUE(store_->seal());  // with nothing to seal
  open();
  ASSERT_TRUE(put_named(kUuid));
  ASSERT_TRUE(put_named("223e4567-e89b-42d3-a456-426614174000"));
  EXPECT_EQ(count(), 2);
  clock_.advance_ms((BatchMemory::kKeptS + 1) * 1'000);
  ASSERT_TRUE(put_named("323e4567-e89b-42d3-a456-426614174000"));
  ASSERT_TRUE(put_named(kUuid));  // forgotten, and counted as a new one
  EXPECT_EQ(count(), 4);
}

// Whatever call of the file system fails: told to have failed, a batch may be sent again, and
// counts once.
TEST_F(NamedBatches, AFailedCallMayBeRepeated) {
  std::uint64_t num_calls = 0;
  for (std::uint64_t nth = 0; nth == 0 || nth <= num_calls; ++nth) {
    SCOPED_TRACE("call " + std::to_string(nth) + " fails");
    io::FaultyFileSystem files(nth + 1);
    ManualClock clock(kDayStart);
    MetricOpenReport report;
    auto store = *MetricStore::open(files, "data", clock, {}, report);
    if (nth > 0) {
      io::FileFault fault;
      fault.nth = files.num_calls() + nth;
      files.inject(fault);
    }
    const std::uint64_t before = files.num_calls();
    for (int i = 0; i < 6; ++i) {
      Datum datum = value_at("m", kDayStart, 1);
      const auto key = batch_key(kScope, "123e4567-e89b-42d3-a456-42661417400" + std::to_string(i));
      int attempts = 0;
      while (!store->put(kScope, "N", {&datum, 1}, key)) {
        ASSERT_LT(++attempts, 5);
      }
      ASSERT_TRUE(store->put(kScope, "N", {&datum, 1}, key)) << "its answer was lost";
      if (i % 2 == 1) {
        attempts = 0;
        while (!store->seal()) {
          ASSERT_LT(++attempts, 5);
        }
      }
    }
    num_calls = std::max(num_calls, files.num_calls() - before);
    files.clear_faults();
    store.reset();
    store = *MetricStore::open(files, "data", clock, {}, report);
    for (int i = 0; i < 6; ++i) {
      Datum datum = value_at("m", kDayStart, 1);
      ASSERT_TRUE(
          store->put(kScope, "N", {&datum, 1},
                     batch_key(kScope, "123e4567-e89b-42d3-a456-42661417400" + std::to_string(i))));
    }
    const auto found = store->find({kScope, "N", "m", {}});
    ASSERT_EQ(found.size(), 1U);
    const auto reading =
        store->read({{found[0].series}}, kDayStart, kDayStart + kHourMs, 3'600, false);
    ASSERT_EQ(reading->aggregates[0].count, 6);
  }
}

TEST_F(NamedBatches, TheSameFromManyThreadsCountsOnce) {
  open();
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 50; ++j) {
        char uuid[40];
        std::snprintf(uuid, sizeof uuid, "123e4567-e89b-42d3-a456-%012d", j);
        EXPECT_TRUE(put_named(uuid));
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(count(), 50);
  EXPECT_EQ(store_->usage().repeated_batches, 7U * 50U);
}

}  // namespace
}  // namespace weir::metric

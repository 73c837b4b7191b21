// Writers, readers and maintenance at once, on real files: nothing is lost, counted twice or seen
// in halves. Meant for ThreadSanitizer too.

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "io/file_system.h"
#include "metric/metric_fixture.h"

namespace weir::metric {
namespace {

TEST(MetricConcurrencyTest, WritersReadersAndMaintenance) {
  constexpr int kWriters = 3;
  constexpr int kCalls = 60;
  constexpr int kDatums = 20;
  const std::string directory =
      ::testing::TempDir() + "metric-concurrency-" + std::to_string(::getpid());
  std::filesystem::remove_all(directory);
  const auto files = io::make_local_file_system();
  const ManualClock clock(kDayStart + 2 * kHourMs);
  MetricStoreOptions options;
  options.max_head_samples = 300;
  MetricOpenReport report;
  auto store = *MetricStore::open(*files, directory, clock, options, report);
  std::atomic<int> num_running = kWriters;
  std::vector<std::thread> threads;
  for (int writer = 0; writer < kWriters; ++writer) {
    threads.emplace_back([&, writer] {
      std::vector<std::string> names;
      for (int i = 0; i < kDatums; ++i) {
        names.push_back("m" + std::to_string((i + writer) % 7));
      }
      for (int call = 0; call < kCalls; ++call) {
        std::vector<Datum> datums(kDatums);
        for (int i = 0; i < kDatums; ++i) {
          datums[static_cast<std::size_t>(i)].name = names[static_cast<std::size_t>(i)];
          datums[static_cast<std::size_t>(i)].value = 1;
          datums[static_cast<std::size_t>(i)].timestamp = kDayStart + call * kMinuteMs;
        }
        EXPECT_TRUE(store->put("1/r", "N", datums));
      }
      --num_running;
    });
  }
  const auto count = [&] {
    std::vector<SeriesId> ids;
    for (int i = 0; i < 7; ++i) {
      for (const auto& found : store->find({"1/r", "N", "m" + std::to_string(i), {}})) {
        ids.push_back(found.series);
      }
    }
    const auto reading = store->read(ids, kDayStart, kDayStart + kDayMs, 86'400, false);
    EXPECT_TRUE(reading);
    return reading ? reading->aggregates[0].count : -1;
  };
  threads.emplace_back([&] {
    double before = 0;
    while (num_running > 0) {
      const double now = count();
      EXPECT_GE(now, before);
      before = now;
      (void)store->list({});
    }
  });
  threads.emplace_back([&] {
    while (num_running > 0) {
      EXPECT_TRUE(store->maintain());
    }
  });
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(count(), kWriters * kCalls * kDatums);
  store.reset();
  store = *MetricStore::open(*files, directory, clock, options, report);
  EXPECT_EQ(count(), kWriters * kCalls * kDatums);
  store.reset();
  std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace weir::metric

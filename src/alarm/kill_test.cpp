// A process that puts datums and alarms is killed at any moment, on real files: what it acknowledged is
// there when the next one opens them, once.

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "alarm/alarm_engine.h"
#include "base/random.h"
#include "io/file_system.h"

namespace weir::alarm {
namespace {

constexpr TimeMs kStart = 1'772'409'600'000;
constexpr const char* kScope = "123456789012/us-west-2";

struct World {
  explicit World(const std::string& directory) {
    metric::MetricStoreOptions options;
    options.max_head_samples = 7;
    metric::MetricOpenReport report;
    auto opened = metric::MetricStore::open(*files, directory + "/metrics", clock, options, report);
    if (opened) {
      store = std::move(*opened);
      table = *AlarmTable::open(directory + "/state.sqlite");
      engine = *AlarmEngine::open(*store, nullptr, *table, clock);
    }
  }
  // One datum or one alarm, by turns; false where it failed.
  bool put(int number) {
    if (number % 4 == 3) {
      MetricAlarm alarm;
      alarm.name = fmt::format("alarm-{:06}", number);
      alarm.metric = metric::MetricStat{{"N", "m", {}}, 60, "Sum", ""};
      alarm.threshold = 1;
      const auto done = engine->put(kScope, alarm);
      return done && *done && store->maintain();
    }
    metric::Datum datum;
    datum.name = "m";
    datum.value = 1;
    datum.timestamp = kStart + number % 60 * 60'000;
    return store->put(kScope, "N", {&datum, 1}).has_value();
  }
  std::pair<int, int> counts() {
    std::vector<metric::SeriesId> ids;
    for (const auto& found : store->find({kScope, "N", "m", {}})) {
      ids.push_back(found.series);
    }
    const auto reading = store->read(ids, kStart, kStart + 86'400'000, 86'400, false);
    return {static_cast<int>(reading->aggregates[0].count),
            static_cast<int>(engine->list(kScope).size())};
  }

  std::unique_ptr<io::FileSystem> files = io::make_local_file_system();
  ManualClock clock{kStart + 3'600'000};
  std::unique_ptr<metric::MetricStore> store;
  std::unique_ptr<AlarmTable> table;
  std::unique_ptr<AlarmEngine> engine;
};

TEST(KillTest, WhatWasAcknowledgedIsThere) {
  const std::string directory = fmt::format("{}kill-test-{}", ::testing::TempDir(), ::getpid());
  std::filesystem::remove_all(directory);
  std::filesystem::create_directories(directory);
  Random random(7);
  int number = 0;
  int num_datums = 0;
  int num_alarms = 0;
  for (int round = 0; round < 20; ++round) {
    SCOPED_TRACE(fmt::format("round {}", round));
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      ::close(ends[0]);
      World world(directory);
      for (int i = number; world.engine != nullptr && world.put(i); ++i) {
        const char ack = 'a';
        if (::write(ends[1], &ack, 1) != 1) {
          break;
        }
      }
      ::_exit(1);
    }
    ::close(ends[1]);
    const std::uint64_t wanted = 1 + random.below(25);
    std::uint64_t num_acks = 0;
    char ack = 0;
    while (num_acks < wanted && ::read(ends[0], &ack, 1) == 1) {
      ++num_acks;
    }
    ::kill(child, SIGKILL);
    while (::read(ends[0], &ack, 1) == 1) {  // those that were on their way here
      ++num_acks;
    }
    ::close(ends[0]);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the writer failed by itself";
    for (std::uint64_t i = 0; i < num_acks; ++i, ++number) {
      ++(number % 4 == 3 ? num_alarms : num_datums);
    }
    World after(directory);
    ASSERT_NE(after.engine, nullptr);
    const auto [datums, alarms] = after.counts();
    ASSERT_GE(datums, num_datums);
    ASSERT_GE(alarms, num_alarms);
    ASSERT_LE(datums + alarms, num_datums + num_alarms + 1);  // one whose answer never came
    if (datums + alarms > num_datums + num_alarms) {
      ++number;
      num_datums = datums;
      num_alarms = alarms;
    }
  }
  std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace weir::alarm

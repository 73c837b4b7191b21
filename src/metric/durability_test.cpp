// What must hold for a metric store when calls fail, the process is killed, power is lost and bits
// flip: each acknowledged datum counts once, nothing else counts. Failures print what reproduces
// them.

#include <fmt/format.h>

#include <map>

#include "base/random.h"
#include "metric/metric_fixture.h"

namespace weir::metric {
namespace {

constexpr const char* kDirectory = "root/metrics";
constexpr int kNumPuts = 24;

// Puts ones, each into one of three series and the next minute, seals and merges now and then.
// Knows what was acknowledged.
class Scenario {
 public:
  explicit Scenario(io::FaultyFileSystem& files) : files_(files) {
    options_.max_head_samples = 1'000'000;
  }

  Result<void> open() {
    store_.reset();
    MetricOpenReport report;
    WEIR_ASSIGN_OR_RETURN(store_, MetricStore::open(files_, kDirectory, clock_, options_, report));
    return {};
  }
  Result<void> put(int number) {
    Datum datum;
    const std::string name = "m" + std::to_string(number % 3);
    datum.name = name;
    datum.value = 1;
    datum.timestamp = kDayStart + number * kMinuteMs;
    return store_->put("1/r", "N", {&datum, 1});
  }
  // Samples that the store answers with, and their sum: both must be as many as were counted.
  Result<double> count() {
    double samples = 0;
    for (int i = 0; i < 3; ++i) {
      const std::string name = "m" + std::to_string(i);
      std::vector<SeriesId> ids;
      for (const auto& found : store_->find({"1/r", "N", name, {}})) {
        ids.push_back(found.series);
      }
      WEIR_ASSIGN_OR_RETURN(const Reading reading,
                            store_->read(ids, kDayStart, kDayStart + kDayMs, 86'400, true));
      samples += reading.aggregates[0].count;
      EXPECT_EQ(reading.aggregates[0].sum, reading.aggregates[0].count);
      EXPECT_EQ(reading.distributions[0].count(), reading.aggregates[0].count);
    }
    return samples;
  }
  static bool seals_after(int number) { return number % 5 == 4; }
  Result<void> seal() {
    WEIR_RETURN_IF_ERROR(store_->seal());
    return store_->maintain();
  }

  ManualClock clock_{kDayStart + kHourMs};

 private:
  io::FaultyFileSystem& files_;
  MetricStoreOptions options_;
  std::unique_ptr<MetricStore> store_;
};

// Runs until it is done however often a call fails; returns how many puts were acknowledged.
int run(Scenario& scenario, const std::function<void(int)>& acknowledged) {
  int num_acknowledged = 0;
  const auto insist = [&](const std::function<Result<void>()>& step) {
    for (int attempt = 0; attempt < 6; ++attempt) {
      if (step()) {
        return true;
      }
    }
    return false;
  };
  EXPECT_TRUE(insist([&] { return scenario.open(); }));
  for (int i = 0; i < kNumPuts; ++i) {
    if (insist([&] { return scenario.put(i); })) {
      acknowledged(++num_acknowledged);
    }
    if (Scenario::seals_after(i)) {
      EXPECT_TRUE(insist([&] { return scenario.seal(); }));
    }
  }
  return num_acknowledged;
}

TEST(MetricDurabilityTest, TheNthCallFails) {
  std::uint64_t num_calls = 0;
  {
    io::FaultyFileSystem files;
    Scenario scenario(files);
    run(scenario, [](int) {});
    num_calls = files.num_calls();
  }
  ASSERT_GT(num_calls, 100U);
  for (std::uint64_t nth = 1; nth <= num_calls; ++nth) {
    for (const ErrorCode code : {ErrorCode::kIo, ErrorCode::kFull}) {
      SCOPED_TRACE(fmt::format("call {} fails, code {}", nth, static_cast<int>(code)));
      io::FaultyFileSystem files(nth);
      io::FileFault fault;
      fault.nth = nth;
      fault.code = code;
      files.inject(fault);
      Scenario scenario(files);
      const int num_acknowledged = run(scenario, [](int) {});
      ASSERT_EQ(num_acknowledged, kNumPuts);
      ASSERT_EQ(scenario.count().value(), num_acknowledged);
      files.clear_faults();
      ASSERT_TRUE(scenario.open());
      ASSERT_EQ(scenario.count().value(), num_acknowledged);
    }
  }
}

TEST(MetricDurabilityTest, KilledOrWithoutPowerAtAnyStep) {
  io::FaultyFileSystem files;
  std::map<std::size_t, int> acknowledged;  // by step
  Scenario scenario(files);
  acknowledged[0] = 0;
  run(scenario, [&](int count) { acknowledged[files.num_steps()] = count; });
  for (std::size_t step = 0; step <= files.num_steps(); ++step) {
    const int promised = std::prev(acknowledged.upper_bound(step))->second;
    for (const std::uint64_t seed : {0, 1, 2, 3}) {
      SCOPED_TRACE(fmt::format("{} after step {}, seed {}", seed == 0 ? "killed" : "power lost",
                               step, seed));
      const auto disk = seed == 0 ? files.after_kill(step) : files.after_power_cut(step, seed);
      Scenario after(*disk);
      const auto opened = after.open();
      ASSERT_TRUE(opened) << opened.error().message;
      const double counted = after.count().value();
      ASSERT_GE(counted, promised);
      ASSERT_LE(counted, promised + 1);  // one that was on its way
      ASSERT_TRUE(after.put(kNumPuts));
      ASSERT_TRUE(after.seal());
      ASSERT_TRUE(after.open());
      ASSERT_EQ(after.count().value(), counted + 1);
    }
  }
}

TEST(MetricDurabilityTest, FlippedBitsAreNoticed) {
  io::FaultyFileSystem files;
  Scenario scenario(files);
  const int num_acknowledged = run(scenario, [](int) {});
  Random random(5);
  int num_noticed = 0;
  for (const std::string& path : files.paths()) {
    const std::uint64_t bits = files.contents(path).size() * 8;
    for (std::uint64_t bit = random.below(9); bit < bits; bit += 1 + random.below(17)) {
      SCOPED_TRACE(fmt::format("bit {} of {}", bit, path));
      const auto disk = files.copy();
      disk->flip_bit(path, bit);
      Scenario after(*disk);
      if (!after.open()) {
        ++num_noticed;
        continue;
      }
      const auto counted = after.count();
      if (!counted) {
        ++num_noticed;
        continue;
      }
      // The tail of a log cannot be told from a write cut short; nothing is ever counted that was
      // not put.
      ASSERT_LE(*counted, num_acknowledged);
      if (path.find("wal-") == std::string::npos && path.find("SERIES") == std::string::npos) {
        ASSERT_EQ(*counted, num_acknowledged);
      }
    }
  }
  EXPECT_GT(num_noticed, 100);
}

}  // namespace
}  // namespace weir::metric

// How soon an alarm tells of loss, under a virtual clock: probes over a network that loses them by
// chance, their rounds as samples in the metric store, alarms evaluated each second by data alone.

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "alarm/alarm_engine.h"
#include "io/faulty_file_system.h"
#include "probe/echo_prober.h"
#include "probe/measurement.h"
#include "probe/virtual_network.h"

namespace weir::app {
namespace {

constexpr TimeMs kStart = 1'772'409'600'000;  // 2026-03-02T00:00:00Z
constexpr const char* kScope = "123456789012/us-west-2";
constexpr std::size_t kNumTargets = 100;  // as many runs, each with chance and phase of its own

std::string target_of(std::size_t number) { return "10.0.0." + std::to_string(number); }

class ProbeAlarm : public testing::Test {
 protected:
  ProbeAlarm() {
    metric::MetricOpenReport report;
    store_ = *metric::MetricStore::open(files_, "data/metrics", clock_, {}, report);
    table_ = *alarm::AlarmTable::open(path_);
    engine_ = *alarm::AlarmEngine::open(*store_, nullptr, *table_, clock_);
    naming_.is_high_resolution = true;
  }
  ~ProbeAlarm() override {
    engine_.reset();
    table_.reset();
    for (const char* const suffix : {"", "-wal", "-shm"}) {
      std::filesystem::remove(path_ + suffix);
    }
  }

  // Ten probes a second to each target, told each ten seconds.
  void start(std::int64_t period_s, double threshold) {
    for (std::size_t i = 0; i < kNumTargets; ++i) {
      probe::EchoTarget target;
      target.address = *parse_ip(target_of(i));
      target.interval_ns = 100'000'000;
      target.probes_per_round = 100;
      prober_.add(target);
      alarm::MetricAlarm alarm;
      alarm.name = target_of(i);
      std::string host = target_of(i);
      std::replace(host.begin(), host.end(), '.', '_');
      alarm.metric = metric::MetricStat{{"VPC/NetworkLatency/" + host,
                                         "packet_loss_percent",
                                         {{"InstanceId", "unknown"}, {"VpcId", "unknown"}}},
                                        period_s,
                                        "Average",
                                        ""};
      alarm.evaluation_periods = 1;
      alarm.threshold = threshold;
      const auto done = engine_->put(kScope, std::move(alarm));
      ASSERT_TRUE(done && *done);
    }
  }
  void run_seconds(std::int64_t seconds) {
    for (std::int64_t second = 0; second < seconds; ++second) {
      const std::int64_t end = clock_.monotonic_ns() + 1'000'000'000;
      while (clock_.monotonic_ns() < end) {
        const std::int64_t next = prober_.step();
        network_.wait(std::max<std::int64_t>(std::min(next, end) - clock_.monotonic_ns(), 0));
      }
      ASSERT_TRUE(engine_->tick());
    }
  }
  std::size_t count(alarm::StateValue value) {
    std::size_t count = 0;
    for (std::size_t i = 0; i < kNumTargets; ++i) {
      count += engine_->find(kScope, target_of(i))->state.value == value ? 1U : 0U;
    }
    return count;
  }
  void take(const probe::EchoRound& round) {
    probe::LatencyMeasurement measurement;
    measurement.target = target_of(round.target);
    measurement.time = clock_.now_ms();
    measurement.statistics = round.statistics;
    std::vector<probe::Sample> samples;
    add_samples(measurement, naming_, samples);
    for (const probe::Sample& sample : samples) {
      std::vector<metric::DimensionView> dimensions;
      for (const auto& [name, value] : sample.dimensions) {
        dimensions.push_back({name, value});
      }
      metric::Datum datum;
      datum.name = sample.name;
      datum.dimensions = dimensions;
      datum.timestamp = sample.time;
      datum.value = sample.value;
      datum.unit = sample.unit;
      datum.storage_resolution = 1;
      ASSERT_TRUE(store_->put(kScope, sample.name_space, {&datum, 1}));
    }
  }

  ManualClock clock_{kStart + 7'300};
  io::FaultyFileSystem files_;
  std::string path_ = testing::TempDir() + "probe_alarm_" + std::to_string(getpid()) + ".db";
  std::unique_ptr<metric::MetricStore> store_;
  std::unique_ptr<alarm::AlarmTable> table_;
  std::unique_ptr<alarm::AlarmEngine> engine_;
  probe::NamingOptions naming_;
  double loss_ = 0;
  static constexpr std::uint64_t kSeed = 20261125;
  const testing::ScopedTrace seed_{__FILE__, __LINE__, "seed " + std::to_string(kSeed)};
  Random chance_{kSeed};
  probe::VirtualNetwork network_{clock_, [this](const probe::EchoRequest&) {
                                   using Answers = std::vector<probe::VirtualNetwork::Answer>;
                                   return chance_.chance(loss_) ? Answers{} : Answers{{2}};
                                 }};
  probe::EchoProber prober_{network_, clock_, Random(3),
                            [this](const probe::EchoRound& round) { take(round); }};
};

TEST_F(ProbeAlarm, TotalLossIsToldWithinHalfAMinute) {
  start(10, 1);
  run_seconds(60);
  EXPECT_EQ(count(alarm::StateValue::kOk), kNumTargets);
  loss_ = 1;
  run_seconds(30);
  EXPECT_EQ(count(alarm::StateValue::kAlarm), kNumTargets);
  loss_ = 0;
  run_seconds(40);
  EXPECT_EQ(count(alarm::StateValue::kOk), kNumTargets);
}

TEST_F(ProbeAlarm, TwoPercentAreToldWithinThreeMinutes) {
  start(60, 1);
  run_seconds(130);
  EXPECT_EQ(count(alarm::StateValue::kOk), kNumTargets);
  loss_ = 0.02;
  // An alarm that rang and healed by chance has told; most still stand.
  std::vector<bool> has_told(kNumTargets);
  for (int second = 0; second < 180; ++second) {
    run_seconds(1);
    for (std::size_t i = 0; i < kNumTargets; ++i) {
      has_told[i] = has_told[i] ||
                    engine_->find(kScope, target_of(i))->state.value == alarm::StateValue::kAlarm;
    }
  }
  const auto num_told = std::count(has_told.begin(), has_told.end(), true);
  std::printf("seed %llu: told in %d of %zu runs\n", static_cast<unsigned long long>(kSeed),
              static_cast<int>(num_told), kNumTargets);
  EXPECT_GE(num_told, 95);
}

TEST_F(ProbeAlarm, SoundNetworksAreQuiet) {
  start(60, 1);
  loss_ = 0.001;  // a tenth of the threshold
  run_seconds(300);
  EXPECT_EQ(count(alarm::StateValue::kAlarm), 0U);
}

}  // namespace
}  // namespace weir::app

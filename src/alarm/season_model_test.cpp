#include "alarm/season_model.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "alarm/alarm_engine.h"
#include "alarm/anomaly_models.h"
#include "base/random.h"
#include "io/faulty_file_system.h"

namespace weir::alarm {
namespace {

constexpr TimeMs kStart = 1'772'409'600'000;  // 2026-03-02T00:00:00Z, a Monday
constexpr TimeMs kDay = 86'400'000;

double normal(Random& random) {
  return std::sqrt(-2 * std::log(1 - random.uniform())) *
         std::cos(2 * std::numbers::pi * random.uniform());
}

// A day's shape with a second wave, quiet weekends, a trend, noise.
struct Synthetic {
  double daily;
  double weekend;
  double trend;
  double noise;
  double at(TimeMs time_ms) const {
    const double days = static_cast<double>(time_ms - kStart) / static_cast<double>(kDay);
    const double angle = 2 * std::numbers::pi * days;
    const auto day = static_cast<int>(days) % 7;
    return 100 + trend * days + (day >= 5 ? weekend : 1) * daily * std::sin(angle) +
           0.4 * daily * std::cos(3 * angle) + (day >= 5 ? -0.5 * daily : 0);
  }
};

TEST(SeasonModelTest, HeldOutBandsCoverWhatTheyClaim) {
  const Synthetic shapes[] = {{20, 0.3, 0, 3}, {50, 1, 2, 5}, {5, 0.5, -1, 4}, {0, 1, 0, 2}};
  for (const TimeMs step_ms : {TimeMs{300'000}, TimeMs{3'600'000}}) {
    int num_inside = 0;
    int num_points = 0;
    int num_spikes = 0;
    int num_caught = 0;
    for (const Synthetic& shape : shapes) {
      for (const std::uint64_t seed : {1, 2, 3}) {
        Random random(seed);
        std::vector<TimeMs> times;
        std::vector<double> values;
        for (TimeMs t = kStart; t < kStart + 14 * kDay; t += step_ms) {
          times.push_back(t);
          double value = shape.at(t) + shape.noise * normal(random);
          value += random.chance(0.003) ? 30 * shape.noise : 0;  // spikes of the past
          values.push_back(value);
        }
        const SeasonModel model = SeasonModel::train(times, values);
        ASSERT_TRUE(model.is_trained());
        for (TimeMs t = kStart + 14 * kDay; t < kStart + 16 * kDay; t += step_ms) {
          const double value = shape.at(t) + shape.noise * normal(random);
          const metric::BandPoint band = model.at(t);
          ++num_points;
          num_inside += std::fabs(value - band.middle) <= 2 * band.deviation ? 1 : 0;
          const double spike = value + (random.chance(0.5) ? 6 : -6) * shape.noise;
          ++num_spikes;
          num_caught += std::fabs(spike - band.middle) > 2 * band.deviation ? 1 : 0;
        }
      }
    }
    const double coverage = 100.0 * num_inside / num_points;
    const double caught = 100.0 * num_caught / num_spikes;
    RecordProperty(fmt::format("coverage_{}", step_ms / 1000), fmt::format("{:.2f}", coverage));
    EXPECT_GE(coverage, 93) << step_ms;
    EXPECT_LE(coverage, 97) << step_ms;
    EXPECT_GE(caught, 95) << step_ms;
    std::printf("periods of %d s: %.2f %% inside 2 deviations, %.2f %% of spikes outside\n",
                static_cast<int>(step_ms / 1000), coverage, caught);
  }
}

TEST(SeasonModelTest, LittleDataSaysLittle) {
  std::vector<TimeMs> times;
  std::vector<double> values;
  Random random(1);
  EXPECT_FALSE(SeasonModel::train(times, values).is_trained());
  EXPECT_TRUE(std::isnan(SeasonModel::train(times, values).at(kStart).middle));
  for (int i = 0; i < 40; ++i) {
    times.push_back(kStart + i * 60'000);
    values.push_back(10 + normal(random));
  }
  const SeasonModel model = SeasonModel::train(times, values);
  ASSERT_TRUE(model.is_trained());
  EXPECT_NEAR(model.at(kStart + 100 * 60'000).middle, 10, 1);
  EXPECT_NEAR(model.at(kStart + 100 * 60'000).deviation, 1, 0.5);
}

TEST(SeasonModelTest, AConstantIsItsOwnBand) {
  std::vector<TimeMs> times;
  std::vector<double> values;
  for (int i = 0; i < 500; ++i) {
    times.push_back(kStart + i * 300'000);
    values.push_back(7);
  }
  const auto band = SeasonModel::train(times, values).at(kStart + 600 * 300'000);
  EXPECT_NEAR(band.middle, 7, 1e-4);
  EXPECT_NEAR(band.deviation, 0, 1e-3);
}

TEST(AnomalyAlarmTest, GoesOffOutsideTheBandAndBack) {
  io::FaultyFileSystem files;
  ManualClock clock(kStart);
  metric::MetricOpenReport report;
  auto store = *metric::MetricStore::open(files, "m", clock, {}, report);
  auto table = *AlarmTable::open(":memory:");
  AnomalyModels models(*store, clock);
  auto engine = *AlarmEngine::open(*store, &models, *table, clock);
  const char* const scope = "123456789012/us-west-2";
  Random random(9);
  const Synthetic shape{20, 0.3, 0, 3};
  const auto put = [&](double surplus) {
    metric::Datum datum;
    datum.name = "m";
    datum.timestamp = clock.now_ms();
    datum.value = shape.at(clock.now_ms()) + surplus;
    ASSERT_TRUE(store->put(scope, "N", {&datum, 1}));
    clock.advance_ms(300'000);
    ASSERT_TRUE(engine->tick());
  };
  MetricAlarm alarm;
  alarm.name = "odd";
  metric::DataQuery m1;
  m1.id = "m1";
  m1.metric_stat = metric::MetricStat{{"N", "m", {}}, 300, "Average", ""};
  metric::DataQuery band;
  band.id = "ad1";
  band.expression = "ANOMALY_DETECTION_BAND(m1, 3)";
  alarm.metrics = {m1, band};
  alarm.threshold_metric_id = "ad1";
  alarm.comparison = Comparison::kLessThanLowerOrGreaterThanUpperThreshold;
  const auto done = engine->put(scope, alarm);
  ASSERT_TRUE(done && *done) << (*done).error().message;
  for (int i = 0; i < 3 * 288; ++i) {
    put(3 * normal(random) * 0.5);
  }
  EXPECT_EQ(*models.state(scope, *m1.metric_stat), TrainingState::kTrained);
  put(0);
  EXPECT_EQ(engine->find(scope, "odd")->state.value, StateValue::kOk);
  put(60);
  EXPECT_EQ(engine->find(scope, "odd")->state.value, StateValue::kAlarm);
  EXPECT_THAT(engine->find(scope, "odd")->state.reason,
              ::testing::HasSubstr("greater than the upper thresholds ["));
  EXPECT_THAT(engine->find(scope, "odd")->state.reason_data,
              ::testing::HasSubstr("\"recentUpperThresholds\":["));
  put(0);
  EXPECT_EQ(engine->find(scope, "odd")->state.value, StateValue::kOk);
}

}  // namespace
}  // namespace weir::alarm

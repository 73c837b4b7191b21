#include "metric/metric_store.h"

#include <gmock/gmock.h>

#include <map>
#include <set>

#include "base/random.h"
#include "metric/metric_fixture.h"

namespace weir::metric {
namespace {

using ::testing::SizeIs;

class MetricStoreTest : public MetricFixture {};

TEST_F(MetricStoreTest, AddsUpByPeriods) {
  open();
  for (int i = 0; i < 10; ++i) {
    put("m", kDayStart + i * kMinuteMs + 59'999, i);
  }
  EXPECT_EQ(text("m", kDayStart, kDayStart + 10 * kMinuteMs, 300, "Sum"), "10 35");
  EXPECT_EQ(text("m", kDayStart, kDayStart + 10 * kMinuteMs, 300, "Average"), "2 7");
  EXPECT_EQ(text("m", kDayStart + 8 * kMinuteMs, kDayStart + 12 * kMinuteMs, 60, "Maximum"),
            "8 9 - -");
  EXPECT_EQ(text("m", kDayStart, kDayStart + 10 * kMinuteMs, 300, "p50"), "2 7");
  // End is exclusive.
  EXPECT_EQ(text("m", kDayStart, kDayStart + 3 * kMinuteMs, 300, "SampleCount"), "3");
  EXPECT_EQ(text("unknown", kDayStart, kDayStart + kMinuteMs, 60, "Sum"), "-");
}

TEST_F(MetricStoreTest, TakesEveryForm) {
  open();
  put("m", kDayStart, 5);
  put("m", kDayStart + 1000, 7);
  Datum values;
  values.name = "m";
  values.timestamp = kDayStart + 2000;
  const std::vector<double> numbers = {1, 2};
  const std::vector<double> counts = {3, 0.5};
  values.values = numbers;
  values.counts = counts;
  put(values);
  EXPECT_EQ(text("m", kDayStart, kDayStart + kMinuteMs, 60, "SampleCount"), "5.5");
  EXPECT_EQ(text("m", kDayStart, kDayStart + kMinuteMs, 60, "Sum"), "16");
  Datum set;
  set.name = "m";
  set.timestamp = kDayStart;
  set.statistics = StatisticSet{10, 1000, 0.5, 400};
  put(set);
  EXPECT_EQ(text("m", kDayStart, kDayStart + kMinuteMs, 60, "Sum"), "1016");
  EXPECT_EQ(text("m", kDayStart, kDayStart + kMinuteMs, 60, "Maximum"), "400");
  // A set of many different samples has no values that percentiles could use.
  EXPECT_EQ(text("m", kDayStart, kDayStart + kMinuteMs, 60, "p99"), "5.91");
  EXPECT_EQ(text("m", kDayStart, kDayStart + kMinuteMs, 60, "p100"), "400");
  set.name = "only";
  put(set);
  EXPECT_EQ(text("only", kDayStart, kDayStart + kMinuteMs, 60, "p99"), "-");
  set.name = "uniform";
  set.statistics = StatisticSet{4, 12, 3, 3};
  put(set);
  EXPECT_EQ(text("uniform", kDayStart, kDayStart + kMinuteMs, 60, "p99"), "3");
}

TEST_F(MetricStoreTest, UnitsDimensionsAndScopesAreSeriesOfTheirOwn) {
  open();
  const std::vector<DimensionView> ab = {{"a", "1"}, {"b", "2"}};
  const std::vector<DimensionView> ba = {{"b", "2"}, {"a", "1"}};
  Datum datum = value_at("m", kDayStart, 1);
  datum.dimensions = ab;
  datum.unit = "Seconds";
  put(datum);
  datum.unit = "Milliseconds";
  put(datum);
  EXPECT_THAT(store_->find({"1/r", "N", "m", ba}), SizeIs(2));
  EXPECT_THAT(store_->find({"1/r", "N", "m", ba}, parse_unit("Seconds")), SizeIs(1));
  EXPECT_THAT(store_->find({"1/r", "N", "m", {}}), SizeIs(0));
  EXPECT_THAT(store_->find({"2/r", "N", "m", ba}), SizeIs(0));
  MetricFilter filter;
  filter.dimensions = {{"b", std::nullopt}};
  EXPECT_THAT(store_->list(filter), SizeIs(1));
  filter.dimensions = {{"b", "3"}};
  EXPECT_THAT(store_->list(filter), SizeIs(0));
  filter.dimensions.clear();
  filter.active_since_ms = kDayStart + 1;
  EXPECT_THAT(store_->list(filter), SizeIs(0));
}

TEST_F(MetricStoreTest, DimensionlessRollUpCountsTwice) {
  options_.rollups = {{"N", {{}, {"InstanceId"}}}};
  open();
  const std::vector<DimensionView> both = {{"InstanceId", "i-1"}, {"VpcId", "vpc-1"}};
  const std::vector<DimensionView> other = {{"InstanceId", "i-2"}, {"VpcId", "vpc-1"}};
  Datum datum = value_at("m", kDayStart, 1);
  datum.dimensions = both;
  put(datum);
  datum.dimensions = other;
  datum.value = 2;
  put(datum);
  const TimeMs end = kDayStart + kMinuteMs;
  EXPECT_EQ(text("m", kDayStart, end, 60, "Sum"), "3");
  EXPECT_EQ(text("m", kDayStart, end, 60, "SampleCount"), "2");
  const std::vector<DimensionView> instance = {{"InstanceId", "i-2"}};
  EXPECT_EQ(text("m", kDayStart, end, 60, "Sum", instance), "2");
  put("plain", kDayStart, 4);  // has no dimensions: counted once
  EXPECT_EQ(text("plain", kDayStart, end, 60, "SampleCount"), "1");
}

TEST_F(MetricStoreTest, OutlivesReopeningSealingAndBoth) {
  open();
  const auto expect_all = [&] {
    EXPECT_EQ(text("m", kDayStart, kDayStart + 3 * kMinuteMs, 60, "Sum"), "6 3 -");
    EXPECT_EQ(text("m", kDayStart, kDayStart + 3 * kMinuteMs, 60, "p50"), "2 3 -");
    EXPECT_EQ(text("h", kDayStart, kDayStart + 3'000, 1, "Sum"), "- 9 -");
  };
  put("m", kDayStart, 1);
  put("m", kDayStart, 2);
  put("m", kDayStart, 3);
  Datum fast = value_at("h", kDayStart + 1'999, 9);
  fast.storage_resolution = 1;
  put(fast);
  open();
  EXPECT_EQ(report_.replayed_samples, 4U);
  put("m", kDayStart + kMinuteMs, 3);
  expect_all();
  ASSERT_TRUE(store_->seal());
  expect_all();
  EXPECT_EQ(store_->usage().head_samples, 0U);
  open();
  EXPECT_EQ(report_.replayed_samples, 0U);
  EXPECT_EQ(report_.num_parts, 2U);
  expect_all();
  put("m", kDayStart, 10);  // late, beside what is sealed
  EXPECT_EQ(text("m", kDayStart, kDayStart + kMinuteMs, 60, "Sum"), "16");
  put("new", kDayStart, 1);
  open();
  EXPECT_EQ(text("m", kDayStart, kDayStart + kMinuteMs, 60, "Sum"), "16");
  EXPECT_EQ(text("new", kDayStart, kDayStart + kMinuteMs, 60, "Sum"), "1");
}

TEST_F(MetricStoreTest, RetentionIsThatOfEachResolution) {
  open();
  Datum fast = value_at("h", kDayStart, 9);
  fast.storage_resolution = 1;
  put(fast);
  put("m", kDayStart, 1);
  const auto see = [&] {
    std::string all;
    for (const int period : {1, 60, 300, 3600}) {
      all += text("h", kDayStart, kDayStart + 1000 * period, period, "Sum");
      all += text("m", kDayStart, kDayStart + 1000 * period, period, "Sum");
      all += " ";
    }
    return all;
  };
  EXPECT_EQ(see(), "91 91 91 91 ");
  for (const bool maintains : {false, true}) {
    clock_.set_ms(kDayStart + 3 * kHourMs + 1000);
    ASSERT_TRUE(!maintains || store_->maintain());
    EXPECT_EQ(see(), "-1 91 91 91 ");
    clock_.set_ms(kDayStart + 15 * kDayMs + 1000);
    ASSERT_TRUE(!maintains || store_->maintain());
    EXPECT_EQ(see(), "-- -- 91 91 ");
    clock_.set_ms(kDayStart + 63 * kDayMs + 1000);
    ASSERT_TRUE(!maintains || store_->maintain());
    EXPECT_EQ(see(), "-- -- -- 91 ");
    clock_.set_ms(kDayStart + 455 * kDayMs + 1000);
    ASSERT_TRUE(!maintains || store_->maintain());
    EXPECT_EQ(see(), "-- -- -- -- ");
  }
  clock_.set_ms(kDayStart + 600 * kDayMs);
  ASSERT_TRUE(store_->maintain());
  EXPECT_EQ(store_->usage().num_parts, 0U);
  for (const std::string& path : files_.paths()) {
    EXPECT_EQ(path.find("/part-"), std::string::npos) << path;
  }
}

TEST_F(MetricStoreTest, NewSeriesAreBounded) {
  options_.max_series = 2;
  open();
  put("a", kDayStart, 1);
  put("b", kDayStart, 1);
  const auto refused = try_put(value_at("c", kDayStart, 1));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kLimit);
  put("a", kDayStart, 2);
  EXPECT_EQ(store_->usage().refused_series, 1U);
  EXPECT_EQ(text("a", kDayStart, kDayStart + kMinuteMs, 60, "Sum"), "3");
}

// Random puts, seals, merges, reopenings and years passing, beside a naive model.
TEST_F(MetricStoreTest, AnswersAsTheNaiveModelDoes) {
  for (const std::uint64_t seed : {1, 2, 3}) {
    SCOPED_TRACE(seed);
    Random random(seed);
    directory_ = "data/metrics-" + std::to_string(seed);
    clock_.set_ms(kDayStart);
    options_ = {};
    options_.max_head_samples = 200;
    open();
    std::map<std::string, std::map<TimeMs, std::vector<double>>> model;  // by minute
    for (int step = 0; step < 3000; ++step) {
      const std::string name = "m" + std::to_string(random.below(5));
      const TimeMs time_ms =
          clock_.now_ms() -
          static_cast<TimeMs>(random.below(random.chance(0.1) ? 1000 : 5)) * 30'000;
      const double value = static_cast<double>(random.below(1000)) / 8;
      Datum datum = value_at(name, time_ms, value);
      if (random.chance(0.1)) {
        datum.storage_resolution = 1;
      }
      put(datum);
      model[name][time_ms - time_ms % kMinuteMs].push_back(value);
      clock_.advance_ms(static_cast<TimeMs>(random.below(200'000)));
      if (random.chance(0.02)) {
        ASSERT_TRUE(store_->maintain());
      }
      if (random.chance(0.005)) {
        open();
      }
      if (random.chance(0.02)) {
        const std::int64_t period_s = random.chance(0.5) ? 300 : 3600;
        const TimeMs start_ms =
            clock_.now_ms() / (period_s * 1000) * period_s * 1000 - 50 * period_s * 1000;
        const Reading reading = read(name, start_ms, start_ms + 51 * period_s * 1000, period_s);
        for (std::size_t i = 0; i < reading.aggregates.size(); ++i) {
          Aggregate expected;
          sketch::Distribution values(100'000);
          for (auto it = model[name].lower_bound(reading.time(i));
               it != model[name].end() && it->first < reading.time(i + 1); ++it) {
            for (const double v : it->second) {
              expected.merge(Aggregate::of(v));
              values.add(v);
            }
          }
          ASSERT_EQ(reading.aggregates[i].has_data(), expected.has_data());
          if (expected.has_data()) {
            ASSERT_EQ(reading.aggregates[i], expected);
            ASSERT_EQ(reading.distributions[i].quantile(0.9), values.quantile(0.9));
          }
        }
      }
    }
    EXPECT_GT(store_->usage().num_parts, 0U);
    EXPECT_LT(store_->usage().num_parts, 60U);
  }
}

}  // namespace
}  // namespace weir::metric

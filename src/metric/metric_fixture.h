#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "io/faulty_file_system.h"
#include "metric/metric_store.h"
#include "metric/statistic.h"

namespace weir::metric {

// 2026-03-02T00:00:00Z, a Monday.
inline constexpr TimeMs kDayStart = 1'772'409'600'000;
inline constexpr TimeMs kMinuteMs = 60'000;
inline constexpr TimeMs kHourMs = 3'600'000;
inline constexpr TimeMs kDayMs = 86'400'000;

// A store over files in memory and a clock that the test turns.
class MetricFixture : public ::testing::Test {
 protected:
  void open() {
    store_.reset();
    report_ = {};
    auto opened = MetricStore::open(files_, directory_, clock_, options_, report_);
    ASSERT_TRUE(opened) << opened.error().message;
    store_ = std::move(*opened);
  }

  static Datum value_at(std::string_view name, TimeMs time_ms, double value) {
    Datum datum;
    datum.name = name;
    datum.timestamp = time_ms;
    datum.value = value;
    return datum;
  }
  Result<void> try_put(const Datum& datum) { return store_->put("1/r", "N", {&datum, 1}); }
  void put(const Datum& datum) {
    const auto stored = try_put(datum);
    ASSERT_TRUE(stored) << stored.error().message;
  }
  void put(std::string_view name, TimeMs time_ms, double value) {
    put(value_at(name, time_ms, value));
  }

  Reading read(std::string_view name, TimeMs start_ms, TimeMs end_ms, std::int64_t period_s,
               std::span<const DimensionView> dimensions = {}) {
    std::vector<SeriesId> ids;
    for (const auto& found : store_->find({"1/r", "N", name, dimensions})) {
      ids.push_back(found.series);
    }
    auto reading = store_->read(ids, start_ms, end_ms, period_s, true);
    EXPECT_TRUE(reading) << (reading ? "" : reading.error().message);
    return reading ? std::move(*reading) : Reading{};
  }
  // The statistic of each period, "-" where there is none.
  std::string text(std::string_view name, TimeMs start_ms, TimeMs end_ms, std::int64_t period_s,
                   std::string_view statistic, std::span<const DimensionView> dimensions = {}) {
    const Reading reading = read(name, start_ms, end_ms, period_s, dimensions);
    std::string out;
    for (std::size_t i = 0; i < reading.aggregates.size(); ++i) {
      const auto value =
          compute(*parse_statistic(statistic), reading.aggregates[i], &reading.distributions[i]);
      char number[32];
      std::snprintf(number, sizeof number, "%.10g", value.value_or(0));
      out += (i > 0 ? " " : "") + (value ? std::string(number) : "-");
    }
    return out;
  }

  io::FaultyFileSystem files_;
  std::string directory_ = "data/metrics";
  ManualClock clock_{kDayStart};
  MetricStoreOptions options_;
  MetricOpenReport report_;
  std::unique_ptr<MetricStore> store_;
};

}  // namespace weir::metric

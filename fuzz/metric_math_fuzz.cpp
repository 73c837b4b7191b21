// Parses arbitrary text as metric math, as a Metrics Insights query, as a SEARCH, as an AlarmRule
// and as a statistic, and computes what could be parsed over a store of a few samples.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "alarm/composite_rule.h"
#include "base/clock.h"
#include "io/faulty_file_system.h"
#include "metric/query_run.h"
#include "metric/search.h"
#include "metric/statistic.h"

namespace {

constexpr weir::TimeMs kStart = 1'772'409'600'000;

struct World {
  weir::io::FaultyFileSystem files;
  weir::ManualClock clock{kStart};
  std::unique_ptr<weir::metric::MetricStore> store;
  World() {
    weir::metric::MetricOpenReport report;
    store = *weir::metric::MetricStore::open(files, "m", clock, {}, report);
    const weir::metric::DimensionView dimension{"Host", "h1"};
    for (int i = 0; i < 5; ++i) {
      weir::metric::Datum datum;
      datum.name = "cpu";
      datum.value = i * 1.5 - 1;
      datum.timestamp = kStart + i * 60'000;
      (void)store->put("1/r", "N", {&datum, 1});
      datum.dimensions = {&dimension, 1};
      (void)store->put("1/r", "N", {&datum, 1});
    }
    clock.advance_ms(300'000);
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static World world;
  const std::string_view text(reinterpret_cast<const char*>(data),
                              std::min<std::size_t>(size, 2'048));
  (void)weir::metric::parse_statistic(text);
  (void)weir::metric::MetricSearch::parse(text);
  if (const auto rule = weir::alarm::CompositeRule::parse(text)) {
    (void)rule->evaluate([](const std::string& name) {
      return name.size() % 2 == 0 ? weir::alarm::StateValue::kAlarm : weir::alarm::StateValue::kOk;
    });
  }
  weir::metric::DataQuery metric;
  metric.id = "m1";
  metric.metric_stat = weir::metric::MetricStat{{"N", "cpu", {}}, 60, "Average", ""};
  weir::metric::DataQuery expression;
  expression.id = "e1";
  expression.expression = std::string(text);
  expression.label = std::string(text.substr(0, 200));
  if (expression.expression.empty()) {
    return 0;
  }
  weir::metric::QueryRange range;
  range.scope = "1/r";
  range.start_ms = kStart;
  range.end_ms = kStart + 300'000;
  range.now_ms = range.end_ms;
  const weir::metric::DataQuery queries[] = {metric, expression};
  (void)weir::metric::check_queries(queries, "MetricDataQueries");
  (void)weir::metric::check_expressions(queries);
  (void)weir::metric::run_queries(*world.store, queries, range);
  return 0;
}

// What metrics cost: datums decoded and checked into the durable store on one core, bytes a sample
// once sealed, reading back a page of GetMetricData, evaluating alarms. Times include everything a
// caller would wait for; files are on the disk of --dir (default: the working directory).

#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "alarm/alarm_engine.h"
#include "base/random.h"
#include "io/file_system.h"
#include "metric/metric_store.h"
#include "metric/query_run.h"

namespace {

using namespace weir;
using weir::metric::Datum;
using weir::metric::DimensionView;

constexpr TimeMs kStart = 1'772'409'600'000;  // 2026-03-02T00:00:00Z
constexpr TimeMs kMinuteMs = 60'000;

double cpu_seconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

double seconds_of(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

template <class T>
T need(Result<T> result, const char* what) {
  if (!result) {
    std::fprintf(stderr, "%s: %s\n", what, result.error().message.c_str());
    std::exit(1);
  }
  if constexpr (!std::is_void_v<T>) {
    return std::move(*result);
  }
}

struct Names {
  std::vector<std::string> metrics;
  std::vector<std::string> hosts;
  std::vector<std::vector<DimensionView>> dimensions;
};

Names make_names(std::size_t num_metrics, std::size_t num_hosts) {
  Names names;
  for (std::size_t i = 0; i < num_metrics; ++i) {
    names.metrics.push_back("metric_" + std::to_string(i));
  }
  for (std::size_t i = 0; i < num_hosts; ++i) {
    names.hosts.push_back("i-0123456789abc" + std::to_string(1000 + i));
  }
  for (const std::string& host : names.hosts) {
    names.dimensions.push_back({{"InstanceId", host}, {"VpcId", "vpc-0a1b2c3d4e5f"}});
  }
  return names;
}

std::unique_ptr<metric::MetricStore> open_store(io::FileSystem& files, const std::string& directory,
                                                const Clock& clock) {
  metric::MetricOpenReport report;
  return need(metric::MetricStore::open(files, directory, clock, {}, report), "open");
}

// 1,000 datums a call over 1,000 series, a value each.
void bench_ingest(io::FileSystem& files, const std::string& directory) {
  ManualClock clock(kStart);
  auto store = open_store(files, directory, clock);
  const Names names = make_names(10, 100);
  constexpr int kCalls = 3000;
  std::vector<Datum> datums(1000);
  Random random(1);
  std::size_t refused = 0;
  const double cpu_before = cpu_seconds();
  double check_s = 0;
  double put_s = 0;
  double maintain_s = 0;
  const double seconds = seconds_of([&] {
    for (int call = 0; call < kCalls; ++call) {
      clock.set_ms(kStart + call * kMinuteMs / 4);
      for (std::size_t i = 0; i < datums.size(); ++i) {
        datums[i].name = names.metrics[i % 10];
        datums[i].dimensions = names.dimensions[i / 10];
        datums[i].timestamp = clock.now_ms();
        datums[i].value = static_cast<double>(random.below(100'000)) / 100;
        datums[i].unit = "Milliseconds";
      }
      const double before = cpu_seconds();
      refused += metric::check_put("Weir/Bench", datums, clock.now_ms()) ? 0 : 1;
      const double checked = cpu_seconds();
      need(store->put("123456789012/us-west-2", "Weir/Bench", datums), "put");
      const double stored = cpu_seconds();
      need(store->maintain(), "maintain");
      maintain_s += cpu_seconds() - stored;
      put_s += stored - checked;
      check_s += checked - before;
    }
  });
  std::printf(
      "ingest: %.2f M datums/s of cpu, %.2f of wall (1,000 a call, durable; checking %.0f, "
      "storing %.0f, sealing and merging %.0f ns a datum; %zu calls refused)\n",
      kCalls / (cpu_seconds() - cpu_before) / 1000, kCalls / seconds / 1000, check_s / kCalls * 1e6,
      put_s / kCalls * 1e6, maintain_s / kCalls * 1e6, refused);
  // 150 values a datum: data points are values here.
  std::vector<double> values(150);
  for (double& value : values) {
    value = static_cast<double>(random.below(1000));
  }
  constexpr int kValueCalls = 100;
  const double value_seconds = seconds_of([&] {
    for (int call = 0; call < kValueCalls; ++call) {
      clock.advance_ms(kMinuteMs);
      for (std::size_t i = 0; i < datums.size(); ++i) {
        datums[i].value.reset();
        datums[i].values = values;
        datums[i].timestamp = clock.now_ms();
      }
      refused += metric::check_put("Weir/Bench", datums, clock.now_ms()) ? 0 : 1;
      need(store->put("123456789012/us-west-2", "Weir/Bench", datums), "put");
      need(store->maintain(), "maintain");
    }
  });
  std::printf("ingest: %.2f M values/s (150 values a datum)\n",
              kValueCalls * 150.0 / value_seconds / 1000);
}

// A day of a value a minute for 100 series; bytes on disk a sample, names aside.
void bench_bytes(io::FileSystem& files, const std::string& directory, const char* what,
                 const std::function<double(Random&, double&)>& next) {
  ManualClock clock(kStart);
  std::filesystem::remove_all(directory);
  auto store = open_store(files, directory, clock);
  const Names names = make_names(1, 100);
  Random random(2);
  std::vector<double> states(100, 0);
  std::vector<Datum> datums(100);
  for (int minute = 0; minute < 1440; ++minute) {
    clock.set_ms(kStart + minute * kMinuteMs);
    for (std::size_t i = 0; i < datums.size(); ++i) {
      datums[i].name = names.metrics[0];
      datums[i].dimensions = names.dimensions[i];
      datums[i].timestamp = clock.now_ms();
      datums[i].value = next(random, states[i]);
    }
    need(store->put("1/r", "N", datums), "put");
  }
  need(store->seal(), "seal");
  const auto usage = store->usage();
  std::printf("stored: %.2f bytes a sample: %s (%.0f samples, times and index included)\n",
              static_cast<double>(usage.part_bytes) / static_cast<double>(usage.part_samples), what,
              static_cast<double>(usage.part_samples));
}

void bench_reading(io::FileSystem& files, const std::string& directory) {
  ManualClock clock(kStart);
  std::filesystem::remove_all(directory);
  auto store = open_store(files, directory, clock);
  const Names names = make_names(10, 50);
  std::vector<Datum> datums(500);
  Random random(3);
  for (int minute = 0; minute < 1440; ++minute) {
    clock.set_ms(kStart + minute * kMinuteMs);
    for (std::size_t i = 0; i < datums.size(); ++i) {
      datums[i].name = names.metrics[i % 10];
      datums[i].dimensions = names.dimensions[i / 10];
      datums[i].timestamp = clock.now_ms();
      datums[i].value = static_cast<double>(random.below(10'000)) / 100;
    }
    need(store->put("1/r", "N", datums), "put");
  }
  need(store->seal(), "seal");
  std::vector<metric::DataQuery> queries;
  for (std::size_t i = 0; i < 500; ++i) {
    metric::DataQuery query;
    query.id = "m" + std::to_string(i);
    query.metric_stat = metric::MetricStat{
        {"N", names.metrics[i % 10], metric::copy_of(names.dimensions[i / 10])}, 60, "Average", ""};
    queries.push_back(query);
  }
  metric::QueryRange range;
  range.scope = "1/r";
  range.start_ms = kStart;
  range.end_ms = clock.now_ms() + kMinuteMs;
  range.now_ms = range.end_ms;
  for (const std::size_t count : {std::size_t{70}, std::size_t{500}}) {
    double best = 1e9;
    std::size_t points = 0;
    for (int round = 0; round < 3; ++round) {
      best = std::min(
          best, seconds_of([&] {
            const auto results =
                need(metric::run_queries(*store, std::span(queries).first(count), range), "run");
            points = 0;
            for (const auto& result : *results) {
              points += result.values.size();
            }
          }));
    }
    std::printf("read: %zu points of %zu series in %.1f ms (best of 3, sealed)\n", points, count,
                best * 1000);
  }
}

void bench_alarms(io::FileSystem& files, const std::string& directory, bool is_sealed) {
  constexpr std::size_t kAlarms = 100'000;
  ManualClock clock(kStart);
  std::filesystem::remove_all(directory);
  auto store = open_store(files, directory, clock);
  auto table = need(alarm::AlarmTable::open(":memory:"), "table");
  std::vector<std::string> hosts;
  for (std::size_t i = 0; i < kAlarms; ++i) {
    hosts.push_back("host-" + std::to_string(i));
  }
  std::vector<std::vector<DimensionView>> dimensions;
  for (const std::string& host : hosts) {
    dimensions.push_back({{"Host", host}});
  }
  Random random(4);
  std::vector<Datum> datums(1000);
  for (int minute = 0; minute < 8; ++minute) {
    clock.set_ms(kStart + minute * kMinuteMs);
    for (std::size_t first = 0; first < kAlarms; first += datums.size()) {
      for (std::size_t i = 0; i < datums.size(); ++i) {
        datums[i].name = "rtt_avg";
        datums[i].dimensions = dimensions[first + i];
        datums[i].timestamp = clock.now_ms();
        datums[i].value = static_cast<double>(random.below(100));
      }
      need(store->put("123456789012/us-west-2", "N", datums), "put");
    }
  }
  if (is_sealed) {
    need(store->seal(), "seal");
  }
  {
    alarm::AlarmChange change;
    for (const std::string& host : hosts) {
      alarm::MetricAlarm definition;
      definition.name = "alarm-" + host;
      definition.metric = metric::MetricStat{{"N", "rtt_avg", {{"Host", host}}}, 60, "Average", ""};
      definition.evaluation_periods = 5;
      definition.datapoints_to_alarm = 3;
      definition.threshold = 1000;
      alarm::Alarm item;
      item.scope = "123456789012/us-west-2";
      item.definition = definition;
      item.state.value = alarm::StateValue::kOk;
      change.puts.push_back(std::move(item));
    }
    need(table->commit(change), "commit");
  }
  auto engine = need(alarm::AlarmEngine::open(*store, nullptr, *table, clock), "engine");
  clock.advance_ms(kMinuteMs);
  alarm::TickReport report;
  const double seconds = seconds_of([&] { report = need(engine->tick(), "tick"); });
  std::printf("alarms: %zu of 5 periods evaluated in %.2f s, %zu transitions, samples %s\n",
              report.num_evaluated, seconds, report.transitions.size(),
              is_sealed ? "in a part" : "in memory");
}

}  // namespace

int main(int argc, char** argv) {
  const std::string root = (argc > 2 && std::string_view(argv[1]) == "--dir" ? argv[2] : ".") +
                           ("/metric_bench." + std::to_string(::getpid()));
  const auto files = weir::io::make_local_file_system();
  std::printf("metrics: run\n");
  bench_ingest(*files, root + "/ingest");
  bench_bytes(*files, root + "/bytes", "counters", [](Random& random, double& state) {
    return state += static_cast<double>(random.below(10'000));
  });
  bench_bytes(*files, root + "/bytes", "four significant decimals", [](Random& random, double&) {
    return static_cast<double>(random.below(10'000)) / 100;
  });
  bench_bytes(*files, root + "/bytes", "arbitrary doubles",
              [](Random& random, double&) { return random.uniform(); });
  bench_reading(*files, root + "/reading");
  bench_alarms(*files, root + "/alarms", false);
  bench_alarms(*files, root + "/alarms", true);
  std::filesystem::remove_all(root);
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  std::printf("metrics: peak memory %.0f MB\n", static_cast<double>(usage.ru_maxrss) / 1024);
  return 0;
}

#include "probe/monitor.h"

#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <mutex>
#include <set>

namespace weir::probe {
namespace {

// Answers at once, but for addresses that it is told to lose.
class InstantTransport final : public EchoTransport {
 public:
  void send(std::span<EchoRequest> requests) override {
    for (EchoRequest& request : requests) {
      request.was_sent = true;
      if (lost.contains(request.address)) {
        continue;
      }
      EchoEvent event;
      event.target = request.target;
      event.sequence = request.sequence;
      event.ttl = 64;
      event.sent_monotonic_ns = event.received_monotonic_ns = clock_.monotonic_ns();
      event.sent_wall_ns = event.received_wall_ns = clock_.now_ms() * 1'000'000;
      events_.push_back(event);
    }
  }
  void receive(std::vector<EchoEvent>& events) override {
    events.insert(events.end(), events_.begin(), events_.end());
    events_.clear();
  }
  void wait(std::int64_t /*limit_ns*/) override {}
  void add_descriptors(std::vector<pollfd>& /*descriptors*/) const override {}
  [[nodiscard]] std::uint64_t num_dropped() const override { return 0; }
  [[nodiscard]] std::string_view method() const override { return "instant"; }

  std::set<IpAddress> lost;

 private:
  SystemClock clock_;
  std::vector<EchoEvent> events_;
};

const IpAddress kFirst = *parse_ip("10.0.0.1");
const IpAddress kSecond = *parse_ip("10.0.0.2");

MonitorOptions options_for(const std::vector<std::string>& targets) {
  MonitorOptions options;
  for (const std::string& target : targets) {
    options.targets.push_back(*parse_target(target));
  }
  options.interval_ms = 200;
  options.probe_interval_ms = 20;
  options.timeout_ms = 50;
  options.max_remotes = 0;
  return options;
}

TEST(Monitor, NamesAreLookedUpAgainWhenTheirTtlEnds) {
  const SystemClock clock;
  const auto files = io::make_local_file_system();
  Transports transports;
  transports.icmp = std::make_unique<InstantTransport>();
  std::mutex mutex;
  std::map<std::string, int> num_lookups;
  const auto look_up = [&](const std::string& host) -> Result<LookedUp> {
    const std::lock_guard lock(mutex);
    const int number = num_lookups[host]++;
    if (host == "stays.internal" && number > 0) {
      return fail(ErrorCode::kRemote, "the name server is away");
    }
    return LookedUp{number == 0 ? kFirst : kSecond, number == 0 ? 1 : 3'600, 2.5};
  };
  std::map<std::string, IpAddress> seen;
  bool was_told = false;
  CancelToken cancel;
  const std::int64_t end = clock.monotonic_ns() + 20'000'000'000;
  MonitorEvents events;
  events.on_latency = [&](const LatencyMeasurement& measurement) {
    seen[measurement.target] = measurement.address;
    EXPECT_EQ(measurement.lookup_ms, 2.5);
    EXPECT_DOUBLE_EQ(measurement.statistics.loss->percent, 0);
    const std::lock_guard lock(mutex);
    const bool is_done = seen["moves.internal"] == kSecond && num_lookups["stays.internal"] > 1;
    if ((is_done && was_told) || clock.monotonic_ns() > end) {
      cancel.cancel();
    }
  };
  events.on_host = [](const HostMeasurement&) {};
  events.on_problem = [&](const std::string& problem) {
    was_told = was_told || problem == "the name server is away";
  };
  Monitor monitor(options_for({"moves.internal", "stays.internal"}), transports, clock, *files,
                  look_up, events);
  EXPECT_EQ(monitor.look_up_targets(cancel), 2U);
  monitor.run(cancel);
  EXPECT_EQ(seen["moves.internal"], kSecond);
  EXPECT_EQ(seen["stays.internal"], kFirst) << "an address that worked is kept";
  EXPECT_TRUE(was_told);
}

TEST(Monitor, AddressesDoNotWaitForNames) {
  const SystemClock clock;
  const auto files = io::make_local_file_system();
  Transports transports;
  transports.icmp = std::make_unique<InstantTransport>();
  std::mutex mutex;
  std::vector<std::string> asked;
  const auto look_up = [&](const std::string& host) -> Result<LookedUp> {
    const std::lock_guard lock(mutex);
    asked.push_back(host);
    return LookedUp{host == "10.0.0.1" ? kFirst : kSecond, INT32_MAX, 0};
  };
  CancelToken cancel;
  const std::int64_t end = clock.monotonic_ns() + 20'000'000'000;
  std::set<std::string> seen;
  MonitorEvents events;
  events.on_latency = [&](const LatencyMeasurement& measurement) {
    seen.insert(measurement.target);
    if (seen.size() == 2 || clock.monotonic_ns() > end) {
      cancel.cancel();
    }
  };
  events.on_host = [](const HostMeasurement&) {};
  events.on_problem = [](const std::string& problem) { FAIL() << problem; };
  MonitorOptions options = options_for({"slow.internal", "10.0.0.1"});
  options.start_lookup_ms = 0;
  Monitor monitor(options, transports, clock, *files, look_up, events);
  EXPECT_EQ(monitor.look_up_targets(cancel), 1U);
  EXPECT_EQ(asked, std::vector<std::string>{"10.0.0.1"});
  monitor.run(cancel);
  EXPECT_EQ(seen, (std::set<std::string>{"10.0.0.1", "slow.internal"})) << "names come later";

  // One that ends by itself has no later, but for who cancels it.
  asked.clear();
  options.max_rounds = 1;
  const CancelToken goes_on;
  Monitor once(options, transports, clock, *files, look_up, events);
  EXPECT_EQ(once.look_up_targets(goes_on), 2U);
  asked.clear();
  Monitor cancelled(options, transports, clock, *files, look_up, events);
  EXPECT_EQ(cancelled.look_up_targets(cancel), 0U);
  EXPECT_TRUE(asked.empty());
}

TEST(Monitor, ATargetThatDegradesIsTracedOnce) {
  const SystemClock clock;
  const auto files = io::make_local_file_system();
  Transports transports;
  auto transport = std::make_unique<InstantTransport>();
  transport->lost.insert(kSecond);
  transports.icmp = std::move(transport);
  std::atomic<int> num_traces{0};
  CancelToken cancel;
  int num_news = 0;
  int num_rounds_after = 0;
  MonitorEvents events;
  events.on_latency = [&](const LatencyMeasurement& measurement) {
    if (measurement.address == kFirst) {
      EXPECT_FALSE(measurement.path);
      return;
    }
    EXPECT_DOUBLE_EQ(measurement.statistics.loss->percent, 100);
    num_news += measurement.is_path_news ? 1 : 0;
    if (measurement.path) {
      EXPECT_EQ(measurement.path->address, kSecond);
      if (++num_rounds_after == 4) {
        cancel.cancel();
      }
    }
  };
  events.on_host = [](const HostMeasurement&) {};
  events.on_problem = [](const std::string&) {};
  MonitorOptions options = options_for({"10.0.0.1", "10.0.0.2"});
  options.trace_loss_percent = 20;
  Monitor monitor(
      options, transports, clock, *files,
      [](const std::string& host) -> Result<LookedUp> {
        return LookedUp{*parse_ip(host), INT32_MAX, 0};
      },
      events,
      [&](const IpAddress& address, const CancelToken&) -> Result<PathTrace> {
        ++num_traces;
        PathTrace trace;
        trace.address = address;
        return trace;
      });
  (void)monitor.look_up_targets(cancel);
  monitor.run(cancel);
  EXPECT_EQ(num_traces, 1) << "no more than one in its interval";
  EXPECT_EQ(num_news, 1);
}

}  // namespace
}  // namespace weir::probe

#include "probe/monitor.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <map>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <utility>

namespace weir::probe {
namespace {

constexpr std::int64_t kMs = 1'000'000;
constexpr std::int64_t kRetryLookupS = 30;
constexpr std::int64_t kLookAroundNs = 100 * kMs;  // for cancellation, while nothing comes

}  // namespace

// A transport's targets.
struct Monitor::Prober {
  EchoTransport* transport = nullptr;
  std::unique_ptr<EchoProber> prober;
  std::vector<std::size_t> place_of;  // by the prober's number
};

struct Monitor::Target {
  TargetText text;
  Prober* prober = nullptr;
  std::optional<std::uint32_t> number;  // the prober's
  IpAddress address;
  Health health;
  std::optional<double> lookup_ms;
  std::optional<std::uint8_t> ttl;  // of the last answer
  std::shared_ptr<const PathTrace> path;
  bool is_path_news = false;
};

// Looks names up again when they are due.
class Monitor::Lookups {
 public:
  struct Found {
    std::size_t place = 0;
    Result<LookedUp> result;
  };

  Lookups(const Clock& clock, const Lookup& lookup) : clock_(clock), lookup_(lookup) {}

  void schedule(std::size_t place, std::string host, std::int64_t in_s) {
    const std::lock_guard lock(mutex_);
    due_.push_back({clock_.monotonic_ns() + in_s * 1'000 * kMs, place, std::move(host)});
  }
  void start() {
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
  }
  std::vector<Found> take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(found_, {});
  }

 private:
  struct Due {
    std::int64_t at_ns = 0;
    std::size_t place = 0;
    std::string host;
  };

  void run(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (!stop.stop_requested()) {
      const auto next = std::find_if(due_.begin(), due_.end(), [&](const Due& due) {
        return due.at_ns <= clock_.monotonic_ns();
      });
      if (next == due_.end()) {
        wake_.wait_for(lock, stop, std::chrono::milliseconds(200), [] { return false; });
        continue;
      }
      const Due due = std::move(*next);
      due_.erase(next);
      lock.unlock();
      auto result = lookup_(due.host);
      lock.lock();
      const std::int64_t again_s = result ? result->valid_s : kRetryLookupS;
      due_.push_back({clock_.monotonic_ns() + again_s * 1'000 * kMs, due.place, due.host});
      found_.push_back({due.place, std::move(result)});
    }
  }

  const Clock& clock_;
  const Lookup& lookup_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::vector<Due> due_;
  std::vector<Found> found_;
  std::jthread thread_;  // last: it uses the others
};

Monitor::Monitor(MonitorOptions options, const Transports& transports, const Clock& clock,
                 io::FileSystem& files, Lookup lookup, MonitorEvents events, PathWatch::Trace trace)
    : options_(std::move(options)),
      clock_(clock),
      lookup_(std::move(lookup)),
      events_(std::move(events)),
      host_(clock, files, system_ethtool(), options_.max_remotes) {
  lookups_ = std::make_unique<Lookups>(clock_, lookup_);
  if (trace && options_.trace_loss_percent > 0) {
    paths_ = std::make_unique<PathWatch>(std::move(trace), clock_,
                                         options_.trace_interval_s * 1'000 * kMs);
  }
  const auto make = [&](EchoTransport* transport) -> Prober* {
    if (transport == nullptr) {
      return nullptr;
    }
    auto made = std::make_unique<Prober>();
    made->transport = transport;
    const Prober& self = *made;
    made->prober = std::make_unique<EchoProber>(
        *transport, clock_, Random(static_cast<std::uint64_t>(clock.monotonic_ns())),
        [this, &self](const EchoRound& round) { take_round(self, round); });
    probers_.push_back(std::move(made));
    return probers_.back().get();
  };
  const std::map<Method, Prober*> by_method = {{Method::kIcmp, make(transports.icmp.get())},
                                               {Method::kTcp, make(transports.tcp.get())},
                                               {Method::kUdp, make(transports.udp.get())},
                                               {Method::kDns, make(transports.dns.get())},
                                               {Method::kHttp, make(transports.http.get())}};
  for (TargetText& text : std::exchange(options_.targets, {})) {  // there may be many
    Target target;
    target.prober = by_method.at(text.method);
    target.text = std::move(text);
    targets_.push_back(std::move(target));
  }
}

Monitor::~Monitor() = default;

void Monitor::take_lookup(Target& target, const LookedUp& found) {
  if (found.duration_ms > 0) {
    target.lookup_ms = found.duration_ms;
  }
}

std::size_t Monitor::look_up_targets(const CancelToken& cancel) {
  const std::int64_t end =
      options_.max_rounds != 0 ? INT64_MAX : clock_.monotonic_ns() + options_.start_lookup_ms * kMs;
  std::size_t num_found = 0;
  for (const bool takes_addresses : {true, false}) {
    for (std::size_t place = 0; place < targets_.size(); ++place) {
      const std::string& host = targets_[place].text.host;
      if (parse_ip(host).has_value() != takes_addresses || cancel.is_cancelled()) {
        continue;
      }
      if (!takes_addresses && clock_.monotonic_ns() >= end) {
        lookups_->schedule(place, host, 0);
        continue;
      }
      num_found += look_up_target(place, cancel) ? 1U : 0U;
    }
  }
  return num_found;
}

bool Monitor::look_up_target(std::size_t place, const CancelToken& cancel) {
  const std::string& host = targets_[place].text.host;
  const auto found = lookup_(host);
  if (!found) {
    if (!cancel.is_cancelled()) {
      events_.on_problem(found.error().message);
    }
    lookups_->schedule(place, host, kRetryLookupS);
    return false;
  }
  take_lookup(targets_[place], *found);
  start_target(place, found->address);
  if (found->valid_s < INT32_MAX) {
    lookups_->schedule(place, host, found->valid_s);
  }
  return true;
}

void Monitor::start_target(std::size_t place, const IpAddress& address) {
  Target& target = targets_[place];
  target.address = address;
  if (target.number) {
    target.prober->prober->move(*target.number, address);
    return;
  }
  EchoTarget echo;
  echo.address = address;
  echo.interval_ns = options_.probe_interval_ms * kMs;
  echo.timeout_ns = options_.timeout_ms * kMs;
  echo.probes_per_round = options_.probes_per_round();
  echo.max_rounds = options_.max_rounds;
  echo.port = target.text.port;
  target.number = target.prober->prober->add(echo, options_.is_immediate);
  target.prober->place_of.push_back(place);  // numbers count up
  target.prober->transport->describe(*target.number, target.text);
}

void Monitor::take_lookups() {
  for (const Lookups::Found& found : lookups_->take()) {
    Target& target = targets_[found.place];
    if (!found.result) {
      // An address that worked is kept: the name server may be away, the target not.
      events_.on_problem(found.result.error().message);
      continue;
    }
    take_lookup(target, *found.result);
    if (!target.number || target.address != found.result->address) {
      start_target(found.place, found.result->address);
    }
  }
}

void Monitor::take_round(const Prober& prober, const EchoRound& round) {
  const std::size_t place = prober.place_of[round.target];
  Target& target = targets_[place];
  target.health.add(round.statistics, options_.probes_per_round() * options_.probe_interval_ms);
  LatencyMeasurement measurement;
  measurement.target = target.text.label();
  measurement.method = name_of(target.text.method);
  measurement.address = target.address;
  measurement.time = clock_.now_ms();
  measurement.statistics = round.statistics;
  measurement.availability_percent = target.health.availability_percent();
  measurement.mean_time_to_repair_s = target.health.mean_time_to_repair_s();
  measurement.detail = prober.transport->take_detail(round.target);
  if (round.send_error != 0 && measurement.detail.problem.empty()) {
    measurement.detail.problem = fmt::format("not sent: {}", std::strerror(round.send_error));
  }
  measurement.lookup_ms = target.lookup_ms;
  measurement.outcomes = round.outcomes;
  look_at_path(target, place, measurement);
  events_.on_latency(measurement);
}

void Monitor::look_at_path(Target& target, std::size_t place, LatencyMeasurement& measurement) {
  const RoundStatistics& round = measurement.statistics;
  if (paths_ != nullptr) {
    const bool is_lossy = round.loss && round.loss->percent >= options_.trace_loss_percent;
    const bool has_moved =
        round.ttl_changes > 0 || (target.ttl && round.ttl && *target.ttl != *round.ttl);
    if (is_lossy || has_moved) {
      (void)paths_->ask(place, target.address);
    }
  }
  target.ttl = round.ttl ? round.ttl : target.ttl;
  measurement.path = target.path;
  measurement.is_path_news = std::exchange(target.is_path_news, false);
}

void Monitor::take_paths() {
  if (paths_ == nullptr) {
    return;
  }
  for (PathWatch::Found& found : paths_->take()) {
    Target& target = targets_[found.place];
    if (!found.trace) {
      events_.on_problem(
          fmt::format("{}: not traced: {}", target.text.label(), found.trace.error().message));
      continue;
    }
    target.path = std::make_shared<const PathTrace>(std::move(*found.trace));
    target.is_path_news = true;
  }
}

void Monitor::read_host() {
  const HostMeasurement measurement = host_.read();
  for (const std::string& problem : host_.problems()) {
    events_.on_problem(problem);
  }
  if (num_host_readings_++ > 0) {
    events_.on_host(measurement);
  }
}

std::int64_t Monitor::step() {
  std::int64_t next = INT64_MAX;
  for (const auto& prober : probers_) {
    next = std::min(next, prober->prober->step());
  }
  return next;
}

bool Monitor::has_ended() const {
  return options_.max_rounds != 0 && num_host_readings_ > options_.max_rounds &&
         std::all_of(probers_.begin(), probers_.end(),
                     [](const auto& prober) { return prober->prober->is_done(); });
}

void Monitor::wait(std::int64_t limit_ns) const {
  std::vector<pollfd> descriptors;
  for (const auto& prober : probers_) {
    prober->transport->add_descriptors(descriptors);
  }
  const timespec limit{limit_ns / 1'000'000'000, limit_ns % 1'000'000'000};
  ppoll(descriptors.data(), descriptors.size(), &limit, nullptr);
}

void Monitor::run(const CancelToken& cancel) {
  if (options_.max_rounds == 0) {
    lookups_->start();
  }
  std::int64_t host_due = clock_.monotonic_ns();
  for (;;) {
    const std::int64_t now = clock_.monotonic_ns();
    const bool is_host_over = options_.max_rounds != 0 && num_host_readings_ > options_.max_rounds;
    if (host_due <= now && !is_host_over) {
      read_host();
      host_due += options_.interval_ms * kMs;
      if (host_due <= now) {  // this process slept
        host_due = now + options_.interval_ms * kMs;
      }
    }
    take_lookups();
    take_paths();
    const std::int64_t next = step();
    if (has_ended() || cancel.is_cancelled()) {
      return;
    }
    const std::int64_t limit = std::clamp<std::int64_t>(
        std::min(next, host_due) - clock_.monotonic_ns(), 0, kLookAroundNs);
    wait(limit);
  }
}

}  // namespace weir::probe

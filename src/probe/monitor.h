#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "io/file_system.h"
#include "probe/echo_prober.h"
#include "probe/health.h"
#include "probe/host_reader.h"
#include "probe/measurement.h"
#include "probe/name_lookup.h"
#include "probe/path_watch.h"
#include "probe/target_text.h"

namespace weir::probe {

struct MonitorOptions {
  std::vector<TargetText> targets;
  std::int64_t interval_ms = 60'000;       // of a round, and of the host's counters
  std::int64_t probe_interval_ms = 1'000;  // between probes of one target
  std::int64_t timeout_ms = 1'000;
  std::size_t max_remotes = 10;
  std::uint64_t max_rounds = 0;  // 0: goes on
  bool is_immediate = false;     // no spread of the first probes
  // Of targets that degrade the way is traced: that lose as much of a round, or whose answers
  // begin to come by another way. 0: never.
  double trace_loss_percent = 0;
  std::int64_t trace_interval_s = 600;   // at most so often a target
  std::int64_t start_lookup_ms = 3'000;  // names that take longer at the start come later

  [[nodiscard]] std::uint32_t probes_per_round() const {
    return static_cast<std::uint32_t>(std::max<std::int64_t>(interval_ms / probe_interval_ms, 1));
  }
};

// How probes leave; null where no target needs it.
struct Transports {
  std::unique_ptr<EchoTransport> icmp;
  std::unique_ptr<EchoTransport> tcp;
  std::unique_ptr<EchoTransport> udp;
  std::unique_ptr<EchoTransport> dns;
  std::unique_ptr<EchoTransport> http;
};

struct MonitorEvents {
  std::function<void(const LatencyMeasurement&)> on_latency;
  std::function<void(const HostMeasurement&)> on_host;
  std::function<void(const std::string&)> on_problem;  // what could not be measured, and why
};

// Measures until it is cancelled or its rounds are over. One thread; events are called from run().
// Names are looked up again when their TTL ends, in a thread of their own, as a lookup waits.
class Monitor {
 public:
  using Lookup = std::function<Result<LookedUp>(const std::string& host)>;

  // All outlive the monitor.
  Monitor(MonitorOptions options, const Transports& transports, const Clock& clock,
          io::FileSystem& files, Lookup lookup, MonitorEvents events, PathWatch::Trace trace = {});
  ~Monitor();

  // Starts the targets that are addresses, which wait for nobody, then looks names up until
  // start_lookup_ms is over; the rest while it runs (where it ends by itself, all of them first).
  // The targets that have an address; what cannot be looked up is told by on_problem, and tried
  // again. Call it before run().
  std::size_t look_up_targets(const CancelToken& cancel);
  void run(const CancelToken& cancel);

 private:
  struct Target;
  struct Prober;
  class Lookups;

  bool look_up_target(std::size_t place, const CancelToken& cancel);
  void start_target(std::size_t place, const IpAddress& address);
  static void take_lookup(Target& target, const LookedUp& found);
  void take_lookups();
  void take_paths();
  void look_at_path(Target& target, std::size_t place, LatencyMeasurement& measurement);
  void take_round(const Prober& prober, const EchoRound& round);
  [[nodiscard]] std::int64_t step();
  [[nodiscard]] bool has_ended() const;
  void wait(std::int64_t limit_ns) const;
  void read_host();

  MonitorOptions options_;
  const Clock& clock_;
  Lookup lookup_;
  MonitorEvents events_;
  HostReader host_;
  std::vector<std::unique_ptr<Prober>> probers_;  // of each method
  std::vector<Target> targets_;
  std::unique_ptr<Lookups> lookups_;
  std::uint64_t num_host_readings_ = 0;
  std::unique_ptr<PathWatch> paths_;  // null: nothing is traced
};

}  // namespace weir::probe

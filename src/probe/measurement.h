#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/ip_address.h"
#include "probe/interface_counters.h"
#include "probe/kernel_counters.h"
#include "probe/path_trace.h"
#include "probe/round_statistics.h"
#include "probe/sample.h"
#include "probe/socket_sweep.h"

namespace weir::probe {

// A target's round.
struct LatencyMeasurement {
  std::string target;  // TargetText::label
  std::string method;  // "icmp", "tcp", "udp", "dns", "http"
  IpAddress address;
  TimeMs time = 0;
  RoundStatistics statistics;
  std::optional<double> availability_percent;
  std::optional<double> mean_time_to_repair_s;
  RoundDetail detail;
  std::optional<double> lookup_ms;                 // of the host's name, when it was last looked up
  std::shared_ptr<const PathTrace> path;           // the last one; null before there is one
  bool is_path_news = false;                       // it came since the round before
  const std::vector<Outcome>* outcomes = nullptr;  // valid during the call
};

// The host between two readings.
struct HostMeasurement {
  TimeMs time = 0;
  std::optional<Bandwidth> bandwidth;  // of all interfaces; absent where it could not be read
  std::vector<Bandwidth> interfaces;
  std::optional<TcpStateCounts> sockets;
  std::vector<RemoteQuality> remotes;
  // Name, value, unit; of kernel and drivers.
  struct Counter {
    std::string name;
    double value = 0;
    std::string unit;
    std::string interface;  // "" of the host
  };
  std::vector<Counter> counters;
};

struct Identity {
  std::string instance_id = "unknown";
  std::string vpc_id = "unknown";
};

// Under which names measurements are published.
enum class Scheme : std::uint8_t {
  kDocument,  // those of the document's script, and no more
  kTarget,    // namespace Weir/Probe; target, interface and remote are dimensions; everything
  kBoth,
};

struct NamingOptions {
  Scheme scheme = Scheme::kDocument;
  Identity identity;
  bool is_high_resolution = false;
  bool is_test = false;  // the document's --single-run: VPC/NetworkLatency/Test
};

// Calls `take` with each number of a target's round, as for_each_metric of its statistics does.
void for_each_metric(const LatencyMeasurement& measurement, const TakeMetric& take);

// kDocument: VPC/NetworkLatency/8_8_8_8 (what is no letter, digit or dash is an underscore) with
// rtt_min, rtt_max, rtt_avg, rtt_stddev, jitter, packet_loss_percent; VPC/NetworkBandwidth;
// VPC/TCPConnections; dimensions InstanceId, VpcId. A target that does not answer has
// packet_loss_percent 100 and nothing else.
void add_samples(const LatencyMeasurement& measurement, const NamingOptions& options,
                 std::vector<Sample>& samples);
void add_samples(const HostMeasurement& measurement, const NamingOptions& options,
                 std::vector<Sample>& samples);

// Where the document's scheme has a target's numbers: VPC/NetworkLatency/8_8_8_8.
[[nodiscard]] std::string document_namespace(std::string_view target);
// Whether the document's script publishes a latency metric of this name.
[[nodiscard]] bool is_document_latency_metric(std::string_view name);

}  // namespace weir::probe

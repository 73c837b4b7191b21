#include "probe/measurement.h"

#include <algorithm>
#include <array>

namespace weir::probe {
namespace {

constexpr std::array<std::string_view, 6> kDocumentLatency = {
    "packet_loss_percent", "rtt_min", "rtt_max", "rtt_avg", "rtt_stddev", "jitter"};
constexpr const char* kNamespace = "Weir/Probe";

using Dimensions = std::vector<std::pair<std::string, std::string>>;

// Appends samples of one namespace and set of dimensions.
struct Adder {
  const NamingOptions& options;
  std::vector<Sample>& samples;
  TimeMs time;
  std::string name_space;
  Dimensions dimensions;

  Adder(const NamingOptions& naming, std::vector<Sample>& out, TimeMs when, std::string where,
        Dimensions further = {})
      : options(naming), samples(out), time(when), name_space(std::move(where)) {
    dimensions = {{"InstanceId", naming.identity.instance_id}, {"VpcId", naming.identity.vpc_id}};
    dimensions.insert(dimensions.end(), further.begin(), further.end());
  }
  void operator()(std::string_view name, double value, std::string_view unit) const {
    samples.push_back({name_space, std::string(name), std::string(unit), value, time, dimensions,
                       options.is_high_resolution});
  }
};

void add_remote(const RemoteQuality& remote, const Adder& add) {
  const auto count = [&](std::string_view name, std::uint64_t value, std::string_view unit) {
    add(name, static_cast<double>(value), unit);
  };
  count("tcp_connections", remote.connections, "Count");
  add("tcp_rtt", remote.rtt_ms, "Milliseconds");
  add("tcp_rtt_variation", remote.rtt_var_ms, "Milliseconds");
  count("tcp_retransmits", remote.retransmits, "Count");
  count("tcp_timeouts", remote.timeouts, "Count");
  count("tcp_severed", remote.severed, "Count");
  count("tcp_bytes_acked", remote.bytes_acked, "Bytes");
  count("tcp_bytes_received", remote.bytes_received, "Bytes");
  count("tcp_bytes_retransmitted", remote.bytes_retransmitted, "Bytes");
  count("tcp_delivery_rate", remote.delivery_bytes_s, "Bytes/Second");
  count("tcp_loss_score", remote.loss_score(), "None");
}

}  // namespace

bool is_document_latency_metric(std::string_view name) {
  return std::find(kDocumentLatency.begin(), kDocumentLatency.end(), name) !=
         kDocumentLatency.end();
}

std::string document_namespace(std::string_view target) {
  std::string name(target);
  // Dots as the document has it; namespaces take few of the signs that URLs have.
  std::replace_if(
      name.begin(), name.end(),
      [](char c) {
        return !((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                 c == '-' || c == '_');
      },
      '_');
  return "VPC/NetworkLatency/" + name;
}

void for_each_metric(const LatencyMeasurement& measurement, const TakeMetric& take) {
  for_each_metric(measurement.statistics, take);
  for_each_metric(measurement.detail, take);
  if (measurement.availability_percent) {
    take("availability_percent", *measurement.availability_percent, "Percent");
  }
  if (measurement.mean_time_to_repair_s) {
    take("mean_time_to_repair", *measurement.mean_time_to_repair_s, "Seconds");
  }
  if (measurement.lookup_ms) {
    take("name_lookup", *measurement.lookup_ms, "Milliseconds");
  }
  if (measurement.path && measurement.path->is_reached) {
    take("path_hops", static_cast<double>(measurement.path->hops.size()), "Count");
  }
  if (measurement.path && measurement.path->mtu) {
    take("path_mtu", measurement.path->mtu->bytes, "Bytes");
  }
}

void add_samples(const LatencyMeasurement& measurement, const NamingOptions& options,
                 std::vector<Sample>& samples) {
  if (options.scheme != Scheme::kTarget) {
    const Adder add(options, samples, measurement.time,
                    document_namespace(options.is_test ? "Test" : measurement.target));
    for_each_metric(measurement.statistics,
                    [&](std::string_view name, double value, std::string_view unit) {
                      if (is_document_latency_metric(name)) {
                        add(name, value, unit);
                      }
                    });
  }
  if (options.scheme != Scheme::kDocument) {
    const Adder add(options, samples, measurement.time, kNamespace,
                    {{"Target", measurement.target}, {"Method", measurement.method}});
    for_each_metric(measurement, add);
  }
}

void add_samples(const HostMeasurement& measurement, const NamingOptions& options,
                 std::vector<Sample>& samples) {
  if (options.scheme != Scheme::kTarget) {
    if (measurement.bandwidth) {
      for_each_metric(*measurement.bandwidth,
                      Adder(options, samples, measurement.time, "VPC/NetworkBandwidth"));
    }
    if (measurement.sockets) {
      for_each_metric(*measurement.sockets,
                      Adder(options, samples, measurement.time, "VPC/TCPConnections"));
    }
  }
  if (options.scheme == Scheme::kDocument) {
    return;
  }
  for (const Bandwidth& row : measurement.interfaces) {
    const Adder add(options, samples, measurement.time, kNamespace, {{"Interface", row.name}});
    for_each_metric(row, add);
    for_each_further_metric(row, add);
  }
  if (measurement.sockets) {
    for_each_metric(*measurement.sockets, Adder(options, samples, measurement.time, kNamespace));
  }
  for (const RemoteQuality& remote : measurement.remotes) {
    add_remote(remote, Adder(options, samples, measurement.time, kNamespace,
                             {{"Remote", to_string(remote.remote)}}));
  }
  for (const HostMeasurement::Counter& counter : measurement.counters) {
    const Adder add(
        options, samples, measurement.time, kNamespace,
        counter.interface.empty() ? Dimensions{} : Dimensions{{"Interface", counter.interface}});
    add(counter.name, counter.value, counter.unit);
  }
}

}  // namespace weir::probe

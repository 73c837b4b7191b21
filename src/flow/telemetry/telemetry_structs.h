#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "flow/telemetry/telemetry.h"

namespace weir::flow {

// The second document's structs. What is not known is absent.

struct InfrastructureId {
  std::optional<std::string> account_id;
  std::optional<std::string> region;
  std::optional<std::string> availability_zone;
  std::optional<std::string> vpc_id;
  std::optional<std::string> subnet_id;
  std::optional<std::string> instance_id;
  std::vector<std::string> security_groups;
};

struct PerformanceMetrics {
  std::optional<std::uint64_t> throughput;        // bits a second
  std::optional<std::uint32_t> latency;           // milliseconds
  std::optional<float> packet_loss;               // percent
  std::optional<std::uint32_t> jitter;            // milliseconds
  std::optional<std::uint32_t> connection_count;  // open flows
  std::optional<std::uint32_t> request_rate;      // a second
};

struct SecurityContext {
  std::optional<std::string> security_group_id;
  std::optional<std::string> rule_action;  // ALLOW, DENY
  std::optional<std::string> protocol;
  std::optional<std::string> port_range;
  std::optional<std::string> source_cidr;
  std::optional<std::int32_t> nacl_rule_number;
};

struct VpcFlowMetrics {
  std::optional<std::string> account_id;
  std::optional<std::string> vpc_id;
  std::optional<std::string> subnet_id;
  std::optional<std::string> instance_id;
  std::optional<std::string> interface_id;
  std::optional<std::string> protocol;
  std::optional<std::uint16_t> source_port;
  std::optional<std::uint16_t> destination_port;
  std::optional<std::string> action;  // of flow logs: ACCEPT, REJECT
  std::optional<std::uint64_t> packets;
  std::optional<std::uint64_t> bytes;
};

struct EksMetrics {
  std::optional<std::string> cluster_name;
  std::optional<std::string> cluster_version;
  std::optional<std::string> node_group_name;
  std::optional<std::string> namespace_name;
  std::optional<std::string> pod_name;
  std::optional<std::string> service_name;
  std::optional<std::string> network_mode;
  std::optional<std::string> cni_plugin;
};

struct AlbMetrics {
  std::optional<std::string> load_balancer_name;
  std::optional<std::string> load_balancer_arn;
  std::optional<std::string> target_group_arn;
  std::optional<std::string> availability_zone;
  std::optional<std::uint32_t> healthy_targets;
  std::optional<std::uint32_t> unhealthy_targets;
  std::optional<std::uint64_t> request_count;
  std::optional<double> response_time;  // seconds
  std::optional<std::string> http_code;
};

[[nodiscard]] InfrastructureId infrastructure_of(const TelemetryMap& telemetry);
[[nodiscard]] PerformanceMetrics performance_of(const TelemetryMap& telemetry);
[[nodiscard]] SecurityContext security_of(const TelemetryMap& telemetry);
[[nodiscard]] VpcFlowMetrics vpc_flow_of(const TelemetryMap& telemetry);
[[nodiscard]] EksMetrics eks_of(const TelemetryMap& telemetry);
[[nodiscard]] AlbMetrics alb_of(const TelemetryMap& telemetry);

}  // namespace weir::flow

#include "flow/telemetry/telemetry_structs.h"

#include <limits>

namespace weir::flow {
namespace {

std::optional<std::string> text_of(const TelemetryMap& telemetry, std::string_view key) {
  return telemetry.get<std::string>(key);
}

// The number, held to the largest that the field can say.
template <class T>
std::optional<T> number_of(const TelemetryMap& telemetry, std::string_view key) {
  const auto value = telemetry.get<std::uint64_t>(key);
  constexpr std::uint64_t kMost = std::numeric_limits<T>::max();
  return value ? std::optional<T>(static_cast<T>(*value < kMost ? *value : kMost)) : std::nullopt;
}

}  // namespace

InfrastructureId infrastructure_of(const TelemetryMap& telemetry) {
  return {text_of(telemetry, "account_id"),
          text_of(telemetry, "region"),
          text_of(telemetry, "availability_zone"),
          text_of(telemetry, "vpc_id"),
          text_of(telemetry, "subnet_id"),
          text_of(telemetry, "instance_id"),
          telemetry.get<std::vector<std::string>>("security_groups")
              .value_or(std::vector<std::string>())};
}

PerformanceMetrics performance_of(const TelemetryMap& telemetry) {
  PerformanceMetrics metrics;
  metrics.throughput = telemetry.get<std::uint64_t>("throughput");
  metrics.latency = number_of<std::uint32_t>(telemetry, "latency");
  if (const auto loss = telemetry.get<double>("packet_loss")) {
    metrics.packet_loss = static_cast<float>(*loss);
  }
  metrics.jitter = number_of<std::uint32_t>(telemetry, "jitter");
  metrics.connection_count = number_of<std::uint32_t>(telemetry, "connection_count");
  metrics.request_rate = number_of<std::uint32_t>(telemetry, "request_rate");
  return metrics;
}

SecurityContext security_of(const TelemetryMap& telemetry) {
  SecurityContext context;
  context.security_group_id = text_of(telemetry, "security_group_id");
  context.rule_action = text_of(telemetry, "rule_action");
  context.protocol = text_of(telemetry, "protocol");
  context.port_range = text_of(telemetry, "port_range");
  context.source_cidr = text_of(telemetry, "source_cidr");
  if (const auto number = telemetry.get<std::int64_t>("nacl_rule_number")) {
    context.nacl_rule_number = static_cast<std::int32_t>(*number);
  }
  return context;
}

VpcFlowMetrics vpc_flow_of(const TelemetryMap& telemetry) {
  return {text_of(telemetry, "account_id"),
          text_of(telemetry, "vpc_id"),
          text_of(telemetry, "subnet_id"),
          text_of(telemetry, "instance_id"),
          text_of(telemetry, "interface_id"),
          text_of(telemetry, "protocol"),
          number_of<std::uint16_t>(telemetry, "source_port"),
          number_of<std::uint16_t>(telemetry, "destination_port"),
          text_of(telemetry, "action"),
          telemetry.get<std::uint64_t>("packets"),
          telemetry.get<std::uint64_t>("bytes")};
}

EksMetrics eks_of(const TelemetryMap& telemetry) {
  return {text_of(telemetry, "cluster_name"), text_of(telemetry, "cluster_version"),
          text_of(telemetry, "node_group"),   text_of(telemetry, "namespace"),
          text_of(telemetry, "pod_name"),     text_of(telemetry, "service_name"),
          text_of(telemetry, "network_mode"), text_of(telemetry, "cni_plugin")};
}

AlbMetrics alb_of(const TelemetryMap& telemetry) {
  return {text_of(telemetry, "lb_name"),
          text_of(telemetry, "lb_arn"),
          text_of(telemetry, "target_group_arn"),
          text_of(telemetry, "availability_zone"),
          number_of<std::uint32_t>(telemetry, "healthy_targets"),
          number_of<std::uint32_t>(telemetry, "unhealthy_targets"),
          telemetry.get<std::uint64_t>("request_count"),
          telemetry.get<double>("response_time"),
          text_of(telemetry, "http_code")};
}

}  // namespace weir::flow

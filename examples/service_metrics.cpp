// The typed structs of the second document, filled by joins; what nobody knows is absent.

#include <weir/flow/telemetry/telemetry_structs.h>

#include <cstdio>

#include "sample.h"

namespace {

const char* text(const std::optional<std::string>& value) {
  return value ? value->c_str() : "(not known)";
}

}  // namespace

int main(int argc, char** argv) {
  using namespace weir::flow;
  const auto inventory = sample::inventory(argc, argv);
  TelemetryContext context;
  context.inventory = &inventory;
  for (const FlowRecord& record : sample::flows(argc, argv)) {
    const TelemetryMap source = telemetry_of(record, FlowEnd::kSource, context);
    const TelemetryMap destination = telemetry_of(record, FlowEnd::kDestination, context);
    const VpcFlowMetrics flow = vpc_flow_of(source);
    std::printf("VPC flow: account %s, interface %s, %s, %llu packets, %llu bytes, action %s\n",
                text(flow.account_id), text(flow.interface_id), text(flow.protocol),
                static_cast<unsigned long long>(flow.packets.value_or(0)),
                static_cast<unsigned long long>(flow.bytes.value_or(0)), text(flow.action));
    const EksMetrics pod = eks_of(source);
    if (pod.pod_name) {
      std::printf("EKS: pod %s in %s, cluster %s\n", text(pod.pod_name), text(pod.namespace_name),
                  text(pod.cluster_name));
    }
    const AlbMetrics balancer = alb_of(destination);
    if (balancer.load_balancer_name) {
      std::printf("ALB: %s, target group %s, HTTP code %s\n", text(balancer.load_balancer_name),
                  text(balancer.target_group_arn), text(balancer.http_code));
    }
    const PerformanceMetrics performance = performance_of(source);
    if (performance.latency) {
      std::printf("performance: %u ms, loss %.2f %%\n", *performance.latency,
                  static_cast<double>(performance.packet_loss.value_or(0)));
    }
  }
  return 0;
}

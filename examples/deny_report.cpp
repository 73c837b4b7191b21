// By source: flows that security groups and ACLs would deny, with distinct ports, so that a scan is
// told from one program that tries again and again.

#include <weir/flow/telemetry/telemetry_structs.h>

#include <cstdio>
#include <map>
#include <set>

#include "sample.h"

int main(int argc, char** argv) {
  using namespace weir::flow;
  struct Denied {
    std::size_t flows = 0;
    std::set<std::uint16_t> ports;
    std::set<std::string> vpcs;
  };
  const auto inventory = sample::inventory(argc, argv);
  TelemetryContext context;
  context.inventory = &inventory;
  std::map<std::string, Denied> by_source;
  for (const FlowRecord& record : sample::flows(argc, argv)) {
    const TelemetryMap telemetry = telemetry_of(record, FlowEnd::kDestination, context);
    if (security_of(telemetry).rule_action != "DENY") {
      continue;
    }
    Denied& denied = by_source[to_string(record.source)];
    ++denied.flows;
    denied.ports.insert(record.destination_port);
    denied.vpcs.insert(infrastructure_of(telemetry).vpc_id.value_or("unknown"));
  }
  for (const auto& [source, denied] : by_source) {
    std::printf("%s: %zu flows to %zu ports of %s%s\n", source.c_str(), denied.flows,
                denied.ports.size(), denied.vpcs.begin()->c_str(),
                denied.ports.size() >= 3 ? " (a port scan?)" : "");
  }
  return 0;
}

// The second document's first example: for each flow the VPC, whether it is slow, and whether the
// rules would block it. What a gateway's options say is the endpoint; the rest is joined.

#include <weir/flow/telemetry/telemetry.h>
#include <weir/packet/field_map.h>

#include <cstdio>

#include "sample.h"

int main(int argc, char** argv) {
  using namespace weir::flow;
  const auto inventory = sample::inventory(argc, argv);
  TelemetryContext context;
  context.inventory = &inventory;
  for (const FlowRecord& record : sample::flows(argc, argv)) {
    for (const FlowEnd end : {FlowEnd::kSource, FlowEnd::kDestination}) {
      const TelemetryMap telemetry = telemetry_of(record, end, context);
      const auto vpc = telemetry.get<std::string>("vpc_id");
      if (!vpc) {
        continue;  // this end is nobody's that the inventory knows
      }
      std::printf("AWS VPC: %s (%s of port %u)\n", vpc->c_str(),
                  end == FlowEnd::kSource ? "source" : "destination", record.destination_port);
      if (const auto latency = telemetry.get<std::uint64_t>("latency"); latency && *latency > 200) {
        std::printf("  High latency detected: %llu ms\n",
                    static_cast<unsigned long long>(*latency));
      }
      if (telemetry.get<std::string>("rule_action") == "DENY") {
        std::printf("  Traffic that the rules block:");
        for (const auto& [key, value] : telemetry) {
          std::printf(" %s=%s", key.c_str(), weir::packet::to_string(value.value).c_str());
        }
        std::printf("\n");
      }
    }
  }
  return 0;
}

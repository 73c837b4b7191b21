#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "format/tree.h"

namespace weir::cli {

// What the monitor of the replay publishes in a minute: the names, units and namespaces that the
// tutorial's script uses (facts: network-probes, section 1).
struct SeedBatch {
  std::string name_space;
  format::Tree datums;  // MetricData
};
// `is_bad`: the network is slow, loses packets and counts errors. `minute` makes values differ.
[[nodiscard]] std::vector<SeedBatch> seed_batches(int minute, bool is_bad, double time_s);

// Inputs of PutMetricAlarm, and the body of the dashboard.
[[nodiscard]] std::vector<format::Tree> seed_alarms(std::string_view topic_arn);
[[nodiscard]] std::string seed_dashboard();

}  // namespace weir::cli

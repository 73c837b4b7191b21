#pragma once

#include <cstdint>
#include <vector>

#include "simulate/connection_emitter.h"
#include "simulate/simulator.h"

namespace weir::simulate {

// The attacks of a run: what will be told of them, and their connections by beginning.
struct AnomalyPlan {
  std::vector<AnomalyTruth> truths;  // without their counts
  std::vector<Connection> connections;
};

// Plans attacks in proportion to `num_records` (some per cent of them) over [begin_s, end_s).
// Attackers have addresses of the documentation networks (RFC 5737): nobody real is accused.
[[nodiscard]] AnomalyPlan plan_anomalies(Topology& topology, RelationBuilder& builder,
                                         std::int64_t num_records, std::int64_t begin_s,
                                         std::int64_t end_s, Random& random);

}  // namespace weir::simulate

#pragma once

#include <span>
#include <vector>

#include "simulate/connection_emitter.h"
#include "simulate/simulator.h"

namespace weir::simulate {

// The summary of what was counted; files, text and duration are the caller's.
[[nodiscard]] SimulationSummary summarise(const Tally& tally,
                                          const std::vector<AnomalyTruth>& anomalies,
                                          const Topology& topology,
                                          std::span<const RelationBuilder::Pair> pairs);

}  // namespace weir::simulate

#pragma once

#include "cli/arguments.h"
#include "cli/environment.h"
#include "probe/measurement.h"
#include "probe/monitor.h"
#include "probe/name_lookup.h"
#include "probe/settings.h"

namespace weir::cli {

// What the ways of probing share.
struct Probing {
  probe::Settings settings;
  probe::NamingOptions naming;
  probe::NameServers servers;
  probe::MonitorOptions options;
  probe::Transports transports;
};
[[nodiscard]] Result<Probing> prepare_probing(const Arguments& arguments, Environment& environment);
// Both outlive it.
[[nodiscard]] probe::Monitor::Lookup lookup_of(const Probing& probing, Environment& environment);

// `weir probe trace HOST`: the way to it.
[[nodiscard]] Result<int> probe_trace(const Arguments& arguments, Environment& environment);
// `weir probe top`: the last rounds, live on a terminal, else once as a table.
[[nodiscard]] Result<int> probe_top(const Arguments& arguments, Environment& environment);

}  // namespace weir::cli

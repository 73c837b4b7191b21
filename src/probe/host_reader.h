#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "io/file_system.h"
#include "probe/ethtool.h"
#include "probe/measurement.h"

namespace weir::probe {

// Reads the kernel's counters again and again and tells what happened between two readings. One
// thread.
class HostReader {
 public:
  HostReader(const Clock& clock, io::FileSystem& files, const Ethtool& ethtool,
             std::size_t max_remotes)
      : clock_(clock), files_(files), ethtool_(ethtool), max_remotes_(max_remotes) {}

  // The first call has no bandwidth and no counters: there is nothing before it. What could not be
  // read is absent, and why is in problems().
  [[nodiscard]] HostMeasurement read();
  [[nodiscard]] const std::vector<std::string>& problems() const { return problems_; }

 private:
  void read_bandwidth(HostMeasurement& measurement);
  void read_sockets(HostMeasurement& measurement);
  void read_kernel(HostMeasurement& measurement);
  void read_drivers(HostMeasurement& measurement);

  const Clock& clock_;
  io::FileSystem& files_;
  const Ethtool& ethtool_;
  std::size_t max_remotes_;
  std::optional<InterfaceReading> interfaces_;
  std::optional<KernelCounters> kernel_;
  std::map<std::pair<std::string, std::string>, std::uint64_t> drivers_;
  SocketSweeper sweeper_;
  RemoteLedger ledger_;
  std::vector<std::string> problems_;
};

}  // namespace weir::probe

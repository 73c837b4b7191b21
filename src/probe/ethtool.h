#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::probe {

// Asks a driver: SIOCETHTOOL of `interface` with the command in `data`; false where it has none. A
// function, so that tests can be an ENA.
using Ethtool = std::function<bool(const std::string& interface, void* data)>;
[[nodiscard]] const Ethtool& system_ethtool();

// Bits per second of the link; absent where the driver does not know.
[[nodiscard]] std::optional<std::uint64_t> read_link_speed(const Ethtool& ethtool,
                                                           const std::string& interface);

using DriverStatistics = std::vector<std::pair<std::string, std::uint64_t>>;
// The driver's own counters by its own names; empty where it has none.
[[nodiscard]] DriverStatistics read_driver_statistics(const Ethtool& ethtool,
                                                      const std::string& interface);

// Whether a counter is one of ENA's that say why an instance loses packets (Linux, ena_ethtool.c):
// allowances that were exceeded, and SRD's. `is_gauge`: a value of the moment, else counted since
// the driver was loaded.
struct EnaCounter {
  bool is_gauge = false;
};
[[nodiscard]] std::optional<EnaCounter> find_ena_counter(std::string_view name);

}  // namespace weir::probe

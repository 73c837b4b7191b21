#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "probe/round_statistics.h"

namespace weir::probe {

// What the kernel counts of an interface. Drops as /proc/net/dev has them: missed ones included.
struct InterfaceCounters {
  int index = 0;
  std::string name;
  bool is_loopback = false;
  std::uint64_t bytes_sent = 0;
  std::uint64_t bytes_recv = 0;
  std::uint64_t packets_sent = 0;
  std::uint64_t packets_recv = 0;
  std::uint64_t errors_in = 0;
  std::uint64_t errors_out = 0;
  std::uint64_t drops_in = 0;
  std::uint64_t drops_out = 0;
  std::optional<std::uint64_t> speed_bits_s;  // of the link, where the driver tells
};

struct InterfaceReading {
  std::int64_t monotonic_ns = 0;
  std::vector<InterfaceCounters> interfaces;
};

// All interfaces of this network namespace, by netlink (RTM_GETSTATS, 64 bits). No privilege.
[[nodiscard]] Result<InterfaceReading> read_interfaces(std::int64_t monotonic_ns);

// How far a counter went. One that fell from the upper half of 32 bits to the lower half wrapped,
// as drivers that count in 32 bits do; one that fell otherwise was reset, and what it has since is
// all that is known.
struct CounterStep {
  std::uint64_t by = 0;
  bool is_reset = false;
};
[[nodiscard]] CounterStep counter_step(std::uint64_t before, std::uint64_t now);

// Of one interface between two readings, or of all of them together.
struct Bandwidth {
  std::string name;  // "" of all
  bool is_loopback = false;
  double duration_s = 0;  // that truly passed
  std::uint64_t bytes_sent = 0;
  std::uint64_t bytes_recv = 0;
  std::uint64_t packets_sent = 0;
  std::uint64_t packets_recv = 0;
  std::uint64_t errors_in = 0;
  std::uint64_t errors_out = 0;
  std::uint64_t drops_in = 0;
  std::uint64_t drops_out = 0;
  std::uint64_t num_resets = 0;
  std::optional<double> utilisation_percent;  // of the link's speed, in the busier direction
};

// One row for each interface that both readings have (one that came in between counts from the next
// reading on), in the order of `now`.
[[nodiscard]] std::vector<Bandwidth> bandwidth_between(const InterfaceReading& before,
                                                       const InterfaceReading& now);
// All rows added up, as the document's script has it: loopback included.
[[nodiscard]] Bandwidth total_of(const std::vector<Bandwidth>& rows, double duration_s);

// The document's 13 names, in its order, with its units.
void for_each_metric(const Bandwidth& bandwidth, const TakeMetric& take);
// What the document does not have: utilisation_percent, error_rate_percent, counter_resets.
void for_each_further_metric(const Bandwidth& bandwidth, const TakeMetric& take);

}  // namespace weir::probe

#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "io/file_system.h"
#include "probe/round_statistics.h"

namespace weir::probe {

// "Tcp.RetransSegs" and its kin. Some are gauges (Tcp.CurrEstab), most only grow.
using KernelCounters = std::map<std::string, std::int64_t, std::less<>>;

// Reads /proc/net/snmp or netstat: pairs of lines, names and values, matched by name; and of
// /proc/net/snmp6 the lines "Ip6InDiscards 7". Other lines are passed over.
[[nodiscard]] KernelCounters parse_kernel_counters(std::string_view text);
// All three, of this process's network namespace.
[[nodiscard]] Result<KernelCounters> read_kernel_counters(io::FileSystem& files);

// How far the counters that tell of trouble went: tcp_retransmits, tcp_listen_drops and so on. What
// the kernel does not have is not called.
void for_each_metric(const KernelCounters& before, const KernelCounters& now,
                     const TakeMetric& take);

}  // namespace weir::probe

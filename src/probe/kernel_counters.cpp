#include "probe/kernel_counters.h"

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

#include "base/number.h"
#include "probe/interface_counters.h"

namespace weir::probe {
namespace {

constexpr const char* kV6Path = "/proc/net/snmp6";
constexpr std::string_view kV6 = "Ip6";

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  while (!line.empty()) {
    const std::size_t end = std::min(line.find_first_of(" \t"), line.size());
    if (end > 0) {
      words.push_back(line.substr(0, end));
    }
    line.remove_prefix(std::min(end + 1, line.size()));
  }
  return words;
}

std::string_view take_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

struct Published {
  std::string_view name;
  std::string_view counter;
};
constexpr std::array<Published, 26> kPublished = {{
    {"tcp_active_opens", "Tcp.ActiveOpens"},
    {"tcp_passive_opens", "Tcp.PassiveOpens"},
    {"tcp_attempt_fails", "Tcp.AttemptFails"},
    {"tcp_established_resets", "Tcp.EstabResets"},
    {"tcp_segments_in", "Tcp.InSegs"},
    {"tcp_segments_out", "Tcp.OutSegs"},
    {"tcp_retransmits", "Tcp.RetransSegs"},
    {"tcp_errors_in", "Tcp.InErrs"},
    {"tcp_resets_out", "Tcp.OutRsts"},
    {"tcp_listen_overflows", "TcpExt.ListenOverflows"},
    {"tcp_listen_drops", "TcpExt.ListenDrops"},
    {"tcp_timeouts", "TcpExt.TCPTimeouts"},
    {"tcp_syn_retransmits", "TcpExt.TCPSynRetrans"},
    {"udp_errors_in", "Udp.InErrors"},
    {"udp_receive_buffer_errors", "Udp.RcvbufErrors"},
    {"ip_discards_in", "Ip.InDiscards"},
    {"ip_discards_out", "Ip.OutDiscards"},
    {"ip_header_errors_in", "Ip.InHdrErrors"},
    {"ip_no_routes_out", "Ip.OutNoRoutes"},
    {"ip_reassembly_failures", "Ip.ReasmFails"},
    {"ip_fragmentation_failures", "Ip.FragFails"},
    {"ip6_discards_in", "Ip6.InDiscards"},
    {"ip6_discards_out", "Ip6.OutDiscards"},
    {"ip6_header_errors_in", "Ip6.InHdrErrors"},
    {"ip6_no_routes_out", "Ip6.OutNoRoutes"},
    {"ip6_reassembly_failures", "Ip6.ReasmFails"},
}};

}  // namespace

KernelCounters parse_kernel_counters(std::string_view text) {
  KernelCounters counters;
  while (!text.empty()) {
    const auto names = words_of(take_line(text));
    if (names.size() == 2 && names.front().starts_with(kV6)) {
      if (const auto value = parse_int64(names.back())) {
        counters[std::string(kV6) + "." + std::string(names.front().substr(kV6.size()))] = *value;
        continue;
      }
    }
    std::string_view ahead = text;
    const auto values = words_of(take_line(ahead));
    if (names.empty() || values.empty() || names.front() != values.front() ||
        !names.front().ends_with(':')) {
      continue;
    }
    text = ahead;
    const std::string_view group = names.front().substr(0, names.front().size() - 1);
    for (std::size_t i = 1; i < std::min(names.size(), values.size()); ++i) {
      if (const auto value = parse_int64(values[i])) {
        counters[std::string(group) + "." + std::string(names[i])] = *value;
      }
    }
  }
  return counters;
}

Result<KernelCounters> read_kernel_counters(io::FileSystem& files) {
  KernelCounters all;
  for (const std::string_view path : {"/proc/net/snmp", "/proc/net/netstat", kV6Path}) {
    auto opened = files.open_source(std::string(path));
    if (!opened && path == kV6Path) {
      continue;  // a kernel without IPv6
    }
    WEIR_ASSIGN_OR_RETURN(const auto source, std::move(opened));
    std::string text;
    std::vector<char> buffer(16U << 10);
    for (;;) {
      WEIR_ASSIGN_OR_RETURN(const std::size_t count, source->read(buffer));
      if (count == 0) {
        break;
      }
      text.append(buffer.data(), count);
    }
    all.merge(parse_kernel_counters(text));
  }
  return all;
}

void for_each_metric(const KernelCounters& before, const KernelCounters& now,
                     const TakeMetric& take) {
  for (const auto& [name, counter] : kPublished) {
    const auto first = before.find(counter);
    const auto last = now.find(counter);
    if (first != before.end() && last != now.end()) {
      const auto step = counter_step(static_cast<std::uint64_t>(first->second),
                                     static_cast<std::uint64_t>(last->second));
      take(name, static_cast<double>(step.by), "Count");
    }
  }
}

}  // namespace weir::probe

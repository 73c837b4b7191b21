#include "probe/interface_counters.h"

#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

#include <algorithm>
#include <map>

#include "probe/ethtool.h"
#include "probe/netlink.h"

namespace weir::probe {
namespace {

template <class T>
Bytes bytes_of(const T& value) {
  return {reinterpret_cast<const std::uint8_t*>(&value), sizeof value};
}

Result<std::map<int, InterfaceCounters>> read_names(Netlink& netlink) {
  std::map<int, InterfaceCounters> interfaces;
  const ifinfomsg request{};
  WEIR_RETURN_IF_ERROR(netlink.dump(RTM_GETLINK, bytes_of(request), [&](Bytes message) {
    const auto head = read_struct<ifinfomsg>(message);
    InterfaceCounters& counters = interfaces[head.ifi_index];
    counters.index = head.ifi_index;
    counters.is_loopback = (head.ifi_flags & IFF_LOOPBACK) != 0;
    for_each_attribute(message.subspan(std::min(message.size(), sizeof head)),
                       [&](std::uint16_t type, Bytes value) {
                         if (type == IFLA_IFNAME) {
                           const auto end = std::find(value.begin(), value.end(), 0);
                           counters.name.assign(value.begin(), end);
                         }
                       });
  }));
  return interfaces;
}

void take_statistics(const rtnl_link_stats64& from, InterfaceCounters& to) {
  to.bytes_sent = from.tx_bytes;
  to.bytes_recv = from.rx_bytes;
  to.packets_sent = from.tx_packets;
  to.packets_recv = from.rx_packets;
  to.errors_in = from.rx_errors;
  to.errors_out = from.tx_errors;
  to.drops_in = from.rx_dropped + from.rx_missed_errors;
  to.drops_out = from.tx_dropped;
}

Result<InterfaceReading> read_once(std::int64_t monotonic_ns) {
  WEIR_ASSIGN_OR_RETURN(Netlink netlink, Netlink::open(NETLINK_ROUTE));
  WEIR_ASSIGN_OR_RETURN(auto interfaces, read_names(netlink));
  InterfaceReading reading;
  reading.monotonic_ns = monotonic_ns;
  if_stats_msg request{};
  request.filter_mask = IFLA_STATS_FILTER_BIT(IFLA_STATS_LINK_64);
  WEIR_RETURN_IF_ERROR(netlink.dump(RTM_GETSTATS, bytes_of(request), [&](Bytes message) {
    const auto head = read_struct<if_stats_msg>(message);
    const auto found = interfaces.find(static_cast<int>(head.ifindex));
    if (found == interfaces.end()) {
      return;  // came between the two dumps
    }
    for_each_attribute(message.subspan(std::min(message.size(), sizeof head)),
                       [&](std::uint16_t type, Bytes value) {
                         if (type == IFLA_STATS_LINK_64) {
                           take_statistics(read_struct<rtnl_link_stats64>(value), found->second);
                           reading.interfaces.push_back(found->second);
                         }
                       });
  }));
  for (InterfaceCounters& counters : reading.interfaces) {
    counters.speed_bits_s = read_link_speed(system_ethtool(), counters.name);
  }
  return reading;
}

}  // namespace

Result<InterfaceReading> read_interfaces(std::int64_t monotonic_ns) {
  for (int attempt = 0;; ++attempt) {
    auto reading = read_once(monotonic_ns);
    if (reading || reading.error().code != ErrorCode::kBusy || attempt == 4) {
      return reading;
    }
  }
}

CounterStep counter_step(std::uint64_t before, std::uint64_t now) {
  constexpr std::uint64_t kTurn = std::uint64_t{1} << 32;
  if (now >= before) {
    return {now - before, false};
  }
  if (before < kTurn && before >= kTurn / 2 && now < kTurn / 2) {
    return {now + kTurn - before, false};
  }
  return {now, true};
}

std::vector<Bandwidth> bandwidth_between(const InterfaceReading& before,
                                         const InterfaceReading& now) {
  std::vector<Bandwidth> rows;
  const double duration_s = static_cast<double>(now.monotonic_ns - before.monotonic_ns) / 1e9;
  for (const InterfaceCounters& current : now.interfaces) {
    const auto found =
        std::find_if(before.interfaces.begin(), before.interfaces.end(), [&](const auto& earlier) {
          return earlier.index == current.index && earlier.name == current.name;
        });
    if (found == before.interfaces.end()) {
      continue;
    }
    Bandwidth row;
    row.name = current.name;
    row.is_loopback = current.is_loopback;
    row.duration_s = duration_s;
    const auto step = [&](std::uint64_t InterfaceCounters::*from, std::uint64_t Bandwidth::*to) {
      const CounterStep counted = counter_step((*found).*from, current.*from);
      row.*to = counted.by;
      row.num_resets += counted.is_reset ? 1U : 0U;
    };
    step(&InterfaceCounters::bytes_sent, &Bandwidth::bytes_sent);
    step(&InterfaceCounters::bytes_recv, &Bandwidth::bytes_recv);
    step(&InterfaceCounters::packets_sent, &Bandwidth::packets_sent);
    step(&InterfaceCounters::packets_recv, &Bandwidth::packets_recv);
    step(&InterfaceCounters::errors_in, &Bandwidth::errors_in);
    step(&InterfaceCounters::errors_out, &Bandwidth::errors_out);
    step(&InterfaceCounters::drops_in, &Bandwidth::drops_in);
    step(&InterfaceCounters::drops_out, &Bandwidth::drops_out);
    if (current.speed_bits_s && duration_s > 0) {
      const auto bits = static_cast<double>(std::max(row.bytes_sent, row.bytes_recv)) * 8;
      row.utilisation_percent =
          100 * bits / duration_s / static_cast<double>(*current.speed_bits_s);
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

Bandwidth total_of(const std::vector<Bandwidth>& rows, double duration_s) {
  Bandwidth total;
  total.duration_s = duration_s;
  for (const Bandwidth& row : rows) {
    total.bytes_sent += row.bytes_sent;
    total.bytes_recv += row.bytes_recv;
    total.packets_sent += row.packets_sent;
    total.packets_recv += row.packets_recv;
    total.errors_in += row.errors_in;
    total.errors_out += row.errors_out;
    total.drops_in += row.drops_in;
    total.drops_out += row.drops_out;
    total.num_resets += row.num_resets;
  }
  return total;
}

void for_each_metric(const Bandwidth& bandwidth, const TakeMetric& take) {
  const auto rate = [&](std::uint64_t count) {
    return bandwidth.duration_s > 0 ? static_cast<double>(count) / bandwidth.duration_s : 0;
  };
  const auto number = [](std::uint64_t count) { return static_cast<double>(count); };
  take("duration_seconds", bandwidth.duration_s, "None");
  take("bytes_sent_per_second", rate(bandwidth.bytes_sent), "Bytes/Second");
  take("bytes_recv_per_second", rate(bandwidth.bytes_recv), "Bytes/Second");
  take("packets_sent_per_second", rate(bandwidth.packets_sent), "Count/Second");
  take("packets_recv_per_second", rate(bandwidth.packets_recv), "Count/Second");
  take("total_bytes_sent", number(bandwidth.bytes_sent), "Bytes");
  take("total_bytes_recv", number(bandwidth.bytes_recv), "Bytes");
  take("total_packets_sent", number(bandwidth.packets_sent), "Count");
  take("total_packets_recv", number(bandwidth.packets_recv), "Count");
  take("errors_in", number(bandwidth.errors_in), "Count");
  take("errors_out", number(bandwidth.errors_out), "Count");
  take("drops_in", number(bandwidth.drops_in), "Count");
  take("drops_out", number(bandwidth.drops_out), "Count");
}

void for_each_further_metric(const Bandwidth& bandwidth, const TakeMetric& take) {
  if (bandwidth.utilisation_percent) {
    take("utilisation_percent", *bandwidth.utilisation_percent, "Percent");
  }
  const auto packets = static_cast<double>(bandwidth.packets_sent + bandwidth.packets_recv);
  const auto errors = static_cast<double>(bandwidth.errors_in + bandwidth.errors_out);
  if (packets + errors > 0) {
    take("error_rate_percent", 100 * errors / (packets + errors), "Percent");
  }
  take("counter_resets", static_cast<double>(bandwidth.num_resets), "Count");
}

}  // namespace weir::probe

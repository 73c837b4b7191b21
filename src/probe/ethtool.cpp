#include "probe/ethtool.h"

#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "probe/descriptor.h"

namespace weir::probe {
namespace {

constexpr std::uint32_t kMaxStatistics = 16'384;

// A struct of the kernel's with an array behind it.
template <class T>
class Command {
 public:
  Command(std::uint32_t command, std::size_t tail_bytes) : bytes_(sizeof(T) + tail_bytes) {
    T head{};
    head.cmd = command;
    store(head);
  }
  void* data() { return bytes_.data(); }
  [[nodiscard]] T head() const {
    T head{};
    std::memcpy(&head, bytes_.data(), sizeof head);
    return head;
  }
  void store(const T& head) { std::memcpy(bytes_.data(), &head, sizeof head); }
  [[nodiscard]] const std::uint8_t* tail() const { return bytes_.data() + sizeof(T); }

 private:
  std::vector<std::uint8_t> bytes_;
};

std::uint32_t read_count(const Ethtool& ethtool, const std::string& interface) {
  Command<ethtool_sset_info> command(ETHTOOL_GSSET_INFO, sizeof(std::uint32_t));
  auto head = command.head();
  head.sset_mask = std::uint64_t{1} << ETH_SS_STATS;
  command.store(head);
  if (!ethtool(interface, command.data()) || command.head().sset_mask == 0) {
    return 0;
  }
  std::uint32_t count = 0;
  std::memcpy(&count, command.tail(), sizeof count);
  return std::min(count, kMaxStatistics);
}

}  // namespace

const Ethtool& system_ethtool() {
  static const Ethtool kSystem = [](const std::string& interface, void* data) {
    const Descriptor control(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    ifreq request{};
    if (!control.is_open() || interface.size() >= sizeof request.ifr_name) {
      return false;
    }
    std::memcpy(request.ifr_name, interface.data(), interface.size());
    request.ifr_data = static_cast<char*>(data);
    return ioctl(control.get(), SIOCETHTOOL, &request) == 0;
  };
  return kSystem;
}

std::optional<std::uint64_t> read_link_speed(const Ethtool& ethtool, const std::string& interface) {
  // Asked twice: the first answer is how many words the masks have, as a negative number.
  constexpr std::size_t kMaxWords = 127;
  Command<ethtool_link_settings> command(ETHTOOL_GLINKSETTINGS, 3 * kMaxWords * 4);
  if (!ethtool(interface, command.data()) || command.head().link_mode_masks_nwords >= 0) {
    return std::nullopt;
  }
  ethtool_link_settings again{};
  again.cmd = ETHTOOL_GLINKSETTINGS;
  again.link_mode_masks_nwords = static_cast<std::int8_t>(-command.head().link_mode_masks_nwords);
  command.store(again);
  if (!ethtool(interface, command.data())) {
    return std::nullopt;
  }
  const std::uint32_t megabits = command.head().speed;
  if (megabits == 0 || megabits == static_cast<std::uint32_t>(SPEED_UNKNOWN)) {
    return std::nullopt;
  }
  return std::uint64_t{megabits} * 1'000'000;
}

DriverStatistics read_driver_statistics(const Ethtool& ethtool, const std::string& interface) {
  const std::uint32_t count = read_count(ethtool, interface);
  if (count == 0) {
    return {};
  }
  Command<ethtool_gstrings> names(ETHTOOL_GSTRINGS, std::size_t{count} * ETH_GSTRING_LEN);
  auto head = names.head();
  head.string_set = ETH_SS_STATS;
  head.len = count;
  names.store(head);
  Command<ethtool_stats> values(ETHTOOL_GSTATS, std::size_t{count} * 8);
  auto values_head = values.head();
  values_head.n_stats = count;
  values.store(values_head);
  if (!ethtool(interface, names.data()) || !ethtool(interface, values.data())) {
    return {};
  }
  DriverStatistics statistics;
  // Queues may have been added or taken away since they were counted.
  const std::uint32_t told = std::min({count, names.head().len, values.head().n_stats});
  for (std::uint32_t i = 0; i < told; ++i) {
    const auto* name =
        reinterpret_cast<const char*>(names.tail()) + std::size_t{i} * ETH_GSTRING_LEN;
    std::uint64_t value = 0;
    std::memcpy(&value, values.tail() + std::size_t{i} * 8, sizeof value);
    statistics.emplace_back(std::string(name, strnlen(name, ETH_GSTRING_LEN)), value);
  }
  return statistics;
}

std::optional<EnaCounter> find_ena_counter(std::string_view name) {
  if (name == "conntrack_allowance_available" || name == "ena_srd_mode" ||
      name == "ena_srd_resource_utilization") {
    return EnaCounter{true};
  }
  for (const std::string_view counter :
       {"bw_in_allowance_exceeded", "bw_out_allowance_exceeded", "pps_allowance_exceeded",
        "conntrack_allowance_exceeded", "linklocal_allowance_exceeded", "ena_srd_tx_pkts",
        "ena_srd_eligible_tx_pkts", "ena_srd_rx_pkts"}) {
    if (name == counter) {
      return EnaCounter{false};
    }
  }
  return std::nullopt;
}

}  // namespace weir::probe

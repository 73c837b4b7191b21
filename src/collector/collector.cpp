#include "collector/collector.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/number.h"
#include "collector/receiver.h"
#include "flow/meter/flow_text.h"

namespace weir::collector {
namespace {

constexpr std::size_t kMaxReceivers = 64;

Result<void> check(const CollectorOptions& options) {
  if (options.listen.empty()) {
    return fail(ErrorCode::kUsage, "no address to listen on");
  }
  const packet::TunnelPorts& ports = options.parser.ports;
  for (const ListenAddress& address : options.listen) {
    if (options.allow.empty() && !is_loopback(address.address)) {
      return fail(ErrorCode::kUsage,
                  fmt::format("{} can be reached from other machines: say who may send there with "
                              "--allow, as in --allow 10.0.0.0/16 (--allow 0.0.0.0/0: everybody)",
                              to_string(address)));
    }
    const bool is_tunnel_port = address.port == ports.geneve[0] ||
                                address.port == ports.geneve[1] || address.port == ports.vxlan[0] ||
                                address.port == ports.vxlan[1] || address.port == ports.vxlan_gpe;
    if (!is_tunnel_port || address.port == 0) {
      return fail(ErrorCode::kUsage,
                  fmt::format("port {} is neither GENEVE's nor VXLAN's: say which with "
                              "--geneve-port {} or --vxlan-port {}",
                              address.port, address.port, address.port));
    }
  }
  if (options.num_receivers == 0 || options.num_receivers > kMaxReceivers) {
    return fail(ErrorCode::kUsage, fmt::format("1 to {} receivers", kMaxReceivers));
  }
  return {};
}

PrefixTable allow_list(const std::vector<IpPrefix>& allow) {
  std::vector<PrefixTable::Entry> entries;
  for (const IpPrefix& prefix : allow) {
    entries.push_back({prefix, 0});
  }
  if (entries.empty()) {
    entries = {{*parse_prefix("127.0.0.0/8"), 0}, {*parse_prefix("::1"), 0}};
  }
  return PrefixTable(entries);
}

void add(CollectorCounters& to, const CollectorCounters& from) {
  to.packets.merge(from.packets);
  to.has_joined_drops = to.has_joined_drops || from.has_joined_drops;
  flow::MeterCounters& flows = to.flows;
  flows.packets += from.flows.packets;
  flows.duplicates += from.flows.duplicates;
  flows.without_ip += from.flows.without_ip;
  flows.orphan_fragments += from.flows.orphan_fragments;
  flows.flows += from.flows.flows;
  flows.records += from.flows.records;
  flows.evicted += from.flows.evicted;
  flows.resumed_after_idle += from.flows.resumed_after_idle;
  to.open_flows += from.open_flows;
  to.not_allowed += from.not_allowed;
  to.returned += from.returned;
  to.return_failed += from.return_failed;
  to.handed_over += from.handed_over;
}

}  // namespace

Collector::Collector(CollectorOptions options, const Clock& clock, Sinks sinks)
    : share_(std::make_unique<ReceiverShare>(std::move(options), clock, std::move(sinks))) {}

Collector::~Collector() { stop(); }

Result<std::unique_ptr<Collector>> Collector::open(CollectorOptions options, const Clock& clock,
                                                   Sinks sinks) {
  WEIR_RETURN_IF_ERROR(check(options));
  std::unique_ptr<Collector> collector(new Collector(std::move(options), clock, std::move(sinks)));
  ReceiverShare& share = *collector->share_;
  share.allowed = allow_list(share.options.allow);
  const std::size_t num_receivers = share.options.num_receivers;
  share.options.meter.max_flows =
      std::max<std::size_t>(share.options.meter.max_flows / num_receivers, 1);
  share.rings.resize(num_receivers);
  for (std::size_t from = 0; from < num_receivers; ++from) {
    for (std::size_t to = 0; to < num_receivers; ++to) {
      share.rings[from].push_back(from == to ? nullptr : std::make_unique<PacketRing>());
    }
    share.bells.push_back(std::make_unique<Doorbell>());
  }
  for (std::size_t index = 0; index < num_receivers; ++index) {
    WEIR_ASSIGN_OR_RETURN(auto receiver, Receiver::open(share, index, share.options.listen));
    collector->receivers_.push_back(std::move(receiver));
  }
  collector->addresses_ = collector->receivers_.front()->addresses();
  if (share.options.health) {
    HealthServer::Answers answers;
    answers.is_healthy = [&share] {
      return !share.is_stopping.load() && share.num_receiving.load() == share.rings.size();
    };
    answers.metrics = [owner = collector.get()] { return to_prometheus(owner->counters()); };
    WEIR_ASSIGN_OR_RETURN(collector->health_,
                          HealthServer::open(*share.options.health, std::move(answers)));
  }
  return collector;
}

void Collector::start() {
  share_->num_receiving = receivers_.size();
  for (const auto& receiver : receivers_) {
    threads_.emplace_back([&receiver = *receiver] { receiver.run(); });
  }
}

void Collector::stop() {
  share_->is_stopping = true;
  for (const auto& bell : share_->bells) {
    bell->ring();
  }
  for (std::thread& thread : threads_) {
    thread.join();
  }
  threads_.clear();
}

std::optional<ListenAddress> Collector::health_address() const {
  return health_ == nullptr ? std::nullopt : std::optional(health_->address());
}

std::size_t Collector::receive_buffer_bytes() const {
  return receivers_.front()->receive_buffer_bytes();
}

CollectorCounters Collector::counters() const {
  CollectorCounters counters;
  for (const auto& receiver : receivers_) {
    add(counters, receiver->counters());
  }
  return counters;
}

std::string to_text(const CollectorCounters& counters) {
  const auto grouped = [](std::uint64_t value) {
    return format_grouped(static_cast<std::int64_t>(value));
  };
  const packet::Statistics& packets = counters.packets;
  std::string text =
      fmt::format("received {}: kept {}, skipped {}, dropped {}; dropped by the kernel {}\n",
                  grouped(packets.received()), grouped(packets.kept()), grouped(packets.skipped()),
                  grouped(packets.dropped()), grouped(packets.kernel_drops));
  if (counters.has_joined_drops) {
    text +=
        "the kernel counts datagrams that it had joined as one where it drops them: --single "
        "counts "
        "each, and takes more time\n";
  }
  if (counters.not_allowed > 0) {
    text += fmt::format("{} datagrams came from sources that --allow does not name\n",
                        grouped(counters.not_allowed));
  }
  if (counters.returned + counters.return_failed > 0) {
    text += fmt::format("{} packets went back to the gateway, {} could not\n",
                        grouped(counters.returned), grouped(counters.return_failed));
  }
  return text + flow::to_text(counters.flows);
}

std::string to_prometheus(const CollectorCounters& counters) {
  std::string text = packet::to_prometheus(counters.packets);
  const auto add = [&](std::string_view name, std::string_view type, std::string_view help,
                       std::uint64_t value) {
    text += fmt::format(
        "# HELP weir_collector_{0} {2}\n# TYPE weir_collector_{0} {1}\n"
        "weir_collector_{0} {3}\n",
        name, type, help, value);
  };
  add("not_allowed_total", "counter", "datagrams of sources that are not on the list",
      counters.not_allowed);
  add("returned_total", "counter", "packets given back to the gateway", counters.returned);
  add("return_failed_total", "counter", "packets that could not be given back",
      counters.return_failed);
  add("handed_over_total", "counter", "packets metered by another receiver", counters.handed_over);
  add("open_flows", "gauge", "flows that are open", counters.open_flows);
  add("flows_total", "counter", "flows that began", counters.flows.flows);
  add("records_total", "counter", "flow records given", counters.flows.records);
  add("duplicates_total", "counter", "packets that were mirrored twice", counters.flows.duplicates);
  add("evicted_total", "counter", "records ended early for want of room", counters.flows.evicted);
  return text;
}

}  // namespace weir::collector

#include "flow/telemetry/telemetry.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "packet/packet_text.h"
#include "packet/protocol_names.h"

namespace weir::flow {
namespace {

using inventory::Interface;
using inventory::Inventory;

// "app/NAME/ID" of the description that Elastic Load Balancing gives its interfaces.
std::string_view balancer_name(std::string_view description) {
  if (!description.starts_with("ELB ")) {
    return {};
  }
  std::string_view rest = description.substr(4);
  const auto slash = rest.find('/');
  if (slash == std::string_view::npos) {
    return rest;
  }
  rest = rest.substr(slash + 1);
  return rest.substr(0, rest.find('/'));
}

std::string_view service_type(const Interface& interface) {
  if (interface.description.starts_with("ELB ")) {
    return interface.description.starts_with("ELB app/")   ? "ALB"
           : interface.description.starts_with("ELB net/") ? "NLB"
                                                           : "ELB";
  }
  if (interface.type == "nat_gateway") {
    return "NAT";
  }
  if (interface.type == "transit_gateway") {
    return "TransitGateway";
  }
  if (interface.type == "vpc_endpoint" || interface.type == "gateway_load_balancer_endpoint") {
    return "VPCEndpoint";
  }
  if (interface.type == "lambda") {
    return "Lambda";
  }
  if (interface.description.starts_with("arn:aws:ecs:")) {
    return "ECS";
  }
  if (interface.description.starts_with("aws-K8S-") ||
      interface.description.starts_with("Amazon EKS")) {
    return "EKS";
  }
  return "VPC";
}

class Joiner {
 public:
  Joiner(const FlowRecord& record, FlowEnd end, const TelemetryContext& context)
      : record_(record),
        context_(context),
        is_source_(end == FlowEnd::kSource),
        own_(is_source_ ? record.source : record.destination),
        other_(is_source_ ? record.destination : record.source),
        service_port_(record.destination_port),
        seen_(record.end_ns / 1'000'000) {}

  TelemetryMap run() {
    set_wire();
    set_meter();
    if (context_.inventory != nullptr) {
      known_ = context_.inventory->as_of();
      set_gateway_network();
      if (const Interface* const interface = context_.inventory->find_interface(own_)) {
        set_interface(*interface);
        set_rules(*interface);
        set_balancer(*interface);
      }
      set_workload();
    }
    return std::move(map_);
  }

 private:
  void set_wire() {
    wire("protocol", packet::protocol_name(record_.protocol));
    wire("source_ip", to_string(record_.source));
    map_.set("source_port", std::uint64_t{record_.source_port}, Origin::kWire, seen_);
    map_.set("destination_port", std::uint64_t{record_.destination_port}, Origin::kWire, seen_);
    map_.set("vni", std::uint64_t{record_.vni}, Origin::kWire, seen_);
    if ((record_.gateway.present & 1U) != 0) {
      wire("gwlbe_eni", fmt::format("eni-{:017x}", record_.gateway.endpoint));
    }
    if ((record_.gateway.present & 2U) != 0) {
      wire("gwlbe_attachment_id", fmt::format("{:016x}", record_.gateway.attachment));
    }
    if ((record_.gateway.present & 4U) != 0) {
      wire("flow_cookie", fmt::format("{:08x}", record_.gateway.cookie));
    }
  }

  void set_meter() {
    const std::uint64_t bytes = record_.forward.bytes + record_.reverse.bytes;
    meter("packets", record_.forward.packets + record_.reverse.packets);
    meter("bytes", bytes);
    const double seconds = record_.duration_s();
    if (seconds > 0) {
      meter("throughput", static_cast<std::uint64_t>(static_cast<double>(bytes) * 8 / seconds));
    }
    if (record_.round_trips.handshake_us > 0) {
      meter("latency", (record_.round_trips.handshake_us + 500U) / 1000U);
      meter("latency_us", record_.round_trips.handshake_us);
    }
    if (record_.round_trips.samples > 1) {
      meter("jitter",
            static_cast<std::uint64_t>(std::llround(record_.round_trips.jitter_us() / 1000)));
      meter("jitter_us", static_cast<std::uint64_t>(std::llround(record_.round_trips.jitter_us())));
    }
    // One direction alone hides half of the repairs: no estimate then.
    const std::uint64_t segments = record_.forward.data_segments + record_.reverse.data_segments;
    if (segments > 0 && record_.forward.packets > 0 && record_.reverse.packets > 0) {
      const std::uint64_t again = record_.forward.retransmits + record_.reverse.retransmits;
      map_.set(
          "packet_loss",
          100.0 * static_cast<double>(std::min(again, segments)) / static_cast<double>(segments),
          Origin::kMeter, seen_);
    }
    if (context_.open_flows > 0) {
      meter("connection_count", context_.open_flows);
    }
    if (record_.http_requests > 0) {
      if (seconds > 0) {
        meter("request_rate",
              static_cast<std::uint64_t>(std::llround(record_.http_requests / seconds)));
      }
      meter("request_count", record_.http_requests);
    }
    if (record_.http_responses > 0) {
      map_.set("response_time",
               static_cast<double>(record_.http_response_us) / record_.http_responses / 1e6,
               Origin::kMeter, seen_);
      map_.set("http_code", std::to_string(record_.http_status), Origin::kMeter, seen_);
    }
  }

  // The endpoint's interface may lie in an inspection VPC, so its VPC has a key of its own.
  void set_gateway_network() {
    if ((record_.gateway.present & 1U) == 0) {
      return;
    }
    const Interface* const endpoint = context_.inventory->find_interface_by_id(
        fmt::format("eni-{:017x}", record_.gateway.endpoint));
    if (endpoint != nullptr) {
      inventory_text("gwlbe_vpc_id", endpoint->vpc_id);
    }
  }

  void set_interface(const Interface& interface) {
    const inventory::Subnet* const subnet = context_.inventory->find_subnet(interface.subnet_id);
    const std::string zone =
        interface.zone.empty() && subnet != nullptr ? subnet->zone : interface.zone;
    inventory_text("service_type", service_type(interface));
    inventory_text("account_id", interface.account_id);
    inventory_text("region", inventory::region_of_zone(zone));
    inventory_text("availability_zone", zone);
    inventory_text("vpc_id", interface.vpc_id);
    inventory_text("subnet_id", interface.subnet_id);
    inventory_text("instance_id", interface.instance_id);
    inventory_text("interface_id", interface.id);
    if (!interface.security_groups.empty()) {
      map_.set("security_groups", interface.security_groups, Origin::kInventory, known_);
    }
    const auto tag = [&](std::string_view key, std::string_view name) {
      inventory_text(key, context_.inventory->tag(interface.instance_id, name));
    };
    tag("cluster_name", "eks:cluster-name");
    tag("node_group", "eks:nodegroup-name");
  }

  // What the rules say of the flow's first packet: in at the destination, out at the source.
  void set_rules(const Interface& interface) {
    const Inventory& inventory = *context_.inventory;
    const auto answer =
        inventory.ask_groups(interface, is_source_, record_.protocol, service_port_, other_);
    if (const auto* const rule = answer.rule) {
      evaluated("security_group_id", answer.group_id);
      evaluated("port_range", rule->first_port == rule->last_port
                                  ? std::to_string(rule->first_port)
                                  : fmt::format("{}-{}", rule->first_port, rule->last_port));
      evaluated("source_cidr", rule->cidr);
    }
    const auto* const entry = inventory.matching_entry(interface.subnet_id, is_source_,
                                                       record_.protocol, service_port_, other_);
    if (entry != nullptr) {
      map_.set("nacl_rule_number", std::int64_t{entry->number}, Origin::kInventory, known_, true);
    }
    using inventory::GroupVerdict;
    if (answer.verdict == GroupVerdict::kDenied || (entry != nullptr && !entry->is_allowed)) {
      evaluated("rule_action", "DENY");
    } else if (answer.verdict == GroupVerdict::kAllowed ||
               (answer.verdict == GroupVerdict::kNoGroups && entry != nullptr)) {
      evaluated("rule_action", "ALLOW");
    }
  }

  void set_balancer(const Interface& interface) {
    const Inventory& inventory = *context_.inventory;
    const std::string_view name = balancer_name(interface.description);
    auto groups = inventory.target_groups(to_string(own_));
    if (groups.empty() && !interface.instance_id.empty()) {
      groups = inventory.target_groups(interface.instance_id);
    }
    if (!name.empty()) {
      const std::string_view arn = inventory.load_balancer_arn(name);
      inventory_text("lb_name", name);
      inventory_text("lb_arn", arn);
      groups = inventory.groups_behind(arn);
    }
    if (groups.size() != 1) {
      return;  // of several groups nobody knows which one served the flow
    }
    inventory_text("target_group_arn", groups.front()->arn);
    map_.set("healthy_targets", std::uint64_t{groups.front()->num_healthy}, Origin::kInventory,
             known_);
    map_.set("unhealthy_targets", std::uint64_t{groups.front()->num_unhealthy}, Origin::kInventory,
             known_);
  }

  void set_workload() {
    const inventory::Workload* const workload = context_.inventory->find_workload(own_);
    if (workload == nullptr) {
      return;
    }
    const auto container = [&](std::string_view key, std::string_view text) {
      map_.set_text(key, text, Origin::kContainer, known_);
    };
    container("task_arn", workload->task_arn);
    container("cluster_name", workload->cluster_name);
    container("namespace", workload->namespace_name);
    container("pod_name", workload->pod_name);
    container("service_name", workload->service_name);
    container("network_mode", workload->network_mode);
    container("node_group", context_.inventory->node_group(workload->node_name));
    if (!workload->pod_name.empty()) {
      container("cni_plugin", context_.inventory->cni_plugin());
    }
  }

  void wire(std::string_view key, std::string text) {
    map_.set(key, std::move(text), Origin::kWire, seen_);
  }
  void meter(std::string_view key, std::uint64_t value) {
    map_.set(key, value, Origin::kMeter, seen_);
  }
  void inventory_text(std::string_view key, std::string_view text) {
    map_.set_text(key, text, Origin::kInventory, known_);
  }
  void evaluated(std::string_view key, std::string_view text) {
    map_.set_text(key, text, Origin::kInventory, known_, true);
  }

  const FlowRecord& record_;
  const TelemetryContext& context_;
  bool is_source_;
  IpAddress own_;
  IpAddress other_;
  std::uint16_t service_port_;
  TimeMs seen_;
  TimeMs known_ = 0;
  TelemetryMap map_;
};

}  // namespace

void TelemetryMap::set(std::string_view key, packet::FieldValue value, Origin origin, TimeMs as_of,
                       bool is_evaluated) {
  TelemetryValue entry{std::move(value), origin, is_evaluated, as_of};
  for (Entry& old : entries_) {
    if (old.key == key) {
      old.value = std::move(entry);
      return;
    }
  }
  entries_.push_back({std::string(key), std::move(entry)});
}

void TelemetryMap::set_text(std::string_view key, std::string_view text, Origin origin,
                            TimeMs as_of, bool is_evaluated) {
  if (!text.empty()) {
    set(key, std::string(text), origin, as_of, is_evaluated);
  }
}

const TelemetryValue* TelemetryMap::find(std::string_view key) const {
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const Entry& entry) { return entry.key == key; });
  return found == entries_.end() ? nullptr : &found->value;
}

TelemetryMap telemetry_of(const FlowRecord& record, FlowEnd end, const TelemetryContext& context) {
  return Joiner(record, end, context).run();
}

void write_json(format::JsonWriter& json, const TelemetryMap& telemetry) {
  json.begin_object();
  for (const auto& [key, value] : telemetry) {
    json.key(key);
    json.begin_object();
    json.key("value");
    packet::write_value(json, value.value);
    json.key("origin");
    const char letter = static_cast<char>(value.origin);
    json.string({&letter, 1});
    if (value.is_evaluated) {
      json.key("evaluated");
      json.boolean(true);
    }
    json.key("as_of");
    json.integer(value.as_of);
    json.end_object();
  }
  json.end_object();
}

}  // namespace weir::flow

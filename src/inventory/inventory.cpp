#include "inventory/inventory.h"

#include <algorithm>
#include <array>

namespace weir::inventory {
namespace {

// RFC 1918 and RFC 6598: what VPCs are made of.
bool is_private(const IpAddress& address) {
  static const std::array kPrivate{*parse_prefix("10.0.0.0/8"), *parse_prefix("172.16.0.0/12"),
                                   *parse_prefix("192.168.0.0/16"), *parse_prefix("100.64.0.0/10")};
  return std::any_of(kPrivate.begin(), kPrivate.end(),
                     [&](const IpPrefix& network) { return network.contains(address); });
}

}  // namespace

const Interface* Inventory::find_interface(const IpAddress& address,
                                           std::string_view vpc_id) const {
  const auto found = by_address_.find(address);
  if (found == by_address_.end()) {
    return nullptr;
  }
  const auto& places = found->second;
  if (vpc_id.empty()) {
    return places.size() == 1 ? &interfaces_[places.front().interface] : nullptr;
  }
  const auto place = std::find_if(places.begin(), places.end(), [&](const AddressOfVpc& entry) {
    return entry.vpc_id == vpc_id;
  });
  return place == places.end() ? nullptr : &interfaces_[place->interface];
}

const Interface* Inventory::find_interface_by_id(std::string_view id) const {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : &interfaces_[found->second];
}

const Subnet* Inventory::find_subnet(std::string_view id) const {
  const auto found = subnets_.find(id);
  return found == subnets_.end() ? nullptr : &found->second;
}

const Workload* Inventory::find_workload(const IpAddress& address) const {
  const auto found = workloads_.find(address);
  return found == workloads_.end() ? nullptr : &found->second;
}

std::string_view Inventory::tag(std::string_view instance_id, std::string_view key) const {
  const auto tags = tags_.find(instance_id);
  if (tags == tags_.end()) {
    return {};
  }
  const auto found = tags->second.find(key);
  return found == tags->second.end() ? std::string_view() : std::string_view(found->second);
}

std::string_view Inventory::node_group(std::string_view node_name) const {
  const auto found = node_groups_.find(node_name);
  return found == node_groups_.end() ? std::string_view() : std::string_view(found->second);
}

std::vector<const TargetGroup*> Inventory::target_groups(std::string_view target) const {
  std::vector<const TargetGroup*> groups;
  const auto [first, last] = targets_.equal_range(target);
  for (auto at = first; at != last; ++at) {
    groups.push_back(&target_groups_[at->second]);
  }
  return groups;
}

std::string_view Inventory::load_balancer_arn(std::string_view name) const {
  const auto found = balancers_.find(name);
  return found == balancers_.end() ? std::string_view() : std::string_view(found->second);
}

std::vector<const TargetGroup*> Inventory::groups_behind(std::string_view balancer_arn) const {
  std::vector<const TargetGroup*> groups;
  for (const TargetGroup& group : target_groups_) {
    if (!balancer_arn.empty() && group.load_balancer_arn == balancer_arn) {
      groups.push_back(&group);
    }
  }
  return groups;
}

std::optional<bool> Inventory::is_member(const IpAddress& address, std::string_view group) const {
  const auto found = by_address_.find(address);
  if (found == by_address_.end()) {
    // What is no private address is nobody's inside a VPC.
    return address.is_v4() && !is_private(address) ? std::optional(false) : std::nullopt;
  }
  std::size_t num_members = 0;
  for (const AddressOfVpc& place : found->second) {
    const auto& groups = interfaces_[place.interface].security_groups;
    if (!place.is_public && groups.empty()) {
      return std::nullopt;
    }
    num_members +=
        !place.is_public && std::find(groups.begin(), groups.end(), group) != groups.end() ? 1 : 0;
  }
  if (num_members != 0 && num_members != found->second.size()) {
    return std::nullopt;  // of several VPCs, and not known of which
  }
  return num_members != 0;
}

std::optional<bool> Inventory::matches_peer(const GroupRule& rule, const IpAddress& other) const {
  switch (rule.peer) {
    case RulePeer::kNetwork:
      return rule.network.contains(other);
    case RulePeer::kGroup:
      return is_member(other, rule.peer_group);
    case RulePeer::kPrefixList:
      break;
  }
  return std::nullopt;
}

GroupAnswer Inventory::ask_groups(const Interface& interface, bool is_egress, int protocol,
                                  int port, const IpAddress& other) const {
  if (interface.security_groups.empty()) {
    return {};
  }
  bool is_known = true;
  for (const std::string& group : interface.security_groups) {
    const auto rules = rules_.find(group);
    if (rules == rules_.end()) {
      is_known = false;
      continue;
    }
    for (const GroupRule& rule : rules->second) {
      if (rule.is_egress != is_egress || (rule.protocol >= 0 && rule.protocol != protocol) ||
          port < rule.first_port || port > rule.last_port) {
        continue;
      }
      const auto matches = matches_peer(rule, other);
      if (matches.value_or(false)) {
        return {GroupVerdict::kAllowed, &rule, group};
      }
      is_known = is_known && matches.has_value();
    }
  }
  return {is_known ? GroupVerdict::kDenied : GroupVerdict::kUnknown, nullptr, {}};
}

const AclEntry* Inventory::matching_entry(std::string_view subnet_id, bool is_egress, int protocol,
                                          int port, const IpAddress& other) const {
  const auto entries = acls_.find(subnet_id);
  if (entries == acls_.end()) {
    return nullptr;
  }
  for (const AclEntry& entry : entries->second) {
    if (entry.is_egress == is_egress && (entry.protocol < 0 || entry.protocol == protocol) &&
        port >= entry.first_port && port <= entry.last_port && entry.network.contains(other)) {
      return &entry;
    }
  }
  return nullptr;
}

std::string region_of_zone(std::string_view zone) {
  // Two words and a number, then what names the zone.
  std::size_t at = 0;
  while (at < zone.size() && (zone[at] < '0' || zone[at] > '9')) {
    ++at;
  }
  const std::size_t digits = at;
  while (at < zone.size() && zone[at] >= '0' && zone[at] <= '9') {
    ++at;
  }
  const bool has_dashes =
      std::count(zone.begin(), zone.begin() + static_cast<std::ptrdiff_t>(digits), '-') >= 2;
  return at > digits && at < zone.size() && has_dashes ? std::string(zone.substr(0, at))
                                                       : std::string();
}

}  // namespace weir::inventory

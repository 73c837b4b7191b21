#include "inventory/inventory.h"

#include <algorithm>

namespace weir::inventory {

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

bool Inventory::knows_rules_of(const Interface& interface) const {
  return std::any_of(interface.security_groups.begin(), interface.security_groups.end(),
                     [&](const std::string& group) { return rules_.contains(group); });
}

const GroupRule* Inventory::matching_rule(const Interface& interface, bool is_egress, int protocol,
                                          int port, const IpAddress& other,
                                          std::string* group_id) const {
  for (const std::string& group : interface.security_groups) {
    const auto rules = rules_.find(group);
    if (rules == rules_.end()) {
      continue;
    }
    for (const GroupRule& rule : rules->second) {
      if (rule.is_egress == is_egress && (rule.protocol < 0 || rule.protocol == protocol) &&
          port >= rule.first_port && port <= rule.last_port && rule.network.contains(other)) {
        *group_id = group;
        return &rule;
      }
    }
  }
  return nullptr;
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

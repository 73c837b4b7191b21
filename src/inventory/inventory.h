#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/ip_address.h"
#include "base/result.h"

namespace weir::inventory {

// A network interface, or what is known of one from an instance. Empty texts: not said.
struct Interface {
  std::string id;
  std::string description;
  std::string type;  // "interface", "nat_gateway", "gateway_load_balancer_endpoint", ...
  std::string account_id;
  std::string vpc_id;
  std::string subnet_id;
  std::string zone;
  std::string instance_id;
  std::vector<std::string> security_groups;
};

struct Subnet {
  std::string id;
  std::string vpc_id;
  std::string account_id;
  std::string zone;
};

// Whom a permission is for.
enum class RulePeer : std::uint8_t {
  kNetwork,
  kGroup,       // interfaces of another security group, or of its own
  kPrefixList,  // networks that no document here lists
};

// One permission of a security group for one network, group or prefix list.
struct GroupRule {
  bool is_egress = false;
  int protocol = -1;  // -1: all
  int first_port = 0;
  int last_port = 65'535;
  RulePeer peer = RulePeer::kNetwork;
  IpPrefix network;
  std::string cidr;
  std::string peer_group;  // of kGroup
};

// What an interface's security groups say of a packet.
enum class GroupVerdict : std::uint8_t {
  kNoGroups,  // the interface has none
  kAllowed,
  kDenied,
  kUnknown,  // it takes a group, a prefix list or the groups of a peer that no document tells
};
struct GroupAnswer {
  GroupVerdict verdict = GroupVerdict::kNoGroups;
  const GroupRule* rule = nullptr;  // the permission that allows it
  std::string_view group_id;        // whose it is
};

// An entry of a network ACL; lower numbers decide first, 32767 is the default.
struct AclEntry {
  bool is_egress = false;
  int number = 0;
  int protocol = -1;
  int first_port = 0;
  int last_port = 65'535;
  bool is_allowed = false;
  IpPrefix network;
};

struct TargetGroup {
  std::string arn;
  std::string load_balancer_arn;
  std::uint32_t num_healthy = 0;
  std::uint32_t num_unhealthy = 0;
};

// A pod, or an ECS task.
struct Workload {
  std::string task_arn;
  std::string cluster_name;
  std::string namespace_name;
  std::string pod_name;
  std::string service_name;
  std::string network_mode;
  std::string node_name;
};

// Everything that the documents said. Built, then only read; readers may be on any thread.
class Inventory {
 public:
  // Takes the JSON of one call, told by its keys. `name` is for errors, `as_of` when it was true.
  [[nodiscard]] Result<void> load(std::string_view json, std::string_view name, TimeMs as_of);

  // The interface with an address. An address of several VPCs needs `vpc_id`.
  [[nodiscard]] const Interface* find_interface(const IpAddress& address,
                                                std::string_view vpc_id = {}) const;
  [[nodiscard]] const Interface* find_interface_by_id(std::string_view id) const;
  [[nodiscard]] const Subnet* find_subnet(std::string_view id) const;
  [[nodiscard]] const Workload* find_workload(const IpAddress& address) const;
  // A tag of an instance.
  [[nodiscard]] std::string_view tag(std::string_view instance_id, std::string_view key) const;
  [[nodiscard]] std::string_view node_group(std::string_view node_name) const;
  [[nodiscard]] std::string_view cni_plugin() const { return cni_plugin_; }
  // Target groups that an address or instance is a target of.
  [[nodiscard]] std::vector<const TargetGroup*> target_groups(std::string_view target) const;
  [[nodiscard]] std::string_view load_balancer_arn(std::string_view name) const;
  [[nodiscard]] std::vector<const TargetGroup*> groups_behind(std::string_view balancer_arn) const;

  // Whether a packet of this protocol and port may come in from (or go out to) an address.
  [[nodiscard]] GroupAnswer ask_groups(const Interface& interface, bool is_egress, int protocol,
                                       int port, const IpAddress& other) const;
  [[nodiscard]] const AclEntry* matching_entry(std::string_view subnet_id, bool is_egress,
                                               int protocol, int port,
                                               const IpAddress& other) const;

  [[nodiscard]] bool empty() const { return num_documents_ == 0; }
  [[nodiscard]] TimeMs as_of() const { return as_of_; }  // the oldest document's time

 private:
  class Loader;
  struct AddressOfVpc {
    std::string vpc_id;
    std::size_t interface = 0;
    bool is_public = false;  // of an association: groups know members by private addresses
  };

  // None: no document tells.
  [[nodiscard]] std::optional<bool> is_member(const IpAddress& address,
                                              std::string_view group) const;
  [[nodiscard]] std::optional<bool> matches_peer(const GroupRule& rule,
                                                 const IpAddress& other) const;

  std::vector<Interface> interfaces_;
  std::map<IpAddress, std::vector<AddressOfVpc>> by_address_;
  std::map<std::string, std::size_t, std::less<>> by_id_;
  std::map<std::string, Subnet, std::less<>> subnets_;
  std::map<std::string, std::map<std::string, std::string, std::less<>>, std::less<>> tags_;
  std::map<std::string, std::vector<GroupRule>, std::less<>> rules_;
  std::map<std::string, std::vector<AclEntry>, std::less<>> acls_;  // by subnet, in order
  std::vector<TargetGroup> target_groups_;
  std::multimap<std::string, std::size_t, std::less<>> targets_;
  std::map<std::string, std::string, std::less<>> balancers_;  // name: ARN
  std::map<IpAddress, Workload> workloads_;
  std::map<std::string, std::string, std::less<>> node_groups_;
  std::string cni_plugin_;
  std::size_t num_documents_ = 0;
  TimeMs as_of_ = 0;
};

// "us-east-1" of "us-east-1a", or of a local zone "us-west-2-lax-1a"; empty if it is neither.
[[nodiscard]] std::string region_of_zone(std::string_view zone);

}  // namespace weir::inventory

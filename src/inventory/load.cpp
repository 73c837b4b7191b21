// The documents: field names as the AWS CLI, boto3 and kubectl print them.

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <utility>

#include "inventory/inventory.h"

namespace weir::inventory {
namespace {

namespace dom = simdjson::dom;

std::string text_at(dom::element element, std::string_view key) {
  std::string_view text;
  return element[key].get(text) == simdjson::SUCCESS ? std::string(text) : std::string();
}
std::int64_t number_at(dom::element element, std::string_view key, std::int64_t otherwise) {
  std::int64_t number = 0;
  return element[key].get(number) == simdjson::SUCCESS ? number : otherwise;
}
bool flag_at(dom::element element, std::string_view key) {
  bool flag = false;
  return element[key].get(flag) == simdjson::SUCCESS && flag;
}
// Calls `take` with every member of a list; a list that is not there has none.
template <class Take>
void each_of(dom::element element, std::string_view key, Take take) {
  dom::array list;
  if (element[key].get(list) != simdjson::SUCCESS) {
    return;
  }
  for (const dom::element member : list) {
    take(member);
  }
}
bool has_list(dom::element element, std::string_view key) {
  dom::array list;
  return element[key].get(list) == simdjson::SUCCESS;
}
dom::element inside(dom::element element, std::string_view key) {
  dom::element found;
  return element[key].get(found) == simdjson::SUCCESS ? found : element;
}
std::string last_part(std::string_view text, char separator) {
  const auto at = text.rfind(separator);
  return std::string(at == std::string_view::npos ? text : text.substr(at + 1));
}
int protocol_number(std::string_view name) {
  if (name == "tcp") {
    return 6;
  }
  if (name == "udp") {
    return 17;
  }
  if (name == "icmp") {
    return 1;
  }
  if (name == "icmpv6") {
    return 58;
  }
  int number = 0;
  for (const char c : name) {
    if (c < '0' || c > '9' || number > 255) {
      return -1;
    }
    number = number * 10 + (c - '0');
  }
  return name.empty() ? -1 : number;
}

}  // namespace

class Inventory::Loader {
 public:
  explicit Loader(Inventory& inventory) : to_(inventory) {}

  // False: a kind that nobody knows.
  bool load(dom::element document) {
    bool is_known = false;
    const auto take = [&](std::string_view key, void (Loader::*read)(dom::element)) {
      if (has_list(document, key)) {
        is_known = true;
        each_of(document, key, [&](dom::element member) { (this->*read)(member); });
      }
    };
    take("NetworkInterfaces", &Loader::read_interface);
    take("Reservations", &Loader::read_reservation);
    take("Subnets", &Loader::read_subnet);
    take("SecurityGroups", &Loader::read_group);
    take("NetworkAcls", &Loader::read_acl);
    take("LoadBalancers", &Loader::read_balancer);
    take("TargetGroups", &Loader::read_target_group);
    take("tasks", &Loader::read_task);
    take("items", &Loader::read_object);
    if (has_list(document, "TargetHealthDescriptions")) {
      is_known = true;
      read_health(document);
    }
    return is_known || has_list(document, "Vpcs");
  }

 private:
  void add_address(const std::string& text, std::size_t interface, bool is_public = false) {
    const auto address = parse_ip(text);
    if (!address) {
      return;
    }
    const std::string& vpc = to_.interfaces_[interface].vpc_id;
    auto& places = to_.by_address_[*address];
    const auto same = std::find_if(places.begin(), places.end(),
                                   [&](const AddressOfVpc& entry) { return entry.vpc_id == vpc; });
    if (same == places.end()) {
      places.push_back({vpc, interface, is_public});
    } else {
      same->interface = interface;
      same->is_public = is_public;
    }
  }

  void read_interface(dom::element element) {
    Interface interface;
    interface.id = text_at(element, "NetworkInterfaceId");
    interface.description = text_at(element, "Description");
    interface.type = text_at(element, "InterfaceType");
    interface.account_id = text_at(element, "OwnerId");
    interface.vpc_id = text_at(element, "VpcId");
    interface.subnet_id = text_at(element, "SubnetId");
    interface.zone = text_at(element, "AvailabilityZone");
    interface.instance_id = text_at(inside(element, "Attachment"), "InstanceId");
    each_of(element, "Groups", [&](dom::element group) {
      interface.security_groups.push_back(text_at(group, "GroupId"));
    });
    const std::size_t number = to_.interfaces_.size();
    // Of two documents with the same interface the later one is right.
    to_.by_id_[interface.id] = number;
    to_.interfaces_.push_back(std::move(interface));
    add_address(text_at(element, "PrivateIpAddress"), number);
    each_of(element, "PrivateIpAddresses", [&](dom::element address) {
      add_address(text_at(address, "PrivateIpAddress"), number);
      add_address(text_at(inside(address, "Association"), "PublicIp"), number, true);
    });
    each_of(element, "Ipv6Addresses",
            [&](dom::element address) { add_address(text_at(address, "Ipv6Address"), number); });
  }

  void read_reservation(dom::element reservation) {
    const std::string account = text_at(reservation, "OwnerId");
    each_of(reservation, "Instances", [&](dom::element instance) {
      const std::string id = text_at(instance, "InstanceId");
      each_of(instance, "Tags", [&](dom::element tag) {
        to_.tags_[id][text_at(tag, "Key")] = text_at(tag, "Value");
      });
      each_of(instance, "NetworkInterfaces", [&](dom::element element) {
        if (to_.by_id_.contains(text_at(element, "NetworkInterfaceId"))) {
          return;  // DescribeNetworkInterfaces says more
        }
        read_interface(element);
        Interface& interface = to_.interfaces_.back();
        interface.instance_id = id;
        interface.zone = text_at(inside(instance, "Placement"), "AvailabilityZone");
        if (interface.account_id.empty()) {
          interface.account_id = account;
        }
      });
    });
  }

  void read_subnet(dom::element element) {
    Subnet subnet;
    subnet.id = text_at(element, "SubnetId");
    subnet.vpc_id = text_at(element, "VpcId");
    subnet.account_id = text_at(element, "OwnerId");
    subnet.zone = text_at(element, "AvailabilityZone");
    const std::string id = subnet.id;
    to_.subnets_[id] = std::move(subnet);
  }

  void read_group(dom::element group) {
    auto& rules = to_.rules_[text_at(group, "GroupId")];
    rules.clear();
    for (const bool is_egress : {false, true}) {
      each_of(group, is_egress ? "IpPermissionsEgress" : "IpPermissions",
              [&](dom::element permission) {
                GroupRule rule;
                rule.is_egress = is_egress;
                rule.protocol = protocol_number(text_at(permission, "IpProtocol"));
                // Ports mean nothing without TCP and UDP; of ICMP they are types.
                if (rule.protocol == 6 || rule.protocol == 17) {
                  rule.first_port = static_cast<int>(number_at(permission, "FromPort", 0));
                  rule.last_port = static_cast<int>(number_at(permission, "ToPort", 65'535));
                }
                const auto add = [&](const std::string& cidr) {
                  if (const auto network = parse_prefix(cidr)) {
                    rule.network = *network;
                    rule.cidr = cidr;
                    rules.push_back(rule);
                  }
                };
                each_of(permission, "IpRanges",
                        [&](dom::element range) { add(text_at(range, "CidrIp")); });
                each_of(permission, "Ipv6Ranges",
                        [&](dom::element range) { add(text_at(range, "CidrIpv6")); });
                rule.cidr.clear();
                rule.peer = RulePeer::kGroup;
                each_of(permission, "UserIdGroupPairs", [&](dom::element pair) {
                  rule.peer_group = text_at(pair, "GroupId");
                  rules.push_back(rule);
                });
                rule.peer = RulePeer::kPrefixList;
                each_of(permission, "PrefixListIds", [&](dom::element) { rules.push_back(rule); });
              });
    }
  }

  void read_acl(dom::element acl) {
    std::vector<AclEntry> entries;
    each_of(acl, "Entries", [&](dom::element element) {
      AclEntry entry;
      entry.is_egress = flag_at(element, "Egress");
      entry.number = static_cast<int>(number_at(element, "RuleNumber", 0));
      entry.protocol = protocol_number(text_at(element, "Protocol"));
      entry.is_allowed = text_at(element, "RuleAction") == "allow";
      const dom::element ports = inside(element, "PortRange");
      entry.first_port = static_cast<int>(number_at(ports, "From", 0));
      entry.last_port = static_cast<int>(number_at(ports, "To", 65'535));
      const std::string cidr = text_at(element, "CidrBlock");
      if (const auto network =
              parse_prefix(cidr.empty() ? text_at(element, "Ipv6CidrBlock") : cidr)) {
        entry.network = *network;
        entries.push_back(entry);
      }
    });
    std::stable_sort(entries.begin(), entries.end(),
                     [](const AclEntry& a, const AclEntry& b) { return a.number < b.number; });
    each_of(acl, "Associations", [&](dom::element association) {
      to_.acls_[text_at(association, "SubnetId")] = entries;
    });
  }

  void read_balancer(dom::element element) {
    to_.balancers_[text_at(element, "LoadBalancerName")] = text_at(element, "LoadBalancerArn");
  }

  std::size_t group_number(const std::string& arn) {
    for (std::size_t i = 0; i < to_.target_groups_.size(); ++i) {
      if (to_.target_groups_[i].arn == arn) {
        return i;
      }
    }
    TargetGroup group;
    group.arn = arn;
    to_.target_groups_.push_back(std::move(group));
    return to_.target_groups_.size() - 1;
  }

  void read_target_group(dom::element element) {
    TargetGroup& group = to_.target_groups_[group_number(text_at(element, "TargetGroupArn"))];
    each_of(element, "LoadBalancerArns", [&](dom::element arn) {
      std::string_view text;
      if (group.load_balancer_arn.empty() && arn.get(text) == simdjson::SUCCESS) {
        group.load_balancer_arn = text;
      }
    });
  }

  // The answer itself does not say which group it is about: a key "TargetGroupArn" beside it does,
  // or that there is one group only.
  void read_health(dom::element document) {
    std::string arn = text_at(document, "TargetGroupArn");
    if (arn.empty() && to_.target_groups_.size() == 1) {
      arn = to_.target_groups_.front().arn;
    }
    const std::size_t number = group_number(arn);
    TargetGroup& group = to_.target_groups_[number];
    group.num_healthy = 0;
    group.num_unhealthy = 0;
    each_of(document, "TargetHealthDescriptions", [&](dom::element element) {
      const std::string state = text_at(inside(element, "TargetHealth"), "State");
      group.num_healthy += state == "healthy" ? 1 : 0;
      group.num_unhealthy += state == "unhealthy" ? 1 : 0;
      to_.targets_.emplace(text_at(inside(element, "Target"), "Id"), number);
    });
  }

  void add_workload(const std::string& address, const Workload& workload) {
    if (const auto parsed = parse_ip(address)) {
      to_.workloads_[*parsed] = workload;
    }
  }

  void read_task(dom::element task) {
    Workload workload;
    workload.task_arn = text_at(task, "taskArn");
    workload.cluster_name = last_part(text_at(task, "clusterArn"), '/');
    const std::string group = text_at(task, "group");
    if (group.starts_with("service:")) {
      workload.service_name = group.substr(8);
    }
    each_of(task, "attachments", [&](dom::element attachment) {
      if (text_at(attachment, "type") == "ElasticNetworkInterface") {
        workload.network_mode = "awsvpc";
      }
    });
    each_of(task, "attachments", [&](dom::element attachment) {
      each_of(attachment, "details", [&](dom::element detail) {
        const std::string name = text_at(detail, "name");
        if (name == "privateIPv4Address" || name == "IPv6Address") {
          add_workload(text_at(detail, "value"), workload);
        }
      });
    });
  }

  void read_object(dom::element object) {
    const std::string kind = text_at(object, "kind");
    const dom::element metadata = inside(object, "metadata");
    const dom::element labels = inside(metadata, "labels");
    if (kind == "Node") {
      to_.node_groups_[text_at(metadata, "name")] = text_at(labels, "eks.amazonaws.com/nodegroup");
      return;
    }
    const dom::element spec = inside(object, "spec");
    Workload workload;
    workload.namespace_name = text_at(metadata, "namespace");
    if (kind == "Service") {
      workload.service_name = text_at(metadata, "name");
      add_workload(text_at(spec, "clusterIP"), workload);
      return;
    }
    if (kind != "Pod") {
      return;
    }
    workload.pod_name = text_at(metadata, "name");
    workload.node_name = text_at(spec, "nodeName");
    const bool is_on_host = flag_at(spec, "hostNetwork");
    workload.network_mode = is_on_host ? "host" : "pod";
    const std::string app = text_at(labels, "k8s-app");
    if (app == "aws-node") {
      to_.cni_plugin_ = "amazon-vpc-cni";
    } else if (app == "cilium" || app == "calico-node") {
      to_.cni_plugin_ = app == "cilium" ? "cilium" : "calico";
    }
    if (is_on_host) {
      return;  // its address is the node's, which many share
    }
    const dom::element status = inside(object, "status");
    add_workload(text_at(status, "podIP"), workload);
    each_of(status, "podIPs",
            [&](dom::element address) { add_workload(text_at(address, "ip"), workload); });
  }

  Inventory& to_;
};

Result<void> Inventory::load(std::string_view json, std::string_view name, TimeMs as_of) {
  dom::parser parser;
  dom::element document;
  const simdjson::padded_string padded(json);
  if (const auto error = parser.parse(padded).get(document); error != simdjson::SUCCESS) {
    return fail(ErrorCode::kInput,
                fmt::format("{}: not JSON: {}", name, simdjson::error_message(error)));
  }
  if (!document.is_object() || !Loader(*this).load(document)) {
    return fail(
        ErrorCode::kInput,
        fmt::format("{}: not a document that is known here: EC2 describe-network-interfaces,"
                    " -instances, -subnets, -vpcs, -security-groups, -network-acls; elbv2 "
                    "describe-load-balancers, -target-groups, -target-health; ecs "
                    "describe-tasks; kubectl get pods, services, nodes -o json",
                    name));
  }
  as_of_ = num_documents_ == 0 ? as_of : std::min(as_of_, as_of);
  ++num_documents_;
  return {};
}

}  // namespace weir::inventory

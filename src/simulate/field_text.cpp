#include "simulate/field_text.h"

#include <fmt/format.h>

#include <algorithm>

namespace weir::simulate {

using flowlog::FieldId;

bool is_next_hop(FieldId field) {
  return field == FieldId::kNextHopInterfaceId || field == FieldId::kNextHopSubnetId ||
         field == FieldId::kNextHopAzId || field == FieldId::kNextHopVpcId ||
         field == FieldId::kNextHopInterfaceType;
}

FieldText::FieldText(const Topology& topology, const flowlog::Layout& layout,
                     const Ownership& ownership)
    : topology_(topology), ownership_(ownership) {
  int version = 2;
  for (const auto& column : layout.columns) {
    version = std::max<int>(version, flowlog::info(*column.field).version);
  }
  version_ = fmt::format("{}", version);
}

std::string FieldText::of_container(const Interface& interface, FieldId field) const {
  if (interface.task_id.empty()) {
    return "-";
  }
  const std::string prefix =
      fmt::format("arn:aws:ecs:{}:{}:", ownership_.region, ownership_.account);
  switch (field) {
    case FieldId::kEcsClusterArn:
      return prefix + "cluster/production";
    case FieldId::kEcsClusterName:
      return "production";
    case FieldId::kEcsContainerId:
      return interface.task_id + "-1527056392";
    case FieldId::kEcsServiceName:
      return interface.service_name;
    case FieldId::kEcsTaskDefinitionArn:
      return prefix + "task-definition/" + interface.service_name + ":7";
    case FieldId::kEcsTaskArn:
      return prefix + "task/production/" + interface.task_id;
    case FieldId::kEcsTaskId:
      return interface.task_id;
    default:
      return "-";  // container instances: not on Fargate
  }
}

std::string FieldText::of_observer(const Interface& interface, FieldId field) const {
  switch (field) {
    case FieldId::kVersion:
      return version_;
    case FieldId::kAccountId:
      return ownership_.account;
    case FieldId::kInterfaceId:
      return interface.id;
    case FieldId::kLogStatus:
      return "OK";
    case FieldId::kVpcId:
      return topology_.vpc_id;
    case FieldId::kSubnetId:
      return topology_.subnets[interface.subnet].id;
    case FieldId::kInstanceId:
      return interface.instance_id;
    case FieldId::kRegion:
      return ownership_.region;
    case FieldId::kAzId:
      return topology_.subnets[interface.subnet].zone;
    case FieldId::kInstanceTag:
    case FieldId::kAsgTag:
      return interface.instance_id == "-" ? "-" : interface.service_name;
    case FieldId::kInterfaceTag:
      return interface.service_name == "-" ? "-" : "team%20" + interface.service_name;
    case FieldId::kInterfaceType:
      return interface.interface_type;
    default:
      return of_container(interface, field);
  }
}

std::string FieldText::of_silent(const Interface& interface, FieldId field) const {
  const bool is_set =
      field == FieldId::kVersion || field == FieldId::kAccountId || field == FieldId::kInterfaceId;
  return is_set ? of_observer(interface, field) : "-";
}

std::string FieldText::of_next_hop(const Interface* interface, FieldId field) const {
  if (interface == nullptr) {
    return "-";
  }
  switch (field) {
    case FieldId::kNextHopInterfaceId:
      return interface->id;
    case FieldId::kNextHopSubnetId:
      return topology_.subnets[interface->subnet].id;
    case FieldId::kNextHopAzId:
      return topology_.subnets[interface->subnet].zone;
    case FieldId::kNextHopVpcId:
      return topology_.vpc_id;
    default:
      return interface->interface_type;
  }
}

}  // namespace weir::simulate

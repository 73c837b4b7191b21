#include "simulate/field_text.h"

#include <fmt/format.h>

#include <algorithm>

namespace weir::simulate {

using flowlog::FieldId;

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
    case FieldId::kResourceType:
      return "TransitGateway";
    case FieldId::kTgwId:
      return topology_.gateway_id;
    case FieldId::kTgwAttachmentId:
      return interface.attachment_id;
    case FieldId::kPacketsLostBlackhole:
    case FieldId::kPacketsLostMtuExceeded:
    case FieldId::kPacketsLostTtlExpired:
      return "0";
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
  switch (field) {
    case FieldId::kVersion:
    case FieldId::kAccountId:
    case FieldId::kInterfaceId:
    case FieldId::kResourceType:
    case FieldId::kTgwId:
    case FieldId::kTgwAttachmentId:
      return of_observer(interface, field);
    default:
      return "-";
  }
}

std::string FieldText::of_other(const Interface* interface, FieldId field) const {
  if (interface == nullptr) {
    return "-";
  }
  const Subnet& subnet = topology_.subnets[interface->subnet];
  switch (field) {
    case FieldId::kNextHopInterfaceId:
    case FieldId::kTgwSrcEni:
    case FieldId::kTgwDstEni:
      return interface->id;
    case FieldId::kNextHopSubnetId:
    case FieldId::kTgwSrcSubnetId:
    case FieldId::kTgwDstSubnetId:
      return subnet.id;
    case FieldId::kNextHopAzId:
    case FieldId::kTgwSrcAzId:
    case FieldId::kTgwDstAzId:
      return subnet.zone;
    case FieldId::kNextHopVpcId:
    case FieldId::kTgwSrcVpcId:
    case FieldId::kTgwDstVpcId:
      return subnet.vpc_id;
    case FieldId::kTgwSrcVpcAccountId:
    case FieldId::kTgwDstVpcAccountId:
      return ownership_.account;
    case FieldId::kTgwPairAttachmentId:
      return interface->attachment_id;
    default:
      return interface->interface_type;
  }
}

}  // namespace weir::simulate

#include "flowlog/field.h"

#include <array>
#include <unordered_map>
#include <utility>

namespace weir::flowlog {
namespace {

using column::Type;

constexpr std::array<FieldInfo, kNumFields> kFields{{
    {FieldId::kVersion, "version", "version", 2, FieldShape::kInteger, Type::kInt64, true,
     "Highest version among the chosen fields"},
    {FieldId::kAccountId, "account-id", "account_id", 2, FieldShape::kText, Type::kString, false,
     "Owner of the network interface"},
    {FieldId::kInterfaceId, "interface-id", "interface_id", 2, FieldShape::kText, Type::kString,
     false, "The network interface"},
    {FieldId::kSrcaddr, "srcaddr", "srcaddr", 2, FieldShape::kAddress, Type::kAddress, false,
     "Source address; the interface's side is its primary private IPv4"},
    {FieldId::kDstaddr, "dstaddr", "dstaddr", 2, FieldShape::kAddress, Type::kAddress, false,
     "Destination address; the interface's side is its primary private IPv4"},
    {FieldId::kSrcport, "srcport", "srcport", 2, FieldShape::kPort, Type::kInt64, true,
     "Source port; 0 for ICMP"},
    {FieldId::kDstport, "dstport", "dstport", 2, FieldShape::kPort, Type::kInt64, true,
     "Destination port; 0 for ICMP"},
    {FieldId::kProtocol, "protocol", "protocol", 2, FieldShape::kInteger, Type::kInt64, true,
     "IANA protocol number"},
    {FieldId::kPackets, "packets", "packets", 2, FieldShape::kInteger, Type::kInt64, false,
     "Packets in the window"},
    {FieldId::kBytes, "bytes", "bytes", 2, FieldShape::kInteger, Type::kInt64, false,
     "Bytes in the window"},
    {FieldId::kStart, "start", "start", 2, FieldShape::kEpoch, Type::kTime, false,
     "When the first packet of the window came"},
    {FieldId::kEnd, "end", "end", 2, FieldShape::kEpoch, Type::kTime, false,
     "When the last packet of the window came"},
    {FieldId::kAction, "action", "action", 2, FieldShape::kText, Type::kString, false,
     "ACCEPT or REJECT"},
    {FieldId::kLogStatus, "log-status", "log_status", 2, FieldShape::kText, Type::kString, false,
     "OK, NODATA or SKIPDATA"},
    {FieldId::kVpcId, "vpc-id", "vpc_id", 3, FieldShape::kText, Type::kString, false,
     "The VPC of the interface"},
    {FieldId::kSubnetId, "subnet-id", "subnet_id", 3, FieldShape::kText, Type::kString, false,
     "The subnet of the interface"},
    {FieldId::kInstanceId, "instance-id", "instance_id", 3, FieldShape::kText, Type::kString, false,
     "The instance of the interface; absent where AWS manages it"},
    {FieldId::kTcpFlags, "tcp-flags", "tcp_flags", 3, FieldShape::kInteger, Type::kInt64, true,
     "TCP flags of the window, ORed: FIN 1, SYN 2, RST 4, SYN-ACK 18"},
    {FieldId::kType, "type", "type", 3, FieldShape::kText, Type::kString, false,
     "IPv4, IPv6 or EFA"},
    {FieldId::kPktSrcaddr, "pkt-srcaddr", "pkt_srcaddr", 3, FieldShape::kAddress, Type::kAddress,
     false, "Source address in the packet itself; differs behind NAT"},
    {FieldId::kPktDstaddr, "pkt-dstaddr", "pkt_dstaddr", 3, FieldShape::kAddress, Type::kAddress,
     false, "Destination address in the packet itself; differs behind NAT"},
    {FieldId::kRegion, "region", "region", 4, FieldShape::kText, Type::kString, false,
     "Region of the interface"},
    {FieldId::kAzId, "az-id", "az_id", 4, FieldShape::kText, Type::kString, false,
     "Availability zone of the interface"},
    {FieldId::kSublocationType, "sublocation-type", "sublocation_type", 4, FieldShape::kText,
     Type::kString, false, "wavelength, outpost or localzone"},
    {FieldId::kSublocationId, "sublocation-id", "sublocation_id", 4, FieldShape::kText,
     Type::kString, false, "The sublocation"},
    {FieldId::kPktSrcAwsService, "pkt-src-aws-service", "pkt_src_aws_service", 5, FieldShape::kText,
     Type::kString, false, "AWS service whose range holds the packet's source"},
    {FieldId::kPktDstAwsService, "pkt-dst-aws-service", "pkt_dst_aws_service", 5, FieldShape::kText,
     Type::kString, false, "AWS service whose range holds the packet's destination"},
    {FieldId::kFlowDirection, "flow-direction", "flow_direction", 5, FieldShape::kText,
     Type::kString, false, "ingress or egress, seen from the interface"},
    {FieldId::kTrafficPath, "traffic-path", "traffic_path", 5, FieldShape::kInteger, Type::kInt64,
     true,
     "Way out of the interface: 1 VPC, 2 internet gateway, 3 VPN, 4-5 peering, 7-8 Nitro gateways"},
    {FieldId::kEcsClusterArn, "ecs-cluster-arn", "ecs_cluster_arn", 7, FieldShape::kText,
     Type::kString, false, "ARN of the ECS cluster"},
    {FieldId::kEcsClusterName, "ecs-cluster-name", "ecs_cluster_name", 7, FieldShape::kText,
     Type::kString, false, "Name of the ECS cluster"},
    {FieldId::kEcsContainerInstanceArn, "ecs-container-instance-arn", "ecs_container_instance_arn",
     7, FieldShape::kText, Type::kString, false,
     "ARN of the ECS container instance; absent on Fargate"},
    {FieldId::kEcsContainerInstanceId, "ecs-container-instance-id", "ecs_container_instance_id", 7,
     FieldShape::kText, Type::kString, false,
     "Id of the ECS container instance; absent on Fargate"},
    {FieldId::kEcsContainerId, "ecs-container-id", "ecs_container_id", 7, FieldShape::kText,
     Type::kString, false, "Docker runtime id of the first container"},
    {FieldId::kEcsSecondContainerId, "ecs-second-container-id", "ecs_second_container_id", 7,
     FieldShape::kText, Type::kString, false, "Docker runtime id of the second container"},
    {FieldId::kEcsServiceName, "ecs-service-name", "ecs_service_name", 7, FieldShape::kText,
     Type::kString, false, "Name of the ECS service"},
    {FieldId::kEcsTaskDefinitionArn, "ecs-task-definition-arn", "ecs_task_definition_arn", 7,
     FieldShape::kText, Type::kString, false, "ARN of the ECS task definition"},
    {FieldId::kEcsTaskArn, "ecs-task-arn", "ecs_task_arn", 7, FieldShape::kText, Type::kString,
     false, "ARN of the ECS task"},
    {FieldId::kEcsTaskId, "ecs-task-id", "ecs_task_id", 7, FieldShape::kText, Type::kString, false,
     "Id of the ECS task"},
    {FieldId::kRejectReason, "reject-reason", "reject_reason", 8, FieldShape::kText, Type::kString,
     false, "Why it was rejected: BPA or EC"},
    {FieldId::kResourceId, "resource-id", "resource_id", 9, FieldShape::kText, Type::kString, false,
     "Regional NAT gateway that produced the record"},
    {FieldId::kEncryptionStatus, "encryption-status", "encryption_status", 10, FieldShape::kInteger,
     Type::kInt64, true, "0 none, 1 Nitro, 2 application, 3 both"},
    {FieldId::kInstanceTag, "instance-tag", "instance_tag", 11, FieldShape::kText, Type::kString,
     false, "Value of the chosen tag of the instance, percent-encoded"},
    {FieldId::kInstanceTag2, "instance-tag-2", "instance_tag_2", 11, FieldShape::kText,
     Type::kString, false, "Value of the second chosen tag of the instance"},
    {FieldId::kInterfaceTag, "interface-tag", "interface_tag", 11, FieldShape::kText, Type::kString,
     false, "Value of the chosen tag of the interface"},
    {FieldId::kInterfaceTag2, "interface-tag-2", "interface_tag_2", 11, FieldShape::kText,
     Type::kString, false, "Value of the second chosen tag of the interface"},
    {FieldId::kAsgTag, "asg-tag", "asg_tag", 11, FieldShape::kText, Type::kString, false,
     "Value of the chosen tag of the Auto Scaling group"},
    {FieldId::kAsgTag2, "asg-tag-2", "asg_tag_2", 11, FieldShape::kText, Type::kString, false,
     "Value of the second chosen tag of the Auto Scaling group"},
    {FieldId::kInterfaceType, "interface-type", "interface_type", 11, FieldShape::kText,
     Type::kString, false,
     "nat_gateway, network_load_balancer, transit_gateway, vpc_endpoint, ..."},
    {FieldId::kNextHopInterfaceId, "next-hop-interface-id", "next_hop_interface_id", 11,
     FieldShape::kText, Type::kString, false, "Interface that received (egress) or sent (ingress)"},
    {FieldId::kNextHopSubnetId, "next-hop-subnet-id", "next_hop_subnet_id", 11, FieldShape::kText,
     Type::kString, false, "Subnet of the next hop"},
    {FieldId::kNextHopAzId, "next-hop-az-id", "next_hop_az_id", 11, FieldShape::kText,
     Type::kString, false, "Availability zone of the next hop"},
    {FieldId::kNextHopVpcId, "next-hop-vpc-id", "next_hop_vpc_id", 11, FieldShape::kText,
     Type::kString, false, "VPC of the next hop"},
    {FieldId::kNextHopInterfaceType, "next-hop-interface-type", "next_hop_interface_type", 11,
     FieldShape::kText, Type::kString, false, "Type of the next hop's interface"},
    {FieldId::kResourceType, "resource-type", "resource_type", 6, FieldShape::kText, Type::kString,
     false, "TransitGateway"},
    {FieldId::kTgwId, "tgw-id", "tgw_id", 6, FieldShape::kText, Type::kString, false,
     "The transit gateway"},
    {FieldId::kTgwAttachmentId, "tgw-attachment-id", "tgw_attachment_id", 6, FieldShape::kText,
     Type::kString, false, "The attachment"},
    {FieldId::kTgwSrcVpcAccountId, "tgw-src-vpc-account-id", "tgw_src_vpc_account_id", 6,
     FieldShape::kText, Type::kString, false, "Account of the source VPC"},
    {FieldId::kTgwDstVpcAccountId, "tgw-dst-vpc-account-id", "tgw_dst_vpc_account_id", 6,
     FieldShape::kText, Type::kString, false, "Account of the destination VPC"},
    {FieldId::kTgwSrcVpcId, "tgw-src-vpc-id", "tgw_src_vpc_id", 6, FieldShape::kText, Type::kString,
     false, "The source VPC"},
    {FieldId::kTgwDstVpcId, "tgw-dst-vpc-id", "tgw_dst_vpc_id", 6, FieldShape::kText, Type::kString,
     false, "The destination VPC"},
    {FieldId::kTgwSrcSubnetId, "tgw-src-subnet-id", "tgw_src_subnet_id", 6, FieldShape::kText,
     Type::kString, false, "The source subnet"},
    {FieldId::kTgwDstSubnetId, "tgw-dst-subnet-id", "tgw_dst_subnet_id", 6, FieldShape::kText,
     Type::kString, false, "The destination subnet"},
    {FieldId::kTgwSrcEni, "tgw-src-eni", "tgw_src_eni", 6, FieldShape::kText, Type::kString, false,
     "The source attachment's interface"},
    {FieldId::kTgwDstEni, "tgw-dst-eni", "tgw_dst_eni", 6, FieldShape::kText, Type::kString, false,
     "The destination attachment's interface"},
    {FieldId::kTgwSrcAzId, "tgw-src-az-id", "tgw_src_az_id", 6, FieldShape::kText, Type::kString,
     false, "Availability zone of the source attachment"},
    {FieldId::kTgwDstAzId, "tgw-dst-az-id", "tgw_dst_az_id", 6, FieldShape::kText, Type::kString,
     false, "Availability zone of the destination attachment"},
    {FieldId::kTgwPairAttachmentId, "tgw-pair-attachment-id", "tgw_pair_attachment_id", 6,
     FieldShape::kText, Type::kString, false, "Attachment at the other side"},
    {FieldId::kPacketsLostNoRoute, "packets-lost-no-route", "packets_lost_no_route", 6,
     FieldShape::kInteger, Type::kInt64, false, "Packets lost for want of a route"},
    {FieldId::kPacketsLostBlackhole, "packets-lost-blackhole", "packets_lost_blackhole", 6,
     FieldShape::kInteger, Type::kInt64, false, "Packets lost in a blackhole route"},
    {FieldId::kPacketsLostMtuExceeded, "packets-lost-mtu-exceeded", "packets_lost_mtu_exceeded", 6,
     FieldShape::kInteger, Type::kInt64, false, "Packets lost because they were too large"},
    {FieldId::kPacketsLostTtlExpired, "packets-lost-ttl-expired", "packets_lost_ttl_expired", 6,
     FieldShape::kInteger, Type::kInt64, false, "Packets lost because their TTL ran out"},
}};

constexpr bool is_in_order() {
  for (std::size_t i = 0; i < kNumFields; ++i) {
    if (static_cast<std::size_t>(kFields[i].id) != i) {
      return false;
    }
  }
  return true;
}
static_assert(is_in_order(), "a row of kFields stands at the place of its FieldId");

// Names seen in the wild for fields that AWS calls otherwise.
constexpr std::pair<std::string_view, FieldId> kAliases[] = {
    {"windowstart", FieldId::kStart},
    {"windowend", FieldId::kEnd},
    {"flowlogstatus", FieldId::kLogStatus},
    {"starttime", FieldId::kStart},
    {"endtime", FieldId::kEnd},
    {"pktsrcawssvc", FieldId::kPktSrcAwsService},
    {"pktdstawssvc", FieldId::kPktDstAwsService},
};

// What CloudWatch Logs Insights discovers in records of the default format.
constexpr std::pair<FieldId, std::string_view> kInsightsNames[] = {
    {FieldId::kVersion, "version"},         {FieldId::kAccountId, "accountId"},
    {FieldId::kInterfaceId, "interfaceId"}, {FieldId::kSrcaddr, "srcAddr"},
    {FieldId::kDstaddr, "dstAddr"},         {FieldId::kSrcport, "srcPort"},
    {FieldId::kDstport, "dstPort"},         {FieldId::kProtocol, "protocol"},
    {FieldId::kPackets, "packets"},         {FieldId::kBytes, "bytes"},
    {FieldId::kStart, "startTime"},         {FieldId::kEnd, "endTime"},
    {FieldId::kAction, "action"},           {FieldId::kLogStatus, "logStatus"},
};

constexpr std::size_t kLongestName = 64;

// Drops `${}`, '-', '_' and letter case; empty where the name is too long to be one of ours.
std::string folded(std::string_view name) {
  std::string out;
  if (name.size() > kLongestName) {
    return out;
  }
  if (name.starts_with("${") && name.ends_with("}")) {
    name = name.substr(2, name.size() - 3);
  }
  for (const char c : name) {
    if (c != '-' && c != '_') {
      out += static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
    }
  }
  return out;
}

const std::unordered_map<std::string, FieldId>& names_to_fields() {
  static const std::unordered_map<std::string, FieldId> map = [] {
    std::unordered_map<std::string, FieldId> all;
    for (const FieldInfo& field : kFields) {
      all.emplace(folded(field.token), field.id);
    }
    for (const auto& [name, field] : kAliases) {
      all.emplace(name, field);
    }
    return all;
  }();
  return map;
}

}  // namespace

std::span<const FieldInfo, kNumFields> all_fields() { return kFields; }

const FieldInfo& info(FieldId id) { return kFields[static_cast<std::size_t>(id)]; }

std::optional<FieldId> find_field(std::string_view name) {
  const auto& map = names_to_fields();
  const auto found = map.find(folded(name));
  return found == map.end() ? std::nullopt : std::optional(found->second);
}

std::string canonical_name(std::string_view name) {
  if (name.starts_with("${") && name.ends_with("}")) {
    name = name.substr(2, name.size() - 3);
  }
  std::string out;
  for (const char c : name) {
    const bool is_upper = c >= 'A' && c <= 'Z';
    const bool is_kept = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    out += is_upper ? static_cast<char>(c + 32) : is_kept ? c : '_';
  }
  return out;
}

std::string_view insights_name(FieldId id) {
  for (const auto& [field, name] : kInsightsNames) {
    if (field == id) {
      return name;
    }
  }
  return {};
}

}  // namespace weir::flowlog

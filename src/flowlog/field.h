#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "column/type.h"

namespace weir::flowlog {

// Identifies a field of the catalogue; the order of the enumerators is AWS's order (fields to v5,
// then v7 to v11, then those that Transit Gateway alone has). Source: AWS VPC user guide "Flow log
// records" and Transit Gateway guide "flow log records", read 2026-06.
enum class FieldId : std::uint8_t {
  kVersion,
  kAccountId,
  kInterfaceId,
  kSrcaddr,
  kDstaddr,
  kSrcport,
  kDstport,
  kProtocol,
  kPackets,
  kBytes,
  kStart,
  kEnd,
  kAction,
  kLogStatus,
  kVpcId,
  kSubnetId,
  kInstanceId,
  kTcpFlags,
  kType,
  kPktSrcaddr,
  kPktDstaddr,
  kRegion,
  kAzId,
  kSublocationType,
  kSublocationId,
  kPktSrcAwsService,
  kPktDstAwsService,
  kFlowDirection,
  kTrafficPath,
  kEcsClusterArn,
  kEcsClusterName,
  kEcsContainerInstanceArn,
  kEcsContainerInstanceId,
  kEcsContainerId,
  kEcsSecondContainerId,
  kEcsServiceName,
  kEcsTaskDefinitionArn,
  kEcsTaskArn,
  kEcsTaskId,
  kRejectReason,
  kResourceId,
  kEncryptionStatus,
  kInstanceTag,
  kInstanceTag2,
  kInterfaceTag,
  kInterfaceTag2,
  kAsgTag,
  kAsgTag2,
  kInterfaceType,
  kNextHopInterfaceId,
  kNextHopSubnetId,
  kNextHopAzId,
  kNextHopVpcId,
  kNextHopInterfaceType,
  kResourceType,
  kTgwId,
  kTgwAttachmentId,
  kTgwSrcVpcAccountId,
  kTgwDstVpcAccountId,
  kTgwSrcVpcId,
  kTgwDstVpcId,
  kTgwSrcSubnetId,
  kTgwDstSubnetId,
  kTgwSrcEni,
  kTgwDstEni,
  kTgwSrcAzId,
  kTgwDstAzId,
  kTgwPairAttachmentId,
  kPacketsLostNoRoute,
  kPacketsLostBlackhole,
  kPacketsLostMtuExceeded,
  kPacketsLostTtlExpired,
};
inline constexpr std::size_t kNumFields = 72;

enum class FieldShape : std::uint8_t {  // how a token of the field is checked and kept
  kText,                                // any token; enums too, since lists grow
  kAddress,                             // IPv4 or IPv6
  kInteger,                             // non-negative decimal, up to 2^63 - 1
  kPort,                                // integer up to 65535
  kEpoch,                               // seconds; milliseconds past 10^11
};

struct FieldInfo {
  FieldId id;
  std::string_view token;      // "pkt-srcaddr": as AWS writes it in ${} and in headers
  std::string_view canonical;  // "pkt_srcaddr": Weir's name, also of Parquet and Hive
  std::uint8_t version;        // first flow-log version that has it; 6 = Transit Gateway alone
  FieldShape shape;
  column::Type type;
  bool is_int32;             // INT32 in AWS's Parquet
  std::string_view summary;  // one line for `weir fields --explain` and documentation
};

[[nodiscard]] std::span<const FieldInfo, kNumFields> all_fields();
[[nodiscard]] const FieldInfo& info(FieldId id);
// By any spelling: case, `${}`, '-' and '_' do not count; aliases windowstart, windowend,
// flowlogstatus, startTime, endTime, pkt-src-aws-svc, pkt-dst-aws-svc.
[[nodiscard]] std::optional<FieldId> find_field(std::string_view name);
// The name that a field of an unknown name gets as a column: lower case, '_' for anything that is
// not a letter or digit.
[[nodiscard]] std::string canonical_name(std::string_view name);
// The spelling that CloudWatch Logs Insights discovers (srcAddr); "" for fields that it does not.
[[nodiscard]] std::string_view insights_name(FieldId id);

}  // namespace weir::flowlog

#pragma once

#include <span>
#include <string_view>

#include "column/type.h"

namespace weir::intake {

// What a meter of packets says of a flow beyond the fields of flow logs; columns of `flows`.
enum class MeterColumn : std::uint8_t {
  kFlowSide,
  kTunnelPath,
  kVni,
  kTunnelSource,
  kTunnelDestination,
  kGwlbeEni,
  kGwlbeAttachmentId,
  kFlowCookie,
  kRttUs,
  kServerRttUs,
  kClientRttUs,
  kDataRttUs,
  kDataRttMinUs,
  kDataRttMaxUs,
  kDataRttSamples,
  kJitterUs,
  kArrivalJitterUs,
  kDataSegments,
  kRetransmits,
  kOutOfOrder,
  kZeroWindows,
  kResets,
  kRequests,
  kHttpRequests,
  kHttpResponses,
  kHttpStatus,
  kHttpResponseUs,
  kEndReason,
  kContinued,
  kAfterIdle,
};

struct MeterColumnInfo {
  MeterColumn id;
  std::string_view name;
  column::Type type;
  std::string_view summary;
};

[[nodiscard]] std::span<const MeterColumnInfo> all_meter_columns();

}  // namespace weir::intake

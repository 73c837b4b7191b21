#include "intake/meter_columns.h"

#include <array>

namespace weir::intake {
namespace {

using column::Type;
using enum MeterColumn;

constexpr std::array kColumns{
    MeterColumnInfo{kFlowSide, "flow_side", Type::kString,
                    "who sent what this row counts: initiator or responder"},
    MeterColumnInfo{kTunnelPath, "tunnel_path", Type::kString,
                    "tunnels that the packets came through, outermost first; null in flow logs"},
    MeterColumnInfo{kVni, "vni", Type::kInt64, "network identifier of the innermost tunnel"},
    MeterColumnInfo{kTunnelSource, "tunnel_source", Type::kAddress,
                    "who sent the flow's first packet through the tunnel"},
    MeterColumnInfo{kTunnelDestination, "tunnel_destination", Type::kAddress, "and to whom"},
    MeterColumnInfo{kGwlbeEni, "gwlbe_eni", Type::kString,
                    "interface of the gateway's endpoint that the flow went through"},
    MeterColumnInfo{kGwlbeAttachmentId, "gwlbe_attachment_id", Type::kString,
                    "the gateway's attachment, 16 hex digits"},
    MeterColumnInfo{kFlowCookie, "flow_cookie", Type::kString,
                    "the gateway's name of the flow, 8 hex digits"},
    MeterColumnInfo{kRttUs, "rtt_us", Type::kInt64,
                    "SYN to the ACK that ends the handshake; initiator rows alone"},
    MeterColumnInfo{kServerRttUs, "server_rtt_us", Type::kInt64, "SYN to SYN/ACK"},
    MeterColumnInfo{kClientRttUs, "client_rtt_us", Type::kInt64, "SYN/ACK to ACK"},
    MeterColumnInfo{kDataRttUs, "data_rtt_us", Type::kInt64,
                    "mean from data to its acknowledgement; initiator rows alone"},
    MeterColumnInfo{kDataRttMinUs, "data_rtt_min_us", Type::kInt64, "the shortest"},
    MeterColumnInfo{kDataRttMaxUs, "data_rtt_max_us", Type::kInt64, "the longest"},
    MeterColumnInfo{kDataRttSamples, "data_rtt_samples", Type::kInt64, "how many there were"},
    MeterColumnInfo{kJitterUs, "jitter_us", Type::kInt64,
                    "mean change from one round trip to the next"},
    MeterColumnInfo{kArrivalJitterUs, "arrival_jitter_us", Type::kInt64,
                    "UDP and others: mean change of the gap between packets"},
    MeterColumnInfo{kDataSegments, "data_segments", Type::kInt64, "TCP segments with data"},
    MeterColumnInfo{kRetransmits, "retransmits", Type::kInt64, "of them, sent once more"},
    MeterColumnInfo{kOutOfOrder, "out_of_order", Type::kInt64, "of them, overtaken on the way"},
    MeterColumnInfo{kZeroWindows, "zero_windows", Type::kInt64,
                    "times that the sender closed its window"},
    MeterColumnInfo{kResets, "resets", Type::kInt64, "RST segments"},
    MeterColumnInfo{kRequests, "requests", Type::kInt64,
                    "turns: the initiator sends after the responder did"},
    MeterColumnInfo{kHttpRequests, "http_requests", Type::kInt64, "HTTP/1 in the clear"},
    MeterColumnInfo{kHttpResponses, "http_responses", Type::kInt64, "likewise"},
    MeterColumnInfo{kHttpStatus, "http_status", Type::kInt64, "the last one"},
    MeterColumnInfo{kHttpResponseUs, "http_response_us", Type::kInt64,
                    "sum of the times from request to response"},
    MeterColumnInfo{kEndReason, "end_reason", Type::kString,
                    "idle, active, finished, capture_end or evicted"},
    MeterColumnInfo{kContinued, "continued", Type::kString, "yes: not the flow's first record"},
    MeterColumnInfo{kAfterIdle, "after_idle", Type::kString,
                    "yes: went on without SYN after the gateway's idle timeout"},
};

}  // namespace

std::span<const MeterColumnInfo> all_meter_columns() { return kColumns; }

}  // namespace weir::intake

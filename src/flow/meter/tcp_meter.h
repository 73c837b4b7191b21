#pragma once

#include "flow/meter/flow_state.h"
#include "flow/meter/meter_packet.h"

namespace weir::flow {

// Follows a TCP connection by one more segment: handshake, sequence numbers, acknowledgements,
// windows, end. Tolerates packets that came in another order, and connections without their start.
void follow_tcp(FlowState& flow, const MeterPacket& packet) noexcept;

}  // namespace weir::flow

#pragma once

#include "packet/field_map.h"
#include "packet/option.h"

namespace weir::packet {

// Decodes an INT-MD option (In-band Network Telemetry 2.1, class 0x0103 type 1), at least 12 bytes:
// the header, then a list "hops" of texts, newest first, each "node_id=1 hop_latency=7 ...". Fields
// of a hop stand in the order of the instruction bits.
void decode_int_md(const OptionView& option, FieldMap& fields);

}  // namespace weir::packet

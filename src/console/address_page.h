#pragma once

#include "base/ip_address.h"
#include "base/result.h"
#include "console/flow_room.h"
#include "console/time_range.h"
#include "format/tree.h"

namespace weir::console {

// What the flows of a time say of one address: what it sent and received, with whom, by which
// services, and whose it is.
[[nodiscard]] Result<format::Tree> address_page(const FlowRoom& room, const IpAddress& address,
                                                const TimeSpan& span);

}  // namespace weir::console

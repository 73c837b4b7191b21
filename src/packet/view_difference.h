#pragma once

#include <string>

#include "packet/view.h"

namespace weir::packet {

// The name of the first field in which two views of one frame differ; empty where they say the
// same. What a view does not hold (layers past their number, an absent tag) is not looked at.
[[nodiscard]] std::string difference_of(const PacketView& a, const PacketView& b);

}  // namespace weir::packet

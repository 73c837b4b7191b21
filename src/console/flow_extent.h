#pragma once

#include "base/result.h"
#include "console/flow_room.h"
#include "store/store.h"

namespace weir::console {

// By the manifest and the write-ahead log alone.
[[nodiscard]] Result<FlowExtent> flow_extent(store::Store& store);

}  // namespace weir::console

#pragma once

#include "api/native_api.h"
#include "base/clock.h"
#include "console/saved_book.h"

namespace weir::console {

// Queries and views kept by name. Both outlive the routes.
void add_saved_routes(api::NativeApi& native, SavedBook& saved, const Clock& clock);

}  // namespace weir::console

#pragma once

#include "api/native_api.h"
#include "notify/delivery_queue.h"

namespace weir::console {

// Notifications on their way, and those that were set aside. The queue outlives the routes.
void add_delivery_routes(api::NativeApi& native, notify::DeliveryQueue& deliveries);

}  // namespace weir::console

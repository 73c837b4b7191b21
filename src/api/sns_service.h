#pragma once

#include "api/service.h"
#include "notify/topic_store.h"

namespace weir::api {

// SNS: topics, subscriptions over HTTP(S), Publish. `topics` outlives it.
[[nodiscard]] Service make_sns_service(notify::TopicStore& topics);

}  // namespace weir::api

#pragma once

#include "alarm/alarm_engine.h"
#include "api/native_api.h"
#include "base/clock.h"
#include "console/aws_calls.h"

namespace weir::console {

// One alarm: read, put, remove, its history, mute, actions. All outlive the routes.
void add_alarm_routes(api::NativeApi& native, const AwsCalls& aws, const alarm::AlarmEngine& alarms,
                      const Clock& clock);

// Until when rules hold an alarm's actions back, of those active now that say when they expire.
[[nodiscard]] std::optional<TimeMs> muted_until(const alarm::AlarmEngine& alarms,
                                                std::string_view scope, std::string_view name,
                                                TimeMs now_ms);

}  // namespace weir::console

#pragma once

#include "alarm/alarm_engine.h"
#include "api/resource_tags.h"
#include "api/service.h"

namespace weir::api::cloudwatch {

// The operations of alarms. Engine and tags outlive the service.
void add_alarm_operations(Service& service, alarm::AlarmEngine& engine, ResourceTags& tags);

}  // namespace weir::api::cloudwatch

#pragma once

#include <string>
#include <string_view>

#include "alarm/alarm_engine.h"
#include "api/resource_tags.h"
#include "api/service.h"

namespace weir::api::cloudwatch {

// Alarm mute rules: Put, Get, List, Delete. Both outlive the service.
void add_mute_operations(Service& service, alarm::AlarmEngine& engine, ResourceTags& tags);

// "arn:aws:cloudwatch:us-west-2:123456789012:alarm-mute-rule:NAME" for scope
// "123456789012/us-west-2".
[[nodiscard]] std::string mute_rule_arn(std::string_view scope, std::string_view name);

}  // namespace weir::api::cloudwatch

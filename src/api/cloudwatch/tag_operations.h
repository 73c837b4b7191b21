#pragma once

#include <functional>

#include "api/resource_tags.h"
#include "api/service.h"

namespace weir::api::cloudwatch {

// ListTagsForResource, TagResource, UntagResource. `exists` tells whether an ARN is one of this
// server's alarms or dashboards.
void add_tag_operations(Service& service, ResourceTags& tags,
                        std::function<bool(const Call&, const std::string&)> exists);

}  // namespace weir::api::cloudwatch

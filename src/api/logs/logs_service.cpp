#include "api/logs/logs_service.h"

#include "api/logs/event_operations.h"
#include "api/logs/group_operations.h"
#include "api/logs/lookup_tables.h"
#include "api/logs/query_operations.h"
#include "api/logs/record_operations.h"
#include "api/logs/shapes.h"
#include "api/logs/subscription_filters.h"

namespace weir::api::logs {

Service make_logs_service(const LogsRooms& rooms) {
  Service service;
  service.name = "CloudWatchLogs";
  service.signing_name = "logs";
  service.target_prefix = "Logs_20140328";
  service.error_types = {{"ValidationError", "InvalidParameterException"}};
  service.shapes = ShapeTable::parse(kShapes).value();
  add_group_operations(service, rooms);
  add_event_operations(service, rooms);
  add_query_operations(service, rooms);
  add_record_operations(service, rooms);
  add_subscription_operations(service, rooms);
  add_lookup_operations(service, rooms);
  return service;
}

}  // namespace weir::api::logs

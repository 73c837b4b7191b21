#include "api/cloudwatch/cloudwatch_service.h"

#include "api/cloudwatch/shapes.h"

namespace weir::api::cloudwatch {

Service make_cloudwatch_service() {
  Service service;
  service.name = "CloudWatch";
  service.signing_name = "monitoring";
  service.version = "2010-08-01";
  service.target_prefix = "GraniteServiceVersion20100801";
  service.xml_namespace = "http://monitoring.amazonaws.com/doc/2010-08-01/";
  service.error_prefix = "com.amazonaws.cloudwatch.v2010_08_01#";
  service.error_types = {
      {"InvalidParameterValue", "InvalidParameterValueException"},
      {"InvalidParameterCombination", "InvalidParameterCombinationException"},
      {"MissingParameter", "MissingRequiredParameterException"},
      {"InvalidParameterInput", "DashboardInvalidInputError"},
      {"InvalidFormat", "InvalidFormatFault"},
      {"LimitExceeded", "LimitExceededFault"},
      {"InternalServiceError", "InternalServiceFault"},
      {"ValidationError", "ValidationException"},
  };
  service.shapes = ShapeTable::parse(kShapes).value();
  return service;
}

}  // namespace weir::api::cloudwatch

#include "api/oam_service.h"

namespace weir::api {
namespace {

constexpr std::string_view kOamShapes = R"(
ListSinksInput { MaxResults integer(1..100), NextToken text }
ListSinksItem { Arn text, Id text, Name text }
ListSinksOutput { Items [ListSinksItem], NextToken text }
operation ListSinks(ListSinksInput) -> ListSinksOutput read
)";

}  // namespace

Service make_oam_service() {
  Service service;
  service.name = "OAM";
  service.signing_name = "oam";
  service.shapes = ShapeTable::parse(kOamShapes).value();
  service.error_types["ValidationError"] = "ValidationException";
  service.rest_operations["POST /ListSinks"] = "ListSinks";
  service.operations["ListSinks"] = [](const Call& /*call*/, const Tree& /*input*/) -> Outcome {
    return Tree::map({{"Items", Tree::list()}});
  };
  return service;
}

}  // namespace weir::api

#include "api/sts_service.h"

namespace weir::api {
namespace {

constexpr std::string_view kStsShapes = R"(
GetCallerIdentityInput { }
GetCallerIdentityOutput { UserId text, Account text, Arn text }
operation GetCallerIdentity(GetCallerIdentityInput) -> GetCallerIdentityOutput read
)";

}  // namespace

Service make_sts_service() {
  Service service;
  service.name = "STS";
  service.signing_name = "sts";
  service.version = "2011-06-15";
  service.xml_namespace = "https://sts.amazonaws.com/doc/2011-06-15/";
  service.shapes = ShapeTable::parse(kStsShapes).value();
  service.operations["GetCallerIdentity"] = [](const Call& call, const Tree& /*input*/) -> Outcome {
    const std::string user = call.key_id.empty() ? "anonymous" : call.key_id;
    return Tree::map({{"UserId", user},
                      {"Account", call.account},
                      {"Arn", "arn:aws:iam::" + call.account + ":user/" + user}});
  };
  return service;
}

}  // namespace weir::api

#include "api/absent_services.h"

#include "format/xml_writer.h"

namespace weir::api {
namespace {

struct AbsentService {
  std::string_view signing_name;
  std::string_view version;  // of its query protocol
  std::string_view advice;
};
constexpr AbsentService kAbsent[] = {
    {"cloudformation", "2010-05-15",
     "this server makes no stacks: weir doctor TEMPLATE says what is wrong with one, aws ec2 "
     "create-flow-logs and aws logs create-log-group make what it would have made here"},
    {"s3", "",
     "this server holds no buckets: weir ingest PATH takes flow logs of files and directories, "
     "weir "
     "serve --ingest PATH those that come, and weir query asks them"},
    {"lambda", "",
     "this server runs no functions: subscribe an http endpoint to the topic, aws sns subscribe "
     "--protocol http"},
    {"iam", "2010-05-08",
     "this server has no roles: weir key create --scope SCOPE makes access keys"},
    {"firehose", "",
     "this server has no delivery streams: weir ingest --follow DIRECTORY takes "
     "in what comes"},
};

}  // namespace

std::string_view advice_for(std::string_view signing_name, std::string_view version) {
  for (const AbsentService& service : kAbsent) {
    if (service.signing_name == signing_name || (!version.empty() && service.version == version)) {
      return service.advice;
    }
  }
  return "";
}

http::Response s3_refusal(const http::Request& request, std::string_view request_id) {
  const std::string path(request.path().substr(0, 1024));
  std::string body = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  format::XmlWriter xml(body);
  xml.open("Error");
  xml.element("Code", "NotImplemented");
  xml.element("Message", advice_for("s3", ""));
  xml.element("Resource", path);
  xml.element("RequestId", request_id);
  xml.close();
  return {400,
          {{"Content-Type", "application/xml"}, {"x-amz-request-id", std::string(request_id)}},
          std::move(body)};
}

}  // namespace weir::api

#include "api/protocol.h"

#include <fmt/format.h>

#include "api/decode.h"
#include "api/encode.h"
#include "format/cbor.h"
#include "format/xml_writer.h"

namespace weir::api {
namespace {

constexpr std::size_t kMaxParameters = 200'000;
constexpr std::size_t kMaxRestPath = 200;
constexpr std::string_view kCborType = "application/cbor";

std::string_view after_last(std::string_view text, char mark) {
  const std::size_t at = text.rfind(mark);
  return at == std::string_view::npos ? text : text.substr(at + 1);
}

std::optional<WireCall> read_cbor_call(const http::Request& request) {
  WireCall call;
  call.protocol = Protocol::kCbor;
  std::string_view path = request.path();
  constexpr std::string_view kService = "/service/";
  constexpr std::string_view kOperation = "/operation/";
  const std::size_t operation = path.find(kOperation);
  if (!path.starts_with(kService) || operation == std::string_view::npos ||
      operation < kService.size()) {
    return std::nullopt;
  }
  call.service_key = path.substr(kService.size(), operation - kService.size());
  call.operation = path.substr(operation + kOperation.size());
  return call;
}

std::optional<WireCall> read_query_call(const http::Request& request, const std::string& body) {
  auto form = http::parse_form(request.method == "GET" ? request.query() : std::string_view(body),
                               kMaxParameters);
  if (!form) {
    return std::nullopt;
  }
  WireCall call;
  for (const auto& [name, value] : *form) {
    if (name == "Action") {
      call.operation = value;
    } else if (name == "Version") {
      call.service_key = value;
    }
  }
  if (call.operation.empty()) {
    return std::nullopt;
  }
  call.form = std::move(*form);
  return call;
}

std::string_view content_type_of(const WireCall& call) {
  switch (call.protocol) {
    case Protocol::kJson10:
      return "application/x-amz-json-1.0";
    case Protocol::kJson11:
      return "application/x-amz-json-1.1";
    case Protocol::kCbor:
      return kCborType;
    case Protocol::kRestJson:
      return "application/json";
    default:
      return "text/xml";
  }
}

http::Response make_response(const WireCall& call, const std::string& request_id, int status) {
  http::Response response;
  response.status = status;
  response.headers.emplace_back("x-amzn-RequestId", request_id);
  if (call.protocol == Protocol::kCbor) {
    response.headers.emplace_back("smithy-protocol", "rpc-v2-cbor");
  }
  return response;
}

std::string query_error(const Service* service, const ApiError& error,
                        const std::string& request_id) {
  std::string body;
  format::XmlWriter xml(body);
  xml.open("ErrorResponse", service == nullptr ? std::string_view() : service->xml_namespace);
  xml.open("Error");
  xml.element("Type", error.status < 500 ? "Sender" : "Receiver");
  xml.element("Code", error.code);
  if (!error.message.empty()) {
    xml.element("Message", error.message);
  }
  xml.close();
  xml.element("RequestId", request_id);
  xml.close();
  return body + "\n";
}

std::string ec2_error(const ApiError& error, const std::string& request_id) {
  std::string body;
  format::XmlWriter xml(body);
  xml.open("Response");
  xml.open("Errors");
  xml.open("Error");
  xml.element("Code", error.code);
  xml.element("Message", error.message);
  xml.close();
  xml.close();
  xml.element("RequestID", request_id);
  xml.close();
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + body;
}

std::string error_type(const Service* service, const ApiError& error) {
  if (!error.type.empty() || service == nullptr) {
    return error.type.empty() ? error.code : error.type;
  }
  const auto found = service->error_types.find(error.code);
  return found == service->error_types.end() ? error.code : found->second;
}

}  // namespace

std::optional<WireCall> read_wire_call(const http::Request& request, const std::string& body) {
  std::optional<WireCall> call;
  const std::string_view target = request.header("x-amz-target");
  const std::string_view type = request.header("content-type");
  if (request.header("smithy-protocol") == "rpc-v2-cbor") {
    call = read_cbor_call(request);
  } else if (!target.empty()) {
    call.emplace();
    call->protocol =
        type.find("json-1.1") != std::string_view::npos ? Protocol::kJson11 : Protocol::kJson10;
    call->operation = after_last(target, '.');
    call->service_key = target.substr(0, target.rfind('.'));
  } else if (request.path() == "/" &&
             (request.method == "GET" || type.starts_with("application/x-www-form-urlencoded"))) {
    call = read_query_call(request, body);
  }
  if (call) {
    call->is_query_mode = request.header("x-amzn-query-mode") == "true";
  }
  return call;
}

WireCall read_rest_call(const http::Request& request, std::string_view signing_name) {
  WireCall call;
  call.protocol = Protocol::kRestJson;
  call.service_key = signing_name;
  call.operation = fmt::format("{} {}", request.method, request.path().substr(0, kMaxRestPath));
  return call;
}

Outcome decode_input(const WireCall& call, const std::string& body, const Shape& shape) {
  if (call.protocol == Protocol::kQuery || call.protocol == Protocol::kEc2) {
    return decode_query(call.form, shape, call.protocol == Protocol::kEc2);
  }
  Result<Tree> tree = Tree::map();
  if (!body.empty()) {
    tree = call.protocol == Protocol::kCbor ? format::read_cbor(body) : format::read_json(body);
  }
  if (!tree) {
    return refuse("SerializationException", tree.error().message);
  }
  return decode_tree(std::move(*tree), shape);
}

http::Response render(const WireCall& call, const Service& service, const OperationShape& operation,
                      const Tree& output, const std::string& request_id) {
  http::Response response = make_response(call, request_id, 200);
  if (call.protocol == Protocol::kCbor && operation.output == nullptr) {
    return response;
  }
  response.headers.emplace_back("Content-Type", content_type_of(call));
  if (call.protocol == Protocol::kCbor) {
    response.body = format::write_cbor(output.is_null() ? Tree::map() : output);
    return response;
  }
  const bool is_json = call.protocol == Protocol::kJson10 || call.protocol == Protocol::kJson11 ||
                       call.protocol == Protocol::kRestJson;
  if (is_json) {
    response.body = operation.output == nullptr && call.protocol == Protocol::kJson11
                        ? ""
                        : format::write_json(output.is_null() ? Tree::map() : output);
    return response;
  }
  const bool is_ec2 = call.protocol == Protocol::kEc2;
  format::XmlWriter xml(response.body);
  xml.open(call.operation + "Response", service.xml_namespace);
  if (is_ec2) {
    xml.element("requestId", request_id);
    if (operation.output != nullptr) {
      encode_xml(output, *operation.output, true, xml);
    }
  } else {
    if (operation.output != nullptr) {
      xml.open(call.operation + "Result");
      encode_xml(output, *operation.output, false, xml);
      xml.close();
    }
    xml.open("ResponseMetadata");
    xml.element("RequestId", request_id);
    xml.close();
  }
  xml.close();
  return response;
}

http::Response render_error(const WireCall& call, const Service* service, const ApiError& error,
                            const std::string& request_id) {
  http::Response response = make_response(call, request_id, error.status);
  response.headers.emplace_back("Content-Type", content_type_of(call));
  if (call.protocol == Protocol::kQuery) {
    response.body = query_error(service, error, request_id);
    return response;
  }
  if (call.protocol == Protocol::kEc2) {
    response.body = ec2_error(error, request_id);
    return response;
  }
  const std::string type = error_type(service, error);
  if (call.protocol == Protocol::kRestJson) {
    response.headers.emplace_back("x-amzn-ErrorType", type);
  }
  if (call.is_query_mode) {
    response.headers.emplace_back("x-amzn-query-error",
                                  error.code + (error.status < 500 ? ";Sender" : ";Receiver"));
  }
  Tree body = Tree::map({{"__type", (service == nullptr ? "" : service->error_prefix) + type}});
  if (!error.message.empty()) {
    body.append("message", error.message);
  }
  for (const auto& [name, value] : error.details.members()) {
    body.append(name, value);
  }
  response.body =
      call.protocol == Protocol::kCbor ? format::write_cbor(body) : format::write_json(body);
  return response;
}

}  // namespace weir::api

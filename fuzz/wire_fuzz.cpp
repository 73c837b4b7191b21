// A request's body in each of AWS's protocols, decoded by CloudWatch's and EC2's shapes, checked,
// and written back. The first byte chooses the protocol, the next the operation.

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>

#include "api/cloudwatch/cloudwatch_service.h"
#include "api/decode.h"
#include "api/protocol.h"

namespace {

using weir::api::Protocol;

const weir::api::Service& cloudwatch() {
  static const weir::api::Service kService = weir::api::cloudwatch::make_cloudwatch_service();
  return kService;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) {
    return 0;
  }
  const std::string body(reinterpret_cast<const char*>(data) + 2, size - 2);
  weir::http::Request request;
  request.method = "POST";
  request.target = "/";
  switch (data[0] % 3) {
    case 0:
      request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
      break;
    case 1:
      request.headers = {{"Content-Type", "application/x-amz-json-1.0"},
                         {"X-Amz-Target", "GraniteServiceVersion20100801.PutMetricData"}};
      break;
    default:
      request.target = "/service/GraniteServiceVersion20100801/operation/PutMetricData";
      request.headers = {{"smithy-protocol", "rpc-v2-cbor"}};
  }
  auto wire = weir::api::read_wire_call(request, body);
  if (!wire) {
    return 0;
  }
  if (wire->protocol == Protocol::kQuery && (data[1] & 128) != 0) {
    wire->protocol = Protocol::kEc2;
  }
  const auto& operations = cloudwatch().shapes.operations();
  auto operation = operations.begin();
  std::advance(operation, (data[1] & 127) % operations.size());
  wire->operation = operation->first;
  const auto input = weir::api::decode_input(*wire, body, *operation->second.input);
  if (!input) {
    (void)weir::api::render_error(*wire, &cloudwatch(), input.error(), "id");
    return 0;
  }
  (void)weir::api::validate(*input, *operation->second.input);
  const weir::api::OperationShape echo{operation->second.input, operation->second.input};
  (void)weir::api::render(*wire, cloudwatch(), echo, *input, "id");
  return 0;
}

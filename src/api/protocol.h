#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "api/service.h"
#include "http/form.h"
#include "http/message.h"

namespace weir::api {

// How AWS clients put an operation on the wire.
enum class Protocol : std::uint8_t {
  kQuery,   // form in, XML out
  kEc2,     // the same with EC2's names
  kJson10,  // X-Amz-Target
  kJson11,
  kCbor,      // Smithy RPC v2
  kRestJson,  // method and path
};

// A request told apart: which protocol, service and operation. `form` holds the parameters of the
// query protocols.
struct WireCall {
  Protocol protocol = Protocol::kQuery;
  std::string service_key;  // target prefix, version, CBOR service name; REST: the signing name
  std::string operation;    // REST: "POST /ListSinks", until the service is known
  http::FormPairs form;
  bool is_query_mode = false;  // x-amzn-query-mode: wants Query's error codes
};

// nullopt: this is no call of an AWS API. `body` is inflated. Hardened against untrusted input.
[[nodiscard]] std::optional<WireCall> read_wire_call(const http::Request& request,
                                                     const std::string& body);

// What is none of those but signed for a service: a call of REST-JSON, told by method and path.
[[nodiscard]] WireCall read_rest_call(const http::Request& request, std::string_view signing_name);

// The input's tree before its shape is known to be right (JSON, CBOR) or by the shape (Query).
[[nodiscard]] Outcome decode_input(const WireCall& call, const std::string& body,
                                   const Shape& shape);

[[nodiscard]] http::Response render(const WireCall& call, const Service& service,
                                    const OperationShape& operation, const Tree& output,
                                    const std::string& request_id);
// `service` may be null, where it was not found.
[[nodiscard]] http::Response render_error(const WireCall& call, const Service* service,
                                          const ApiError& error, const std::string& request_id);

}  // namespace weir::api

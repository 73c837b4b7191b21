#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/shape.h"
#include "base/clock.h"
#include "format/tree.h"

namespace weir::api {

using format::Tree;

// An answer that is no success, in AWS's terms.
struct ApiError {
  std::string code;     // as Query clients know it: "ResourceNotFound"
  std::string message;  // may be empty, as AWS's is for unknown alarms
  int status = 400;
  std::string type = {};  // as JSON and CBOR clients know it; "": the service's name for `code`
  Tree details = {};      // further members of the JSON form
};

using Outcome = tl::expected<Tree, ApiError>;
inline tl::unexpected<ApiError> refuse(std::string code, std::string message, int status = 400) {
  return tl::unexpected<ApiError>(ApiError{std::move(code), std::move(message), status});
}

// What a call waits for that has done all but wait: told whom to tell, from any thread, exactly
// once, of an error or of none. `is_last` as in http::Response.
using Ended = std::function<void(const std::optional<ApiError>& error, bool is_last)>;
using Wait = std::function<void(Ended)>;

// Who calls, from where, when.
struct Call {
  std::string account;
  std::string region;
  std::string key_id;  // "": not signed
  std::string request_id;
  std::string endpoint;    // how the client reached this server: "http://127.0.0.1:7070"
  std::string batch = {};  // X-Weir-Batch: a UUID of what may be sent again and is to count once
  TimeMs now_ms = 0;
  std::string peer = {};  // the address it came from
  // Where the caller need not be kept: an operation that succeeds once something else is done (its
  // record is on the disk) may leave here what it waits for, and return its output at once.
  Wait* wait = nullptr;
};

// Takes the input, decoded and checked by the operation's shape, gives the output. Called from
// several threads.
using OperationFunction = std::function<Outcome(const Call& call, const Tree& input)>;

// Takes a call of JSON as it came, without a tree; nullopt: the operation proper has to be asked.
using JsonFunction = std::function<std::optional<Outcome>(const Call& call, std::string_view body)>;

// One AWS service: what it is called on the wire, the shapes of its operations, and those there
// are. An operation that has a shape but no function, or neither, is refused in the protocol's own
// form.
struct Service {
  std::string name;           // "CloudWatch", for messages
  std::string signing_name;   // "monitoring"
  std::string version;        // of the query protocols; "": it has none
  std::string target_prefix;  // of the JSON protocols; "": it has none
  std::string xml_namespace;
  std::string error_prefix;  // of __type, with '#'; may be empty
  bool is_ec2 = false;       // speaks EC2's form of the query protocol
  ShapeTable shapes;
  std::map<std::string, OperationFunction, std::less<>> operations;
  // Of a service that speaks REST-JSON: "POST /ListSinks" to the operation's name.
  std::map<std::string, std::string, std::less<>> rest_operations;
  // Beside those, for calls of many values that come often.
  std::map<std::string, JsonFunction, std::less<>> json_operations;
  // Operations that take a small call in less time than handing it to another thread would, and
  // whether they do at the moment.
  std::map<std::string, std::function<bool()>, std::less<>> brief_operations;
  // Query codes whose JSON name is another.
  std::map<std::string, std::string, std::less<>> error_types;
};

}  // namespace weir::api

#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/access_keys.h"
#include "base/result.h"
#include "format/tree.h"
#include "http/form.h"
#include "http/message.h"

namespace weir::api {

// Who asks one of Weir's own routes.
struct Caller {
  std::string name;  // of a user, "key WEIR..."; "": nobody had to say
  KeyScope scope = KeyScope::kAdmin;
  bool is_verified = false;   // by a key or a session
  std::string session_token;  // of the session's cookie; "": none
};

// A request to one of Weir's own routes, taken apart.
struct RouteCall {
  const http::Request& request;
  const Caller& caller;
  std::string_view request_id;
  const std::vector<std::string>& members;  // that the body may have
  std::vector<std::string> parameters;  // what stands for the pattern's {names}, in order, decoded
  http::FormPairs query;                // decoded
  // Of the query; nullopt where it is not given.
  [[nodiscard]] std::optional<std::string> argument(std::string_view name) const;
  // The body, an object of members that the route knows.
  [[nodiscard]] Result<format::Tree> body() const;
  // Whether the caller asks for that form of answer before any other.
  [[nodiscard]] bool accepts(std::string_view media_type) const;
};

// One of Weir's own routes. Errors of `run` become problem documents.
struct Route {
  std::string method;   // GET also answers HEAD
  std::string pattern;  // "/api/v1/alarms/{name}/explain"
  std::string summary;
  std::vector<std::string> arguments = {};  // of the query, by name
  KeyScope scope = KeyScope::kRead;
  std::vector<std::string> members = {};  // of a JSON body, by name
  std::string answers = {};               // the shape of the answer, for the description
  std::string media_type = "application/json";
  bool is_open = false;  // for anybody: who is not signed in, too
  // Only by the server's socket in the data directory: whoever opens it may read the data anyway.
  bool is_local = false;
  std::function<Result<http::Response>(const RouteCall&)> run = {};
};

// Weir's own interface: JSON under /api/v1, problems as RFC 9457 has them, an OpenAPI description
// made from the table of routes. Routes are added before the first request; then it is safe from
// any thread.
class NativeApi {
 public:
  void add(Route route) { routes_.push_back(std::move(route)); }
  [[nodiscard]] static bool owns(std::string_view path) { return path.starts_with("/api/"); }
  // Errors name `request_id`.
  [[nodiscard]] http::Response handle(const http::Request& request, const Caller& caller,
                                      std::string_view request_id) const;
  // Whether a route there answers anybody.
  [[nodiscard]] bool is_open(const http::Request& request) const;
  // The OpenAPI 3.1 document.
  [[nodiscard]] format::Tree description() const;

 private:
  std::vector<Route> routes_;
};

[[nodiscard]] http::Response json_answer(const format::Tree& tree);
[[nodiscard]] http::Response text_answer(std::string text);
// "application/problem+json": what is wrong, where, and what to do.
[[nodiscard]] http::Response problem_answer(int status, std::string_view title,
                                            std::string_view detail, std::string_view request_id,
                                            const format::Tree& members = {});
// The problem that an error is, with `members` beside its own.
[[nodiscard]] http::Response problem_answer(const Error& error, std::string_view request_id,
                                            const format::Tree& members = {});
// 404 for kNotFound, 400 for kUsage, and so on.
[[nodiscard]] int status_of(ErrorCode code);

}  // namespace weir::api

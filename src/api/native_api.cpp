#include "api/native_api.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/nearest_name.h"

namespace weir::api {
namespace {

using format::Tree;

constexpr std::size_t kMaxQueryPairs = 100;

std::vector<std::string_view> segments_of(std::string_view path) {
  std::vector<std::string_view> segments;
  while (!path.empty()) {
    path.remove_prefix(path.front() == '/' ? 1 : 0);
    const std::size_t slash = std::min(path.find('/'), path.size());
    segments.push_back(path.substr(0, slash));
    path.remove_prefix(slash);
  }
  return segments;
}

bool is_parameter(std::string_view segment) { return segment.starts_with('{'); }

// What stands for the parameters of a pattern; nullopt where the path is another one.
std::optional<std::vector<std::string>> match(std::string_view pattern, std::string_view path) {
  const auto wanted = segments_of(pattern);
  const auto found = segments_of(path);
  if (wanted.size() != found.size()) {
    return std::nullopt;
  }
  std::vector<std::string> parameters;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (is_parameter(wanted[i])) {
      parameters.push_back(http::decode_percent(found[i], false));
    } else if (wanted[i] != found[i]) {
      return std::nullopt;
    }
  }
  return parameters;
}

std::string_view title_of(int status) {
  switch (status) {
    case 400:
      return "Bad request";
    case 403:
      return "Forbidden";
    case 404:
      return "Not found";
    case 401:
      return "Unauthorized";
    case 405:
      return "Method not allowed";
    case 409:
      return "Conflict";
    case 413:
      return "Too large";
    case 429:
      return "Too many requests";
    case 501:
      return "Not implemented";
    case 503:
      return "Unavailable";
    default:
      return "Internal error";
  }
}

// What a route answers, for the description.
Tree answer_of(const Route& route) {
  return Tree::map({{"description", route.answers.empty() ? "the answer" : route.answers},
                    {"content", Tree::map({{route.media_type, Tree::map()}})}});
}

// What a route takes in its body.
Tree body_of(const Route& route) {
  Tree properties = Tree::map();
  for (const std::string& name : route.members) {
    properties.append(name, Tree::map());
  }
  Tree schema = Tree::map(
      {{"type", "object"}, {"properties", std::move(properties)}, {"additionalProperties", false}});
  return Tree::map(
      {{"content", Tree::map({{"application/json", Tree::map({{"schema", std::move(schema)}})}})}});
}

}  // namespace

std::optional<std::string> RouteCall::argument(std::string_view name) const {
  const auto found = std::find_if(query.begin(), query.end(),
                                  [&](const auto& pair) { return pair.first == name; });
  return found == query.end() ? std::nullopt : std::optional(found->second);
}

Result<Tree> RouteCall::body() const {
  WEIR_ASSIGN_OR_RETURN(Tree body, format::read_json(request.body.empty() ? "{}" : request.body));
  if (!body.is_map()) {
    return fail(ErrorCode::kInput, "the body is to be a JSON object");
  }
  for (const auto& [name, value] : body.members()) {
    if (std::find(members.begin(), members.end(), name) == members.end()) {
      return fail(ErrorCode::kUsage,
                  fmt::format("the body has no member '{}';{} it takes: {}", name,
                              did_you_mean(name, members), fmt::join(members, ", ")));
    }
  }
  return body;
}

bool RouteCall::accepts(std::string_view media_type) const {
  return request.header("accept").starts_with(media_type);
}

int status_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::kUsage:
    case ErrorCode::kInput:
      return 400;
    case ErrorCode::kUnauthorized:
      return 403;
    case ErrorCode::kNotFound:
      return 404;
    case ErrorCode::kLimit:
      return 413;
    case ErrorCode::kUnsupported:
      return 501;
    case ErrorCode::kFull:
    case ErrorCode::kBusy:
    case ErrorCode::kCancelled:
      return 503;
    case ErrorCode::kRemote:
    case ErrorCode::kIo:
    case ErrorCode::kInternal:
      return 500;
  }
  return 500;
}

http::Response json_answer(const Tree& tree) {
  return {200, {{"Content-Type", "application/json"}}, format::write_json(tree) + "\n"};
}

http::Response text_answer(std::string text) {
  return {200, {{"Content-Type", "text/plain; charset=utf-8"}}, std::move(text)};
}

http::Response problem_answer(int status, std::string_view title, std::string_view detail,
                              std::string_view request_id, const Tree& members) {
  Tree body = Tree::map({{"type", "about:blank"},
                         {"title", title},
                         {"status", status},
                         {"detail", detail},
                         {"requestId", request_id}});
  for (const auto& [name, value] : members.members()) {
    body.set(name, value);
  }
  http::Response response{
      status,
      {{"Content-Type", "application/problem+json"}, {"x-amzn-RequestId", std::string(request_id)}},
      format::write_json(body) + "\n"};
  if (status == 503) {
    response.headers.emplace_back("Retry-After", "1");
  }
  return response;
}

http::Response problem_answer(const Error& error, std::string_view request_id,
                              const Tree& members) {
  const int status = status_of(error.code);
  return problem_answer(status, title_of(status), error.message, request_id, members);
}

bool NativeApi::is_open(const http::Request& request) const {
  return std::any_of(routes_.begin(), routes_.end(), [&](const Route& route) {
    return route.is_open && route.method == request.method &&
           match(route.pattern, request.path()).has_value();
  });
}

http::Response NativeApi::handle(const http::Request& request, const Caller& caller,
                                 std::string_view request_id) const {
  const auto refuse = [&](int status, std::string_view detail) {
    return problem_answer(status, title_of(status), detail, request_id);
  };
  const std::string_view path = request.path();
  const std::string method = request.method == "HEAD" ? "GET" : request.method;
  std::string methods;
  for (const Route& route : routes_) {
    auto parameters = match(route.pattern, path);
    if (!parameters) {
      continue;
    }
    if (route.method != method) {
      methods += (methods.empty() ? "" : ", ") + route.method;
      continue;
    }
    if (route.is_local && !request.is_local) {
      return refuse(403,
                    "this route is reached by the server's socket in its data directory alone: use "
                    "the command line there");
    }
    if (!route.is_open && !covers(caller.scope, route.scope)) {
      return refuse(
          403, fmt::format("this needs an access key with the scope {}", name_of(route.scope)));
    }
    auto query = http::parse_form(request.query(), kMaxQueryPairs);
    if (!query) {
      return refuse(400, fmt::format("there are more than {} arguments", kMaxQueryPairs));
    }
    for (const auto& [name, value] : *query) {
      if (std::find(route.arguments.begin(), route.arguments.end(), name) ==
          route.arguments.end()) {
        return refuse(400, fmt::format("{} takes no argument '{}'; it takes: {}", route.pattern,
                                       name, fmt::join(route.arguments, ", ")));
      }
    }
    auto answer = route.run(
        {request, caller, request_id, route.members, std::move(*parameters), std::move(*query)});
    return answer ? std::move(*answer)
                  : refuse(status_of(answer.error().code), answer.error().message);
  }
  if (!methods.empty()) {
    auto response = refuse(405, fmt::format("{} takes {}", path.substr(0, 200), methods));
    response.headers.emplace_back("Allow", methods);
    return response;
  }
  return refuse(404, fmt::format("there is nothing at {}; /api/v1/openapi.json lists what there is",
                                 path.substr(0, 200)));
}

Tree NativeApi::description() const {
  Tree paths = Tree::map();
  for (const Route& route : routes_) {
    Tree parameters = Tree::list();
    for (const std::string_view segment : segments_of(route.pattern)) {
      if (is_parameter(segment)) {
        parameters.push(Tree::map({{"name", segment.substr(1, segment.size() - 2)},
                                   {"in", "path"},
                                   {"required", true},
                                   {"schema", Tree::map({{"type", "string"}})}}));
      }
    }
    for (const std::string& name : route.arguments) {
      parameters.push(Tree::map(
          {{"name", name}, {"in", "query"}, {"schema", Tree::map({{"type", "string"}})}}));
    }
    std::string method = route.method;
    std::transform(method.begin(), method.end(), method.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    Tree operation =
        Tree::map({{"summary", route.summary},
                   {"parameters", std::move(parameters)},
                   {"responses",
                    Tree::map({{"200", answer_of(route)},
                               {"default", Tree::map({{"description", "a problem (RFC 9457)"}})}})},
                   {"x-weir-scope", name_of(route.scope)}});
    if (!route.members.empty()) {
      operation.set("requestBody", body_of(route));
    }
    if (route.is_open) {
      operation.set("x-weir-open", true);
    }
    if (route.is_local) {
      operation.set("x-weir-local", true);
    }
    Tree item = paths.has(route.pattern) ? paths[route.pattern] : Tree::map();
    item.set(method, std::move(operation));
    paths.set(route.pattern, std::move(item));
  }
  return Tree::map({{"openapi", "3.1.0"},
                    {"info", Tree::map({{"title", "Weir"}, {"version", "1"}})},
                    {"paths", std::move(paths)}});
}

}  // namespace weir::api

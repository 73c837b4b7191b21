#include "cli/server_link.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include "app/routes.h"
#include "cli/data_directory.h"
#include "cli/probe_settings.h"
#include "http/form.h"

namespace weir::cli {
namespace {

constexpr std::size_t kMaxAnswerBytes = 256U << 20;
constexpr std::int64_t kHelloMs = 5'000;

}  // namespace

ErrorCode error_code_of(int status) {
  switch (status) {
    case 400:
    case 405:
      return ErrorCode::kUsage;
    case 401:
    case 403:
      return ErrorCode::kUnauthorized;
    case 404:
      return ErrorCode::kNotFound;
    case 413:
      return ErrorCode::kLimit;
    case 501:
      return ErrorCode::kUnsupported;
    case 503:
      return ErrorCode::kBusy;
    default:
      return ErrorCode::kRemote;
  }
}

std::string query_of(const Arguments& arguments, std::initializer_list<std::string_view> names) {
  std::string query;
  for (const std::string_view name : names) {
    for (const std::string& value : arguments.values(name)) {
      query += fmt::format("{}{}={}", query.empty() ? '?' : '&', name, http::encode_percent(value));
    }
  }
  return query;
}

std::optional<ServerLink> ServerLink::find(Environment& environment, const std::string& directory) {
  const std::string socket = app::socket_path(directory);
  struct stat status {};
  if (::lstat(socket.c_str(), &status) != 0 || !S_ISSOCK(status.st_mode)) {
    return std::nullopt;
  }
  http::ClientOptions options;
  options.socket_path = socket;
  options.timeout_ms = kHelloMs;
  const auto answer = http::send({"GET", "http://localhost/livez", {}, ""}, options);
  if (!answer || answer->status != 200) {
    return std::nullopt;
  }
  return ServerLink(environment, socket);
}

Result<ServerLink> ServerLink::open(const Arguments& arguments, Environment& environment) {
  app::Configuration configuration;
  configuration.data = data_directory(arguments);
  if (auto server = find(environment, configuration.data)) {
    return std::move(*server);
  }
  WEIR_RETURN_IF_ERROR(apply_configuration(arguments, environment, configuration));
  ServerLink link(environment, "");
  WEIR_ASSIGN_OR_RETURN(link.idle_,
                        app::Application::open_idle(std::move(configuration), environment.clock(),
                                                    environment.files(), environment.silent_log()));
  return link;
}

Result<http::Response> ServerLink::answer(http::ClientRequest request) const {
  if (idle_ != nullptr) {
    http::Request asked;
    asked.method = request.method;
    asked.target = request.url;
    asked.headers = std::move(request.headers);
    asked.body = std::move(request.body);
    asked.headers.emplace_back("Host", "localhost");
    asked.is_local = true;
    return idle_->answer(asked, environment_->cancel());
  }
  request.url = "http://localhost" + request.url;
  http::ClientOptions options;
  options.socket_path = socket_;
  options.timeout_ms = 0;
  options.max_response_bytes = kMaxAnswerBytes;
  options.is_cancelled = [this] { return environment_->cancel().is_cancelled(); };
  return http::send(request, options);
}

// `request.url` is the target alone.
Result<std::string> ServerLink::exchange(http::ClientRequest request) const {
  WEIR_ASSIGN_OR_RETURN(http::Response answered, answer(std::move(request)));
  if (answered.status >= 200 && answered.status < 300) {
    return std::move(answered.body);
  }
  const auto problem = format::read_json(answered.body);
  if (!problem) {
    return fail(error_code_of(answered.status), "the server answered: " + answered.body);
  }
  const bool is_of_aws = !problem->has("detail");
  std::string text = is_of_aws ? (*problem)["message"].text() : (*problem)["detail"].text();
  for (const format::Tree& message : (*problem)["messages"].items()) {
    text += fmt::format("\n  {}: {}", message["dataPath"].text(), message["message"].text());
  }
  return fail(error_code_of(answered.status), std::move(text));
}

Result<std::string> ServerLink::get(const std::string& target, std::string_view accept) const {
  return exchange({"GET", target, {{"Accept", std::string(accept)}}, ""});
}

Result<format::Tree> ServerLink::get_json(const std::string& target) const {
  WEIR_ASSIGN_OR_RETURN(const std::string text, get(target, "application/json"));
  return format::read_json(text);
}

Result<format::Tree> ServerLink::send_json(const std::string& method, const std::string& target,
                                           const format::Tree& body) const {
  return body.is_null() ? send_text(method, target, "", {})
                        : send_text(method, target, format::write_json(body),
                                    {{"Content-Type", "application/json"}});
}

Result<format::Tree> ServerLink::send_text(const std::string& method, const std::string& target,
                                           std::string body, http::Headers headers) const {
  headers.emplace_back("Accept", "application/json");
  WEIR_ASSIGN_OR_RETURN(const std::string text,
                        exchange({method, target, std::move(headers), std::move(body)}));
  return text.empty() ? format::Tree() : format::read_json(text);
}

}  // namespace weir::cli

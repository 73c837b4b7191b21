#include "cli/server_link.h"

#include <sys/stat.h>

#include "app/routes.h"
#include "http/client.h"

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

Result<std::string> ServerLink::exchange(const std::string& method, const std::string& target,
                                         std::string_view accept, std::string body) const {
  http::ClientRequest request{method, "http://localhost" + target, {}, std::move(body)};
  request.headers.emplace_back("Accept", std::string(accept));
  if (!request.body.empty()) {
    request.headers.emplace_back("Content-Type", "application/json");
  }
  http::ClientOptions options;
  options.socket_path = socket_;
  options.timeout_ms = 0;
  options.max_response_bytes = kMaxAnswerBytes;
  options.is_cancelled = [this] { return environment_->cancel().is_cancelled(); };
  WEIR_ASSIGN_OR_RETURN(http::Response answer, http::send(request, options));
  if (answer.status >= 200 && answer.status < 300) {
    return std::move(answer.body);
  }
  const auto problem = format::read_json(answer.body);
  return fail(error_code_of(answer.status),
              problem ? (*problem)["detail"].text() : "the server answered: " + answer.body);
}

Result<std::string> ServerLink::get(const std::string& target, std::string_view accept) const {
  return exchange("GET", target, accept, "");
}

Result<format::Tree> ServerLink::get_json(const std::string& target) const {
  WEIR_ASSIGN_OR_RETURN(const std::string text, get(target, "application/json"));
  return format::read_json(text);
}

Result<format::Tree> ServerLink::send_json(const std::string& method, const std::string& target,
                                           const format::Tree& body) const {
  WEIR_ASSIGN_OR_RETURN(
      const std::string text,
      exchange(method, target, "application/json", body.is_null() ? "" : format::write_json(body)));
  return format::read_json(text);
}

}  // namespace weir::cli

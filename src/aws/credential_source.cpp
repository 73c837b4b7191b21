#include "aws/credential_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/time_text.h"
#include "format/tree.h"

namespace weir::aws {
namespace {

constexpr std::int64_t kEarlyMs = 5 * 60 * 1000;
constexpr const char* kInstanceService = "http://169.254.169.254";
constexpr const char* kContainerService = "http://169.254.170.2";

std::string read_small(io::FileSystem& files, const std::string& path) {
  std::string text;
  auto source = files.open_source(path);
  std::string buffer(16U << 10, '\0');
  while (source && text.size() < (1U << 20)) {
    const auto count = (*source)->read(buffer);
    if (!count || *count == 0) {
      break;
    }
    text.append(buffer, 0, *count);
  }
  return text;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = std::min(text.find_first_not_of(" \t\r\n"), text.size());
  const std::size_t end = text.find_last_not_of(" \t\r\n");
  return end == std::string_view::npos ? std::string_view() : text.substr(begin, end + 1 - begin);
}

// A key of a section of an INI file; "" where there is none.
std::string find_in_ini(std::string_view text, std::string_view section, std::string_view key) {
  std::string_view current;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.starts_with('[') && line.ends_with(']')) {
      current = trimmed(line.substr(1, line.size() - 2));
      if (current.starts_with("profile ")) {
        current = trimmed(current.substr(8));
      }
    } else if (const std::size_t equals = line.find('='); equals != std::string_view::npos &&
                                                          current == section &&
                                                          trimmed(line.substr(0, equals)) == key) {
      return std::string(trimmed(line.substr(equals + 1)));
    }
  }
  return "";
}

}  // namespace

Result<std::string> read_instance_metadata(
    const std::function<Result<http::Response>(const http::ClientRequest&,
                                               const http::ClientOptions&)>& send,
    const std::string& base, const std::string& path, std::int64_t timeout_ms) {
  http::ClientOptions options;
  options.timeout_ms = timeout_ms;
  options.max_response_bytes = 64U << 10;
  http::ClientRequest request;
  request.method = "PUT";
  request.url = base + "/latest/api/token";
  request.headers = {{"X-aws-ec2-metadata-token-ttl-seconds", "300"}};
  WEIR_ASSIGN_OR_RETURN(const http::Response token, send(request, options));
  if (token.status != 200) {
    return fail(ErrorCode::kRemote,
                fmt::format("the instance metadata service gives no token: {}", token.status));
  }
  request.method = "GET";
  request.url = base + path;
  request.headers = {{"X-aws-ec2-metadata-token", std::string(trimmed(token.body))}};
  WEIR_ASSIGN_OR_RETURN(const http::Response answer, send(request, options));
  if (answer.status != 200) {
    return fail(ErrorCode::kRemote,
                fmt::format("the instance metadata service has no {}: {}", path, answer.status));
  }
  return answer.body;
}

CredentialSource::CredentialSource(CredentialOptions options, const Clock& clock,
                                   io::FileSystem& files)
    : options_(std::move(options)), clock_(clock), files_(files) {}

void CredentialSource::forget() {
  const std::lock_guard lock(mutex_);
  held_.reset();
}

Result<Credential> CredentialSource::get() {
  const std::lock_guard lock(mutex_);
  if (held_ && (!held_->expires_ms || *held_->expires_ms - kEarlyMs > clock_.now_ms())) {
    return held_->credential;
  }
  auto found = from_environment();
  if (!found) {
    found = from_profile();
  }
  std::string reason;
  for (const auto next : {&CredentialSource::from_container, &CredentialSource::from_instance}) {
    if (!found) {
      auto fetched = (this->*next)();
      if (fetched) {
        found = std::move(*fetched);
      } else {
        reason += "; " + fetched.error().message;
      }
    }
  }
  if (found) {
    held_ = std::move(found);
    return held_->credential;
  }
  if (held_ && *held_->expires_ms > clock_.now_ms()) {
    return held_->credential;  // the service is away, and what there is still holds
  }
  return fail(ErrorCode::kUnauthorized,
              "there are no AWS credentials in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, in "
              "~/.aws/credentials, of a container or of an instance" +
                  reason);
}

std::optional<CredentialSource::Held> CredentialSource::from_environment() const {
  const auto key = options_.environment("AWS_ACCESS_KEY_ID");
  const auto secret = options_.environment("AWS_SECRET_ACCESS_KEY");
  if (!key || !secret || key->empty() || secret->empty()) {
    return std::nullopt;
  }
  return Held{{*key, *secret, options_.environment("AWS_SESSION_TOKEN").value_or("")}, {}};
}

std::optional<CredentialSource::Held> CredentialSource::from_profile() const {
  const std::string home = options_.environment("HOME").value_or("") + "/.aws/";
  const std::string profile = options_.profile.empty()
                                  ? options_.environment("AWS_PROFILE").value_or("default")
                                  : options_.profile;
  for (const std::string& path :
       {options_.environment("AWS_SHARED_CREDENTIALS_FILE").value_or(home + "credentials"),
        options_.environment("AWS_CONFIG_FILE").value_or(home + "config")}) {
    const std::string text = read_small(files_, path);
    Credential credential{find_in_ini(text, profile, "aws_access_key_id"),
                          find_in_ini(text, profile, "aws_secret_access_key"),
                          find_in_ini(text, profile, "aws_session_token")};
    if (!credential.key_id.empty() && !credential.secret.empty()) {
      return Held{std::move(credential), {}};
    }
  }
  return std::nullopt;
}

namespace {

// {"AccessKeyId":..,"SecretAccessKey":..,"Token":..,"Expiration":..}, as containers and instances
// are told.
Result<std::pair<Credential, std::optional<TimeMs>>> read_document(const std::string& text) {
  WEIR_ASSIGN_OR_RETURN(const format::Tree document, format::read_json(text));
  Credential credential{document["AccessKeyId"].text(), document["SecretAccessKey"].text(),
                        document["Token"].text()};
  if (credential.key_id.empty() || credential.secret.empty()) {
    return fail(ErrorCode::kRemote, "the metadata service's answer holds no credentials");
  }
  return std::pair(std::move(credential), parse_absolute_time(document["Expiration"].text()));
}

}  // namespace

Result<std::optional<CredentialSource::Held>> CredentialSource::from_container() const {
  std::string url = options_.environment("AWS_CONTAINER_CREDENTIALS_FULL_URI").value_or("");
  if (const auto path = options_.environment("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")) {
    url = kContainerService + *path;
  }
  if (url.empty()) {
    return std::nullopt;
  }
  http::ClientRequest request;
  request.url = url;
  std::string token = options_.environment("AWS_CONTAINER_AUTHORIZATION_TOKEN").value_or("");
  if (const auto path = options_.environment("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")) {
    token = trimmed(read_small(files_, *path));
  }
  if (!token.empty()) {
    request.headers.emplace_back("Authorization", token);
  }
  http::ClientOptions options;
  options.timeout_ms = options_.metadata_timeout_ms;
  WEIR_ASSIGN_OR_RETURN(const http::Response answer, options_.send(request, options));
  if (answer.status != 200) {
    return fail(ErrorCode::kRemote,
                fmt::format("the container's credentials cannot be had: {}", answer.status));
  }
  WEIR_ASSIGN_OR_RETURN(auto document, read_document(answer.body));
  return Held{std::move(document.first), document.second};
}

Result<std::optional<CredentialSource::Held>> CredentialSource::from_instance() const {
  if (options_.environment("AWS_EC2_METADATA_DISABLED").value_or("") == "true") {
    return std::nullopt;
  }
  const std::string base =
      options_.environment("AWS_EC2_METADATA_SERVICE_ENDPOINT").value_or(kInstanceService);
  const std::string path = "/latest/meta-data/iam/security-credentials/";
  WEIR_ASSIGN_OR_RETURN(
      const std::string role,
      read_instance_metadata(options_.send, base, path, options_.metadata_timeout_ms));
  const std::string_view name = trimmed(role);
  WEIR_ASSIGN_OR_RETURN(const std::string text,
                        read_instance_metadata(options_.send, base,
                                               path + std::string(name.substr(0, name.find('\n'))),
                                               options_.metadata_timeout_ms));
  WEIR_ASSIGN_OR_RETURN(auto document, read_document(text));
  return Held{std::move(document.first), document.second};
}

}  // namespace weir::aws

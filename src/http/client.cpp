#include "http/client.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <memory>
#include <optional>

#include "http/curl_library.h"
#include "http/socket_path.h"

namespace weir::http {
namespace {

struct Transfer {
  const ClientOptions& options;
  Response response;
  bool was_refused = false;
  bool is_too_large = false;
};

std::size_t take_body(char* data, std::size_t /*size*/, std::size_t num_bytes, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  if (transfer.response.body.size() + num_bytes > transfer.options.max_response_bytes) {
    transfer.is_too_large = true;
    return 0;
  }
  transfer.response.body.append(data, num_bytes);
  return num_bytes;
}

std::size_t take_header(char* data, std::size_t /*size*/, std::size_t num_bytes, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  const std::string_view line(data, num_bytes);
  const std::size_t colon = line.find(':');
  if (colon != std::string_view::npos && transfer.response.headers.size() < 100) {
    const auto value = line.substr(colon + 1);
    const std::size_t begin = std::min(value.find_first_not_of(" \t"), value.size());
    const std::size_t end = value.find_last_not_of(" \t\r\n");
    transfer.response.headers.emplace_back(
        std::string(line.substr(0, colon)),
        end == std::string_view::npos ? "" : std::string(value.substr(begin, end + 1 - begin)));
  }
  return num_bytes;
}

IpAddress address_of(const sockaddr& address) {
  char text[INET6_ADDRSTRLEN] = {};
  if (address.sa_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &address, sizeof v4);
    inet_ntop(AF_INET, &v4.sin_addr, text, sizeof text);
  } else if (address.sa_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, &address, sizeof v6);
    inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof text);
  }
  return parse_ip(text).value_or(IpAddress());
}

curl_socket_t open_socket(void* user, curlsocktype /*purpose*/, curl_sockaddr* address) {
  auto& transfer = *static_cast<Transfer*>(user);
  if (transfer.options.allows && !transfer.options.allows(address_of(address->addr))) {
    transfer.was_refused = true;
    return CURL_SOCKET_BAD;
  }
  return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

int look_for_cancel(void* user, curl_off_t /*all*/, curl_off_t /*now*/, curl_off_t /*up*/,
                    curl_off_t /*up_now*/) {
  return static_cast<Transfer*>(user)->options.is_cancelled() ? 1 : 0;
}

}  // namespace

Result<Response> send(const ClientRequest& request, const ClientOptions& options) {
  if (!request.url.starts_with("http://") && !request.url.starts_with("https://")) {
    return fail(ErrorCode::kUsage,
                fmt::format("'{}' is no http or https address", request.url.substr(0, 200)));
  }
  WEIR_RETURN_IF_ERROR(load_curl());
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> owned(curl().easy_init(),
                                                                  curl().easy_cleanup);
  curl_slist* list = nullptr;
  for (const auto& [name, value] : request.headers) {
    list = curl().slist_append(list, (name + ": " + value).c_str());
  }
  list = curl().slist_append(list, "Expect:");
  const std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> headers(list,
                                                                            curl().slist_free_all);
  Transfer transfer{options, {}};
  CURL* handle = owned.get();
  curl().easy_setopt(handle, CURLOPT_URL, request.url.c_str());
  curl().easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  curl().easy_setopt(handle, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl().easy_setopt(handle, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  if (!request.body.empty() || request.method == "POST") {
    curl().easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE,
                       static_cast<curl_off_t>(request.body.size()));
    curl().easy_setopt(handle, CURLOPT_POSTFIELDS, request.body.c_str());
  }
  curl().easy_setopt(handle, CURLOPT_HTTPHEADER, headers.get());
  curl().easy_setopt(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(options.timeout_ms));
  curl().easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl().easy_setopt(handle, CURLOPT_PROXY, "");
  curl().easy_setopt(handle, CURLOPT_WRITEFUNCTION, take_body);
  curl().easy_setopt(handle, CURLOPT_WRITEDATA, &transfer);
  curl().easy_setopt(handle, CURLOPT_HEADERFUNCTION, take_header);
  curl().easy_setopt(handle, CURLOPT_HEADERDATA, &transfer);
  curl().easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, open_socket);
  curl().easy_setopt(handle, CURLOPT_OPENSOCKETDATA, &transfer);
  std::optional<SocketPath> socket_path;
  if (!options.socket_path.empty()) {
    WEIR_ASSIGN_OR_RETURN(socket_path, SocketPath::open(options.socket_path));
    curl().easy_setopt(handle, CURLOPT_UNIX_SOCKET_PATH, socket_path->text().c_str());
  }
  if (options.is_cancelled) {
    curl().easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
    curl().easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, look_for_cancel);
    curl().easy_setopt(handle, CURLOPT_XFERINFODATA, &transfer);
  }
  const CURLcode code = curl().easy_perform(handle);
  if (options.may_have_arrived != nullptr) {
    curl_off_t begun_us = 0;  // when a connection stood and the request was about to be sent
    curl().easy_getinfo(handle, CURLINFO_PRETRANSFER_TIME_T, &begun_us);
    *options.may_have_arrived = code == CURLE_OK || begun_us > 0;
  }
  if (code == CURLE_ABORTED_BY_CALLBACK) {
    return fail(ErrorCode::kCancelled, "interrupted");
  }
  if (code != CURLE_OK) {
    const std::string reason =
        transfer.was_refused ? "its address is one that this server may not call"
        : transfer.is_too_large
            ? fmt::format("it answered with more than {} bytes", options.max_response_bytes)
            : curl().easy_strerror(code);
    return fail(ErrorCode::kRemote, fmt::format("{}: {}", request.url.substr(0, 200), reason));
  }
  long status = 0;
  curl().easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
  transfer.response.status = static_cast<int>(status);
  return std::move(transfer.response);
}

}  // namespace weir::http

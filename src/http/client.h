#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "base/ip_address.h"
#include "base/result.h"
#include "http/message.h"

namespace weir::http {

struct ClientRequest {
  std::string method = "GET";
  std::string url;  // http or https
  Headers headers;
  std::string body;
};

struct ClientOptions {
  std::int64_t timeout_ms = 15'000;  // 0: none
  std::size_t max_response_bytes = 1U << 20;
  // Asked with each address that a name resolves to, just before it is connected to, so that no
  // second look-up can give another one. None: every address is allowed.
  std::function<bool(const IpAddress&)> allows;
  // Connects to this socket in the file system, whatever the URL's host is.
  std::string socket_path;
  // Set to false where the request failed before any of it was sent.
  bool* may_have_arrived = nullptr;
  // Asked now and then; true ends the transfer with kCancelled.
  std::function<bool()> is_cancelled;
};

// Sends one request and waits for the answer, whatever its status. Redirects are not followed, no
// proxy is used. Errors: kUsage for a URL that is none, kRemote for the rest. Safe from any thread.
[[nodiscard]] Result<Response> send(const ClientRequest& request, const ClientOptions& options);

}  // namespace weir::http

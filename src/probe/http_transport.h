#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "probe/echo_transport.h"

namespace weir::probe {

struct HttpOptions {
  std::int64_t timeout_ms = 1'000;
  int lowest_status = 200;  // of answers that are as wanted
  int highest_status = 399;
  std::int64_t max_redirects = 0;
  std::size_t max_body_bytes = 1U << 20;
  std::string authorities;  // a file of certificates to trust beside none; "": the system's
};
// "200" or "200-399".
[[nodiscard]] Result<void> read_statuses(const std::string& text, HttpOptions& options);

// GETs as probes, each over a connection of its own, from its start to the last byte of the answer.
// Any status is an answer; those not wanted are counted as `unexpected`. Refused or broken
// connections are kUnreachable; certificates, TLS, and what is no HTTP are kFailed. Late answers
// are not seen.
[[nodiscard]] Result<std::unique_ptr<EchoTransport>> open_http(const HttpOptions& options);

}  // namespace weir::probe

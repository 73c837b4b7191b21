#pragma once

#include <cstdint>
#include <memory>

#include "base/result.h"
#include "probe/echo_transport.h"

namespace weir::probe {

// TCP connects as probes: from SYN to SYN-ACK as the kernel measured it (tcpi_rtt), else to when
// the connection was seen. Reset at once, so that no TIME_WAIT stays. A refused connection is
// kUnreachable: somebody answered, and nobody listens. Attempts are given up after `timeout_ns`, so
// late answers are not seen, nor TTLs. No privilege is needed.
[[nodiscard]] Result<std::unique_ptr<EchoTransport>> open_tcp(std::int64_t timeout_ns);

}  // namespace weir::probe

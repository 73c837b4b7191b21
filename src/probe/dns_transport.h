#pragma once

#include <cstdint>
#include <memory>

#include "base/result.h"
#include "probe/echo_transport.h"

namespace weir::probe {

// Queries to name servers as probes: from the query's leaving to the answer's coming. An answer is
// one that comes from the server, of the probe's id and its question, whatever its code; others are
// not seen, but for `wrong` where they have the id. What does not fit into a datagram (TC) is asked
// for again by TCP within the same time, and the answer is then the whole one; a server that takes
// no connection is unreachable, one that breaks it off failed. No privilege is needed. Answers up
// to `timeout_ns` behind their time are told as late.
[[nodiscard]] Result<std::unique_ptr<EchoTransport>> open_dns(std::int64_t timeout_ns);

}  // namespace weir::probe

#pragma once

#include <span>
#include <string>
#include <vector>

#include "probe/delivery.h"
#include "probe/identity_lookup.h"
#include "probe/sample.h"

namespace weir::probe {

// Samples as OTLP's ExportMetricsServiceRequest in JSON (opentelemetry-proto, JSON mapping): gauges
// `weir.probe.rtt_avg` with UCUM units, the dimensions and the namespace as attributes; at most
// 1,000 points a request.
[[nodiscard]] std::vector<std::string> make_otlp_batches(std::span<const Sample> samples);

// POSTs to ENDPOINT/v1/metrics. 429, 502, 503 and 504 are tried again, as OTLP/HTTP says.
[[nodiscard]] PutOutcome put_otlp(const std::string& endpoint, const std::string& body,
                                  const HttpSend& send);

}  // namespace weir::probe

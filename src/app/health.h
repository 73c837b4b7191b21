#pragma once

#include <functional>
#include <string>
#include <vector>

#include "api/gateway.h"
#include "http/server.h"

namespace weir::app {

// A part of the server that may not be well.
struct HealthCheck {
  std::string name;
  std::function<std::string()> problem;  // "": none
};

// /livez: the process answers. /readyz: every part is well, else 503 with the reasons. JSON.
[[nodiscard]] http::Response live_page();
[[nodiscard]] http::Response ready_page(const std::vector<HealthCheck>& checks);

// A number that the server counts, for /metrics.
struct Gauge {
  std::string name;  // "weir_alarms"
  std::string help;
  std::function<double()> value;
  bool is_counter = false;
};
// /metrics, in Prometheus's text format.
[[nodiscard]] http::Response metrics_page(const http::ServerCounters& server,
                                          const api::Gateway& gateway,
                                          const std::vector<Gauge>& gauges);

}  // namespace weir::app

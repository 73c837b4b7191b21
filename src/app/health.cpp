#include "app/health.h"

#include <fmt/format.h>

#include "base/number.h"

namespace weir::app {
namespace {

using format::Tree;

http::Response json_page(int status, const Tree& tree) {
  return {status, {{"Content-Type", "application/json"}}, format::write_json(tree) + "\n"};
}

void add_sample(std::string& text, std::string_view name, std::string_view help, bool is_counter,
                double value) {
  text += fmt::format("# HELP {0} {1}\n# TYPE {0} {2}\n{0} {3}\n", name, help,
                      is_counter ? "counter" : "gauge", format_double(value));
}

}  // namespace

http::Response live_page() { return json_page(200, Tree::map({{"status", "live"}})); }

http::Response ready_page(const std::vector<HealthCheck>& checks) {
  Tree reasons = Tree::list();
  for (const HealthCheck& check : checks) {
    if (const std::string problem = check.problem(); !problem.empty()) {
      reasons.push(Tree::map({{"part", check.name}, {"reason", problem}}));
    }
  }
  const bool is_ready = reasons.items().empty();
  return json_page(is_ready ? 200 : 503, Tree::map({{"status", is_ready ? "ready" : "not ready"},
                                                    {"reasons", std::move(reasons)}}));
}

http::Response metrics_page(const http::ServerCounters& server, const api::Gateway& gateway,
                            const std::vector<Gauge>& gauges) {
  std::string text;
  const auto count = [&](std::string_view name, std::string_view help,
                         const std::atomic<std::uint64_t>& value) {
    add_sample(text, name, help, true, static_cast<double>(value.load()));
  };
  count("weir_http_connections_total", "Connections taken.", server.connections);
  add_sample(text, "weir_http_open_connections", "Connections that are open.", false,
             static_cast<double>(server.open_connections.load()));
  count("weir_http_requests_total", "Requests whose headers were read.", server.requests);
  count("weir_http_streams_total", "Bodies made piece by piece.", server.streams);
  add_sample(text, "weir_http_open_streams", "Such bodies that are under way.", false,
             static_cast<double>(server.open_streams.load()));
  count("weir_http_streams_cut_total", "Such bodies whose reader went away or was too slow.",
        server.streams_cut);
  count("weir_http_body_bytes_total", "Bytes of bodies.", server.body_bytes);
  count("weir_http_overload_refused_total", "Answers of 503 for want of room.",
        server.refused_overload);
  count("weir_http_malformed_refused_total", "Answers of 400 to what is no HTTP.",
        server.refused_malformed);
  count("weir_http_large_refused_total", "Answers of 413 and 431.", server.refused_large);
  count("weir_http_timeouts_total", "Connections closed for slowness.", server.timed_out);
  count("weir_http_http2_prefaces_total", "Connections told to use HTTP/1.1.",
        server.http2_prefaces);
  text +=
      "# HELP weir_http_responses_total Answers by class.\n"
      "# TYPE weir_http_responses_total counter\n";
  text +=
      fmt::format("weir_http_responses_total{{class=\"2xx\"}} {}\n", server.responses_2xx.load());
  text +=
      fmt::format("weir_http_responses_total{{class=\"4xx\"}} {}\n", server.responses_4xx.load());
  text +=
      fmt::format("weir_http_responses_total{{class=\"5xx\"}} {}\n", server.responses_5xx.load());
  for (const bool is_refusals : {false, true}) {
    const std::string_view name = is_refusals ? "weir_api_refusals_total" : "weir_api_calls_total";
    text += fmt::format("# HELP {0} {1} by operation.\n# TYPE {0} counter\n", name,
                        is_refusals ? "Calls answered with an error," : "Calls");
    for (const auto& [operation, counters] : gateway.counters()) {
      const std::uint64_t value = is_refusals ? counters->refusals : counters->calls;
      if (value > 0) {
        text += fmt::format("{}{{operation=\"{}\"}} {}\n", name, operation, value);
      }
    }
  }
  for (const Gauge& gauge : gauges) {
    add_sample(text, gauge.name, gauge.help, gauge.is_counter, gauge.value());
  }
  return {200, {{"Content-Type", "text/plain; version=0.0.4; charset=utf-8"}}, text};
}

}  // namespace weir::app

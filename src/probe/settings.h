#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "io/file_system.h"
#include "probe/measurement.h"
#include "probe/monitor.h"
#include "probe/socket_transport.h"

namespace weir::probe {

// [probe] of the configuration, shared by `weir probe` and `weir serve`.
struct Settings {
  std::vector<std::string> targets;
  std::int64_t interval_s = 60;
  std::int64_t probe_interval_ms = 1'000;
  std::int64_t timeout_ms = 1'000;
  std::int64_t remotes = 10;
  Scheme scheme = Scheme::kDocument;
  bool is_high_resolution = false;
  std::optional<bool> is_on;  // weir serve measures; not said: where there are targets
  std::string instance_id;    // "": asked of IMDSv2, else unknown
  std::string vpc_id;         // likewise
  std::string endpoint;       // of PutMetricData; "": AWS's of the region
  std::string region;         // "": AWS_REGION, AWS_DEFAULT_REGION, us-east-1
  std::string profile;        // of ~/.aws
  std::string spool;          // directory; "": probe-spool in the data directory
  std::uint64_t spool_bytes = 64U << 20;
  bool publishes = false;                  // PutMetricData
  std::string prometheus;                  // "127.0.0.1:9405": a page to scrape; "": none
  std::string otlp;                        // "http://127.0.0.1:4318": OTLP/HTTP; "": none
  std::string http_status = "200-399";     // of pages that are as wanted
  std::int64_t http_redirects = 0;         // followed
  std::uint64_t http_max_body = 1U << 20;  // bytes
  std::string http_ca;                     // a file of certificates to trust; "": the system's
  std::int64_t trace_loss_percent = 20;    // of a round, at which the way is traced; 0: never
};

[[nodiscard]] Result<Scheme> parse_scheme(const std::string& text);
[[nodiscard]] Result<void> check(const Settings& settings);
[[nodiscard]] Result<MonitorOptions> monitor_options(const Settings& settings);
// Refuses targets whose numbers would be mixed up under one name of the document's scheme.
[[nodiscard]] Result<void> check_names(const MonitorOptions& options, Scheme scheme);
// What the targets need: of ICMP both versions of IP where the kernel has them.
[[nodiscard]] Result<Transports> open_transports(const Settings& settings,
                                                 const MonitorOptions& options,
                                                 IcmpOptions::Method method);
// Traces by a transport that is opened for each trace.
[[nodiscard]] PathWatch::Trace make_tracer(const Clock& clock);

}  // namespace weir::probe

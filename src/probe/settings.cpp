#include "probe/settings.h"

#include <fmt/format.h>

namespace weir::probe {

Result<Scheme> parse_scheme(const std::string& text) {
  if (text == "document") {
    return Scheme::kDocument;
  }
  if (text == "target") {
    return Scheme::kTarget;
  }
  if (text == "both") {
    return Scheme::kBoth;
  }
  return fail(ErrorCode::kUsage,
              fmt::format("'{}' is no scheme of names: document, target or both", text));
}

Result<void> check(const Settings& settings) {
  if (settings.interval_s < 1 || settings.interval_s > 86'400) {
    return fail(ErrorCode::kUsage,
                fmt::format("an interval of {} s is none from 1 s to a day", settings.interval_s));
  }
  if (settings.probe_interval_ms < 1 || settings.probe_interval_ms > settings.interval_s * 1'000) {
    return fail(ErrorCode::kUsage,
                fmt::format("{} ms between probes do not fit into rounds of {} s",
                            settings.probe_interval_ms, settings.interval_s));
  }
  if (settings.timeout_ms < 1 || settings.timeout_ms > kMaxRttNs / 1'000'000) {
    return fail(ErrorCode::kUsage, fmt::format("a timeout of {} ms is none from 1 to {}",
                                               settings.timeout_ms, kMaxRttNs / 1'000'000));
  }
  return {};
}

MonitorOptions monitor_options(const Settings& settings) {
  MonitorOptions options;
  options.targets = settings.targets;
  options.interval_ms = settings.interval_s * 1'000;
  options.probe_interval_ms = settings.probe_interval_ms;
  options.timeout_ms = settings.timeout_ms;
  options.max_remotes = static_cast<std::size_t>(settings.remotes);
  return options;
}

Result<std::unique_ptr<EchoTransport>> open_transport(const Settings& settings,
                                                      IcmpOptions::Method method) {
  if (settings.targets.empty()) {
    return nullptr;
  }
  IcmpOptions options;
  options.method = method;
  options.needs_v6 = true;
  auto both = open_icmp(options);
  if (both || both.error().code == ErrorCode::kUnauthorized) {
    return both;
  }
  options.needs_v6 = false;  // a kernel without IPv6
  return open_icmp(options);
}

}  // namespace weir::probe

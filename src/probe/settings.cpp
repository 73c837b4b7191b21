#include "probe/settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "probe/tcp_transport.h"

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

Result<MonitorOptions> monitor_options(const Settings& settings) {
  MonitorOptions options;
  for (const std::string& text : settings.targets) {
    WEIR_ASSIGN_OR_RETURN(auto target, parse_target(text));
    options.targets.push_back(std::move(target));
  }
  options.interval_ms = settings.interval_s * 1'000;
  options.probe_interval_ms = settings.probe_interval_ms;
  options.timeout_ms = settings.timeout_ms;
  options.max_remotes = static_cast<std::size_t>(settings.remotes);
  return options;
}

Result<Transports> open_transports(const MonitorOptions& options, IcmpOptions::Method method) {
  Transports transports;
  const auto has = [&](Method wanted) {
    return std::any_of(options.targets.begin(), options.targets.end(),
                       [&](const TargetText& target) { return target.method == wanted; });
  };
  if (has(Method::kTcp)) {
    WEIR_ASSIGN_OR_RETURN(transports.tcp, open_tcp(options.timeout_ms * 1'000'000));
  }
  if (has(Method::kUdp)) {
    IcmpOptions udp;
    udp.needs_v6 = true;
    auto opened = open_udp_echo(udp);
    if (!opened) {
      udp.needs_v6 = false;  // a kernel without IPv6
      opened = open_udp_echo(udp);
    }
    WEIR_ASSIGN_OR_RETURN(transports.udp, std::move(opened));
  }
  if (!has(Method::kIcmp)) {
    return transports;
  }
  IcmpOptions icmp;
  icmp.method = method;
  icmp.needs_v6 = true;
  auto both = open_icmp(icmp);
  if (!both && both.error().code != ErrorCode::kUnauthorized) {
    icmp.needs_v6 = false;  // a kernel without IPv6
    both = open_icmp(icmp);
  }
  WEIR_ASSIGN_OR_RETURN(transports.icmp, std::move(both));
  return transports;
}

}  // namespace weir::probe

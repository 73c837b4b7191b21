#include "probe/settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "probe/dns_transport.h"
#include "probe/http_transport.h"
#include "probe/socket_address.h"
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

namespace {

Result<void> check_url(std::string_view url, std::string_view name, std::string_view example) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (url.starts_with(scheme) && url.size() > scheme.size()) {
      return {};
    }
  }
  return url.empty() ? Result<void>()
                     : fail(ErrorCode::kUsage, fmt::format("{} '{}' is no http or https address "
                                                           "such as {}",
                                                           name, url, example));
}

Result<HttpOptions> http_options(const Settings& settings) {
  HttpOptions options;
  options.timeout_ms = settings.timeout_ms;
  options.max_redirects = settings.http_redirects;
  options.max_body_bytes = settings.http_max_body;
  options.authorities = settings.http_ca;
  WEIR_RETURN_IF_ERROR(read_statuses(settings.http_status, options));
  return options;
}

}  // namespace

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
  if (settings.http_redirects < 0 || settings.http_redirects > 20) {
    return fail(ErrorCode::kUsage,
                fmt::format("{} redirects are none from 0 to 20", settings.http_redirects));
  }
  if (settings.trace_loss_percent < 0 || settings.trace_loss_percent > 100) {
    return fail(ErrorCode::kUsage,
                fmt::format("a loss of {} % is none from 0 to 100", settings.trace_loss_percent));
  }
  WEIR_RETURN_IF_ERROR(check_url(settings.endpoint, "endpoint_url", "http://127.0.0.1:7070"));
  WEIR_RETURN_IF_ERROR(check_url(settings.otlp, "otlp", "http://127.0.0.1:4318"));
  return http_options(settings).map([](const HttpOptions&) {});
}

Result<MonitorOptions> monitor_options(const Settings& settings) {
  MonitorOptions options;
  std::set<std::pair<Method, std::string>> seen;
  for (const std::string& text : settings.targets) {
    WEIR_ASSIGN_OR_RETURN(auto target, parse_target(text));
    if (!seen.emplace(target.method, target.label()).second) {
      return fail(ErrorCode::kUsage, fmt::format("the target '{}' is given twice", text));
    }
    options.targets.push_back(std::move(target));
  }
  options.interval_ms = settings.interval_s * 1'000;
  options.probe_interval_ms = settings.probe_interval_ms;
  options.timeout_ms = settings.timeout_ms;
  options.max_remotes = static_cast<std::size_t>(settings.remotes);
  options.trace_loss_percent = static_cast<double>(settings.trace_loss_percent);
  return options;
}

Result<void> check_names(const MonitorOptions& options, Scheme scheme) {
  std::map<std::string, std::string> targets;  // by namespace
  for (const TargetText& target : options.targets) {
    const auto [place, is_first] = targets.emplace(document_namespace(target.label()), target.text);
    if (!is_first && scheme != Scheme::kTarget) {
      return fail(ErrorCode::kUsage,
                  fmt::format("'{}' and '{}' would both be published as {}; with the scheme "
                              "'target' targets are told apart",
                              place->second, target.text, place->first));
    }
  }
  return {};
}

Result<Transports> open_transports(const Settings& settings, const MonitorOptions& options,
                                   IcmpOptions::Method method) {
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
  if (has(Method::kDns)) {
    WEIR_ASSIGN_OR_RETURN(transports.dns, open_dns(options.timeout_ms * 1'000'000));
  }
  if (has(Method::kHttp)) {
    WEIR_ASSIGN_OR_RETURN(const HttpOptions http, http_options(settings));
    WEIR_ASSIGN_OR_RETURN(transports.http, open_http(http));
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

PathWatch::Trace make_tracer(const Clock& clock) {
  return [&clock](const IpAddress& address, const CancelToken& cancel) -> Result<PathTrace> {
    TraceOptions options;
    options.is_own = is_own_address;
    WEIR_ASSIGN_OR_RETURN(const auto transport, open_trace_transport("any", options.max_mtu));
    return trace_path(*transport, clock, address, options, cancel);
  };
}

}  // namespace weir::probe

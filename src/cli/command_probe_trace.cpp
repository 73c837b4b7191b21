#include <fmt/format.h>

#include <algorithm>

#include "cli/packet_output.h"
#include "cli/path_output.h"
#include "cli/probe_commands.h"
#include "probe/name_lookup.h"
#include "probe/path_trace.h"
#include "probe/socket_address.h"
#include "probe/target_text.h"

namespace weir::cli {

Result<int> probe_trace(const Arguments& arguments, Environment& environment) {
  const auto& words = arguments.positionals();
  if (words.size() != 2) {
    return fail(ErrorCode::kUsage, "weir probe trace takes one host: weir probe trace db.internal");
  }
  probe::TraceOptions options;
  WEIR_ASSIGN_OR_RETURN(const std::int64_t max_hops,
                        arguments.number("max-hops", options.max_hops));
  WEIR_ASSIGN_OR_RETURN(options.timeout_ms, arguments.number("timeout", options.timeout_ms));
  WEIR_ASSIGN_OR_RETURN(const std::int64_t attempts, arguments.number("count", options.attempts));
  constexpr std::int64_t kMostHops = 64;
  constexpr std::int64_t kMostAttempts = 20;
  constexpr std::int64_t kLongestMs = 60'000;
  if (max_hops > kMostHops || attempts > kMostAttempts || options.timeout_ms > kLongestMs) {
    return fail(ErrorCode::kUsage,
                fmt::format("a trace takes at most {} hops, {} probes for each and {} ms for them",
                            kMostHops, kMostAttempts, kLongestMs));
  }
  options.max_hops = static_cast<int>(max_hops);
  options.attempts = static_cast<int>(attempts);
  options.wants_mtu = !arguments.has("no-mtu");
  options.is_own = probe::is_own_address;
  WEIR_ASSIGN_OR_RETURN(const probe::TargetText target, probe::parse_target(words[1]));
  WEIR_ASSIGN_OR_RETURN(const probe::LookedUp found,
                        probe::look_up(target.host, probe::read_name_servers(environment.files()),
                                       environment.files()));
  WEIR_ASSIGN_OR_RETURN(const auto transport,
                        probe::open_trace_transport(arguments.value("by", "any"), options.max_mtu));
  WEIR_ASSIGN_OR_RETURN(const probe::PathTrace trace,
                        probe::trace_path(*transport, environment.clock(), found.address, options,
                                          environment.cancel()));
  const std::string_view format =
      arguments.value("output", environment.is_output_terminal() ? "table" : "json");
  DocumentWriter out(format, environment);
  if (format == "table") {
    out.text() += fmt::format("{} ({}) by {}\n", target.host, to_string(found.address),
                              trace.method == "udp" ? "UDP" : "ICMP");
    write_path(trace, out.text());
  } else {
    write_path(trace, out.next_document());
  }
  const int written = out.finish();
  return written == kExitDone && !trace.is_reached ? kExitPartial : written;
}

}  // namespace weir::cli

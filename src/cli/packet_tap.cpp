#include "cli/packet_tap.h"

#include <fmt/format.h>
#include <poll.h>

#include <string>
#include <utility>
#include <vector>

#include "base/number.h"
#include "cli/packet_flows.h"
#include "cli/packet_options.h"
#include "collector/interface_tap.h"
#include "flow/meter/meter.h"
#include "flow/watch/gateway_watch.h"
#include "packet/parser.h"
#include "packet/statistics.h"

namespace weir::cli {
namespace {

constexpr int kWaitMs = 100;
// What has come when the end is asked for is taken; a sender that goes on must not keep us for
// ever.
constexpr int kMostBatchesAtEnd = 100'000;

Result<std::vector<collector::InterfaceTap>> open_taps(const Arguments& arguments,
                                                       const packet::ParserOptions& parser) {
  collector::InterfaceTapOptions options;
  options.ports = parser.ports;
  WEIR_ASSIGN_OR_RETURN(const auto megabytes, arguments.number("receive-buffer", 32));
  options.receive_buffer_bytes = static_cast<std::size_t>(std::min<std::int64_t>(megabytes, 1024))
                                 << 20;
  std::vector<collector::InterfaceTap> taps;
  for (const std::string& interface : arguments.values("interface")) {
    WEIR_ASSIGN_OR_RETURN(auto tap, collector::InterfaceTap::open(interface, options));
    taps.push_back(std::move(tap));
  }
  return taps;
}

}  // namespace

Result<int> watch_interfaces(const Arguments& arguments, Environment& environment) {
  const std::string_view format = arguments.value("output", "table");
  if (format != "table" && format != "json" && format != "jsonl") {
    return fail(ErrorCode::kUsage, "weir packets watch writes table, json or jsonl");
  }
  WEIR_ASSIGN_OR_RETURN(auto parser_options, read_parser_options(arguments, "observer"));
  WEIR_ASSIGN_OR_RETURN(const auto meter_options, read_meter_options(arguments));
  WEIR_ASSIGN_OR_RETURN(auto taps, open_taps(arguments, parser_options));
  const packet::Parser parser(std::move(parser_options));
  packet::PacketView view;
  packet::Statistics statistics;
  flow::GatewayWatch watch;
  flow::Meter meter(meter_options, [&](const flow::FlowRecord& record) { watch.add(record); });
  const auto take = [&](const collector::TappedPacket& tapped) {
    const auto verdict =
        parser.parse(tapped.frame, tapped.wire_length, packet::LinkType::kRawIp, view);
    statistics.add(view);
    if (verdict == packet::Verdict::kKept) {
      watch.add(view, tapped.time_ns);
      meter.add(view, tapped.time_ns);
    } else {
      watch.add_skipped(view, parser, tapped.time_ns);
    }
  };
  std::vector<pollfd> polled;
  for (const auto& tap : taps) {
    polled.push_back({tap.descriptor(), POLLIN, 0});
  }
  const auto receive = [&] {
    bool has_more = false;
    for (auto& tap : taps) {
      has_more = tap.receive(take) > 0 || has_more;
    }
    return has_more;
  };
  const bool is_quiet = arguments.has("quiet");
  if (!is_quiet) {
    environment.say(fmt::format("watching {} interface{}, what comes and what goes\n", taps.size(),
                                taps.size() == 1 ? "" : "s"));
  }
  while (!environment.cancel().is_cancelled()) {
    if (!receive()) {
      meter.advance(environment.clock().now_ms() * 1'000'000);
      static_cast<void>(::poll(polled.data(), polled.size(), kWaitMs));
    }
  }
  for (int i = 0; i < kMostBatchesAtEnd && receive(); ++i) {
  }
  meter.finish();
  for (auto& tap : taps) {
    statistics.kernel_drops += tap.num_kernel_drops();
  }
  const std::string text =
      format == "table" ? to_text(watch.report()) : to_json(watch.report()) + "\n";
  const bool is_written = environment.write(text);
  if (!is_quiet) {
    const auto grouped = [](std::uint64_t value) {
      return format_grouped(static_cast<std::int64_t>(value));
    };
    environment.say(fmt::format(
        "saw {}: kept {}, skipped {}, dropped {}; the kernel had no room for {}\n",
        grouped(statistics.received()), grouped(statistics.kept()), grouped(statistics.skipped()),
        grouped(statistics.dropped()), grouped(statistics.kernel_drops)));
  }
  return is_written ? kExitDone : environment.write_failure();
}

}  // namespace weir::cli

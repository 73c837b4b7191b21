#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "cli/commands.h"
#include "cli/packet_input.h"
#include "flow/meter/flow_text.h"
#include "flow/meter/meter.h"
#include "packet/capture_reader.h"
#include "packet/parser.h"
#include "packet/statistics.h"

namespace weir::cli {
namespace {

constexpr std::size_t kFlushBytes = 64 * 1024;

Result<flow::MeterOptions> read_meter_options(const Arguments& arguments) {
  flow::MeterOptions options;
  const auto read = [&](std::string_view name, std::int64_t& to_ns) -> Result<void> {
    WEIR_ASSIGN_OR_RETURN(const auto seconds, arguments.number(name, to_ns / 1'000'000'000));
    to_ns = std::min<std::int64_t>(seconds, 1'000'000'000) * 1'000'000'000;
    return {};
  };
  WEIR_RETURN_IF_ERROR(read("active-timeout", options.active_ns));
  WEIR_RETURN_IF_ERROR(read("idle-timeout", options.tcp_idle_ns));
  if (arguments.has("idle-timeout")) {
    options.other_idle_ns = options.tcp_idle_ns;
  }
  WEIR_ASSIGN_OR_RETURN(const auto flows, arguments.number("max-flows", 1 << 20));
  options.max_flows = static_cast<std::size_t>(flows);
  options.drops_duplicates = !arguments.has("keep-duplicates");
  return options;
}

Result<int> count_packets(PacketInput& input, const Arguments& arguments,
                          Environment& environment) {
  packet::Statistics statistics;
  packet::PacketView view;
  packet::CapturedPacket captured;
  const packet::Parser& parser = input.parser();
  WEIR_RETURN_IF_ERROR(input.each_file([&](packet::CaptureReader& reader) -> Result<bool> {
    while (reader.next(captured)) {
      (void)parser.parse(captured.frame, captured.wire_length, captured.link, view);
      statistics.add(view);
      if (environment.cancel().is_cancelled()) [[unlikely]] {
        return fail(ErrorCode::kCancelled, "interrupted");
      }
    }
    return true;
  }));
  const std::string_view format = arguments.value("output", "table");
  const std::string text = format == "table"        ? to_text(statistics)
                           : format == "prometheus" ? to_prometheus(statistics)
                                                    : to_json(statistics) + "\n";
  return environment.write(text) ? kExitDone : environment.write_failure();
}

// Gives flow records as they end.
Result<int> meter_flows(PacketInput& input, const Arguments& arguments, Environment& environment) {
  const std::string_view format = arguments.value("output", "table");
  if (format == "prometheus") {
    return fail(ErrorCode::kUsage, "-o prometheus goes with --stats");
  }
  WEIR_ASSIGN_OR_RETURN(const flow::MeterOptions options, read_meter_options(arguments));
  std::string text = format == "table" ? flow::table_header() : format == "json" ? "[" : "";
  bool is_open = true;
  bool is_first = true;
  flow::Meter meter(options, [&](const flow::FlowRecord& record) {
    if (format == "table") {
      text += to_line(record);
    } else if (format == "vpc") {
      text += to_flow_log_lines(record);
    } else {
      text += format == "json" && !is_first ? ",\n" : "";
      text += to_json(record) + (format == "jsonl" ? "\n" : "");
    }
    is_first = false;
    if (text.size() > kFlushBytes) {
      is_open = is_open && environment.write(text);
      text.clear();
    }
  });
  packet::Statistics statistics;
  packet::PacketView view;
  packet::CapturedPacket captured;
  const packet::Parser& parser = input.parser();
  WEIR_RETURN_IF_ERROR(input.each_file([&](packet::CaptureReader& reader) -> Result<bool> {
    while (is_open && reader.next(captured)) {
      if (parser.parse(captured.frame, captured.wire_length, captured.link, view) ==
          packet::Verdict::kKept) {
        meter.add(view, captured.time_ns);
      }
      statistics.add(view);
      if (environment.cancel().is_cancelled()) [[unlikely]] {
        return fail(ErrorCode::kCancelled, "interrupted");
      }
    }
    return is_open;
  }));
  meter.finish();
  text += format == "json" ? "]\n" : "";
  if (!is_open || !environment.write(text)) {
    return environment.write_failure();
  }
  if (!arguments.has("quiet")) {
    environment.say(to_text(meter.counters()));
    if (statistics.dropped() > 0) {
      environment.say(fmt::format("{} packets were refused; weir packets --stats tells why\n",
                                  statistics.dropped()));
    }
  }
  return kExitDone;
}

Result<int> show_packets(const Arguments& arguments, Environment& environment) {
  WEIR_ASSIGN_OR_RETURN(PacketInput input, PacketInput::open(arguments, environment));
  WEIR_ASSIGN_OR_RETURN(const int code, arguments.has("flows")
                                            ? meter_flows(input, arguments, environment)
                                            : count_packets(input, arguments, environment));
  return code != kExitDone || !input.has_damage() ? code : kExitPartial;
}

}  // namespace

int run_packets(const Arguments& arguments, Environment& environment) {
  const auto done = show_packets(arguments, environment);
  return done ? *done : environment.fail(done.error());
}

}  // namespace weir::cli

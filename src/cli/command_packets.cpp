#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/number.h"
#include "cli/commands.h"
#include "cli/packet_flows.h"
#include "cli/packet_input.h"
#include "cli/packet_listen.h"
#include "cli/packet_output.h"
#include "cli/packet_tap.h"
#include "flow/meter/meter.h"
#include "flow/watch/gateway_watch.h"
#include "packet/packet_text.h"
#include "packet/statistics.h"
#include "packet/validator.h"

namespace weir::cli {
namespace {

using packet::CapturedPacket;
using packet::PacketView;
using packet::Verdict;

std::string grouped_count(std::uint64_t value) {
  return format_grouped(static_cast<std::int64_t>(value));
}

// --stats: counts alone.
Result<int> count_packets(PacketInput& input, std::string_view format, Environment& environment) {
  packet::Statistics statistics;
  WEIR_RETURN_IF_ERROR(input.each_packet(
      [&](const CapturedPacket&, const PacketView& view, std::uint64_t) {
        statistics.add(view);
        return true;
      },
      [&](const PacketView& view) { statistics.add(view); }));
  const std::string text = format == "table"        ? to_text(statistics)
                           : format == "prometheus" ? to_prometheus(statistics)
                                                    : to_json(statistics) + "\n";
  return environment.write(text) ? kExitDone : environment.write_failure();
}

// --validate: every departure from the standards.
Result<int> validate_packets(PacketInput& input, std::string_view format, bool is_quiet,
                             Environment& environment) {
  DocumentWriter out(format, environment);
  std::uint64_t num_packets = 0;
  std::uint64_t num_faulty = 0;
  const packet::Parser& parser = input.parser();
  WEIR_RETURN_IF_ERROR(
      input.each_packet([&](const CapturedPacket&, const PacketView& view, std::uint64_t number) {
        ++num_packets;
        const auto findings = validate(parser, view);
        num_faulty += findings.empty() ? 0 : 1;
        for (const packet::Finding& finding : findings) {
          if (format == "table") {
            out.text() += fmt::format("{:>6} @{:<5} {:<8} {:<18} {} ({})\n", number, finding.offset,
                                      name_of(finding.severity), finding.rule, finding.message,
                                      finding.section);
            continue;
          }
          format::JsonWriter& json = out.next_document();
          json.begin_object();
          json.key("number");
          json.unsigned_integer(number);
          json.key("offset");
          json.unsigned_integer(finding.offset);
          json.key("severity");
          json.string(name_of(finding.severity));
          json.key("rule");
          json.string(finding.rule);
          json.key("section");
          json.string(finding.section);
          json.key("message");
          json.string(finding.message);
          json.end_object();
        }
        out.flush_if_large();
        return out.is_open();
      }));
  const int code = out.finish();
  if (!is_quiet && out.is_open()) {
    environment.say(fmt::format("{} of {} packets depart from the standards\n",
                                grouped_count(num_faulty), grouped_count(num_packets)));
  }
  return code;
}

// Every packet, refused ones with their reason.
Result<int> list_packets(PacketInput& input, std::string_view format, bool has_details,
                         Environment& environment) {
  DocumentWriter out(format, environment);
  const packet::Parser& parser = input.parser();
  WEIR_RETURN_IF_ERROR(input.each_packet(
      [&](const CapturedPacket& captured, const PacketView& view, std::uint64_t number) {
        if (format != "table") {
          write_json(out.next_document(), parser, view, number, captured.time_ns);
        } else if (has_details) {
          out.text() += to_details(parser, view, number, captured.time_ns) + "\n";
        } else {
          out.text() += to_line(parser, view, number, captured.time_ns) + "\n";
        }
        out.flush_if_large();
        return out.is_open();
      }));
  return out.finish();
}

Result<void> check_format(const Arguments& arguments, bool has_flows) {
  const std::string_view format = arguments.value("output", "table");
  if (format == "prometheus" && !arguments.has("stats")) {
    return fail(ErrorCode::kUsage, "-o prometheus goes with --stats");
  }
  if ((format == "vpc" || format == "ipfix") && !has_flows && !arguments.has("flows")) {
    return fail(ErrorCode::kUsage, fmt::format("-o {} goes with --flows", format));
  }
  return {};
}

Result<int> run_mode(PacketInput& input, const Arguments& arguments, Environment& environment) {
  const std::string_view format = arguments.value("output", "table");
  const bool is_quiet = arguments.has("quiet");
  WEIR_RETURN_IF_ERROR(check_format(arguments, arguments.has("flows")));
  if (arguments.has("stats")) {
    return count_packets(input, format, environment);
  }
  if (arguments.has("flows")) {
    return meter_flows(input, arguments, environment);
  }
  if (arguments.has("validate")) {
    return validate_packets(input, format, is_quiet, environment);
  }
  return list_packets(input, format, arguments.has("details"), environment);
}

// weir packets watch: what gateways and their appliances do.
Result<int> watch_gateways(PacketInput& input, const Arguments& arguments,
                           Environment& environment) {
  const std::string_view format = arguments.value("output", "table");
  if (format != "table" && format != "json" && format != "jsonl") {
    return fail(ErrorCode::kUsage, "weir packets watch writes table, json or jsonl");
  }
  WEIR_ASSIGN_OR_RETURN(flow::MeterOptions options, read_meter_options(arguments));
  flow::GatewayWatch watch;
  flow::Meter meter(options, [&](const flow::FlowRecord& record) { watch.add(record); });
  WEIR_RETURN_IF_ERROR(
      input.each_packet([&](const CapturedPacket& captured, const PacketView& view, std::uint64_t) {
        if (view.verdict == Verdict::kKept) {
          watch.add(view, captured.time_ns);
          meter.add(view, captured.time_ns);
        } else {
          watch.add_skipped(view, input.parser(), captured.time_ns);
        }
        return true;
      }));
  meter.finish();
  const std::string text =
      format == "table" ? to_text(watch.report()) : to_json(watch.report()) + "\n";
  return environment.write(text) ? kExitDone : environment.write_failure();
}

Result<int> show_packets(const Arguments& arguments, Environment& environment) {
  const auto modes = {"stats", "flows", "validate", "details"};
  if (std::count_if(modes.begin(), modes.end(),
                    [&](const char* mode) { return arguments.has(mode); }) > 1) {
    return fail(ErrorCode::kUsage, "one of --stats, --flows, --validate and --details at a time");
  }
  // Not every mode uses them, but a wrong number is wrong in all.
  WEIR_RETURN_IF_ERROR(arguments.number("threads", 1));
  if (arguments.has("interface")) {
    const auto& words = arguments.positionals();
    if (words.size() != 1 || words.front() != "watch" || arguments.has("listen")) {
      return fail(ErrorCode::kUsage,
                  "--interface goes with weir packets watch, without files and without --listen");
    }
    for (const char* const option : {"stats", "flows", "validate", "details", "filter", "data",
                                     "ipfix", "allow", "health-port", "pass-through", "single"}) {
      if (arguments.has(option)) {
        return fail(ErrorCode::kUsage, fmt::format("--{} does not go with --interface", option));
      }
    }
    return watch_interfaces(arguments, environment);
  }
  if (arguments.has("listen")) {
    WEIR_RETURN_IF_ERROR(check_format(arguments, arguments.has("data") || arguments.has("ipfix")));
    return listen_to_packets(arguments, environment);
  }
  for (const char* const option :
       {"allow", "health-port", "pass-through", "single", "receive-buffer"}) {
    if (arguments.has(option)) {
      return fail(ErrorCode::kUsage, fmt::format("--{} goes with --listen", option));
    }
  }
  for (const char* const option : {"data", "ipfix"}) {
    if (arguments.has(option) && !arguments.has("flows")) {
      return fail(ErrorCode::kUsage, fmt::format("--{} goes with --flows", option));
    }
  }
  std::vector<std::string> paths = arguments.positionals();
  const bool is_watching = !paths.empty() && paths.front() == "watch";
  if (is_watching) {
    paths.erase(paths.begin());
  }
  WEIR_ASSIGN_OR_RETURN(PacketInput input,
                        PacketInput::open(arguments, std::move(paths), environment));
  WEIR_ASSIGN_OR_RETURN(const int code, is_watching ? watch_gateways(input, arguments, environment)
                                                    : run_mode(input, arguments, environment));
  return code != kExitDone || !input.has_damage() ? code : kExitPartial;
}

}  // namespace

int run_packets(const Arguments& arguments, Environment& environment) {
  const auto done = show_packets(arguments, environment);
  return done ? *done : environment.fail(done.error());
}

}  // namespace weir::cli

#include "cli/packet_flows.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/number.h"
#include "cli/record_output.h"
#include "flow/meter/flow_text.h"
#include "intake/content_hash.h"
#include "packet/statistics.h"

namespace weir::cli {
namespace {

struct PassResult {
  Result<void> status;
  flow::MeterCounters counters;
  packet::Statistics statistics;
};

// One way through all packets; of several each counts its share of the flows.
PassResult run_pass(PacketInput& input, const flow::MeterOptions& options, RecordOutput& output) {
  PassResult result;
  std::unique_ptr<flow::Meter> meter;
  const bool is_alone = options.num_shards == 1;
  meter = std::make_unique<flow::Meter>(options, [&](const flow::FlowRecord& record) {
    output.add(record, is_alone ? meter->num_open() : 0);
  });
  std::uint64_t num = 0;
  result.status = input.each_packet(
      [&](const packet::CapturedPacket& captured, const packet::PacketView& view, std::uint64_t) {
        if (view.verdict == packet::Verdict::kKept) {
          meter->add(view, captured.time_ns);
        }
        if (options.shard == 0) {
          result.statistics.add(view);
        }
        return ++num % 4096 != 0 || output.is_open();
      });
  meter->finish();
  result.counters = meter->counters();
  return result;
}

void add_counters(flow::MeterCounters& to, const flow::MeterCounters& from) {
  to.packets += from.packets;
  to.flows += from.flows;
  to.records += from.records;
  to.evicted += from.evicted;
  to.resumed_after_idle += from.resumed_after_idle;
  to.duplicates += from.duplicates;
  to.without_ip += from.without_ip;
  to.orphan_fragments = std::max(to.orphan_fragments, from.orphan_fragments);  // all see all
}

// What captures are known by in the store: all of one command are one source. Standard input cannot
// be told from another time's, and counts again.
Result<store::SourceMeta> identify(const PacketInput& input, const Arguments& arguments,
                                   Environment& environment) {
  store::SourceMeta source;
  std::string key;
  for (const std::string_view option :
       {"filter", "profile", "role", "geneve-port", "vxlan-port", "depth", "active-timeout",
        "idle-timeout", "keep-duplicates"}) {
    key += fmt::format("{}={} ", option,
                       arguments.has(option) ? std::string(arguments.value(option, "yes")) : "");
  }
  // Without them the key is what it was before they counted: old stores know their captures.
  for (const std::string_view option : {"strict", "options-limit", "max-flows"}) {
    if (arguments.has(option)) {
      key += fmt::format("{}={} ", option, arguments.value(option, "yes"));
    }
  }
  for (const std::string& path : input.paths()) {
    source.name += (source.name.empty() ? "" : " ") + path;
    if (path == "-") {
      key += fmt::format("{} {}", environment.clock().now_ms(), environment.clock().monotonic_ns());
      continue;
    }
    WEIR_ASSIGN_OR_RETURN(const auto size_of, environment.files().open_random(path));
    source.num_bytes += size_of->size();
    WEIR_ASSIGN_OR_RETURN(const auto id, intake::identify_capture(environment.files(), path, ""));
    key.append(reinterpret_cast<const char*>(id.data()), id.size());
  }
  source.id = intake::hash_of(key);
  source.taken_ms = environment.clock().now_ms();
  return source;
}

}  // namespace

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

Result<int> meter_flows(PacketInput& input, const Arguments& arguments, Environment& environment) {
  WEIR_ASSIGN_OR_RETURN(const flow::MeterOptions options, read_meter_options(arguments));
  WEIR_ASSIGN_OR_RETURN(auto num_threads, arguments.number("threads", 1));
  num_threads = std::min<std::int64_t>(num_threads, 64);
  if (num_threads > 1 && !input.can_read_again()) {
    return fail(ErrorCode::kUsage,
                "--threads needs files: every thread reads all packets and counts its share");
  }
  WEIR_ASSIGN_OR_RETURN(const auto opened,
                        RecordOutput::open(arguments, input.inventory(), environment,
                                           RecordOutput::Traffic::kCaptured));
  RecordOutput& output = *opened;
  store::SourceMeta source;
  if (output.has_store()) {
    WEIR_ASSIGN_OR_RETURN(source, identify(input, arguments, environment));
    if (output.knows(source.id)) {
      environment.say(fmt::format("{} was taken in before; nothing to do\n", source.name));
      return kExitDone;
    }
  }

  std::vector<PacketInput> inputs;
  for (std::int64_t i = 1; i < num_threads; ++i) {
    WEIR_ASSIGN_OR_RETURN(PacketInput again, input.again(arguments));
    inputs.push_back(std::move(again));
  }
  std::vector<PassResult> results(static_cast<std::size_t>(num_threads));
  std::vector<std::thread> threads;
  const auto options_of = [&](std::size_t shard) {
    flow::MeterOptions own = options;
    own.shard = static_cast<std::uint32_t>(shard);
    own.num_shards = static_cast<std::uint32_t>(num_threads);
    return own;
  };
  for (std::size_t shard = 1; shard < results.size(); ++shard) {
    threads.emplace_back(
        [&, shard] { results[shard] = run_pass(inputs[shard - 1], options_of(shard), output); });
  }
  results[0] = run_pass(input, options_of(0), output);
  for (std::thread& thread : threads) {
    thread.join();
  }
  flow::MeterCounters counters;
  for (const PassResult& result : results) {
    WEIR_RETURN_IF_ERROR(result.status);
    add_counters(counters, result.counters);
  }
  const bool is_open = output.is_open();
  if (output.has_store()) {
    WEIR_RETURN_IF_ERROR(output.commit_capture(std::move(source)));
  }
  WEIR_ASSIGN_OR_RETURN(const int code, output.finish());
  if (!arguments.has("quiet") && is_open) {
    environment.say(to_text(counters));
    if (output.has_store()) {
      environment.say(
          fmt::format("{} rows went into the store\n",
                      format_grouped(static_cast<std::int64_t>(output.num_stored_rows()))));
    }
    if (const std::uint64_t refused = results[0].statistics.dropped(); refused > 0) {
      environment.say(fmt::format(
          "{} refused; weir packets --stats tells why\n",
          refused == 1 ? "1 packet was"
                       : format_grouped(static_cast<std::int64_t>(refused)) + " packets were"));
    }
  }
  return code;
}

}  // namespace weir::cli

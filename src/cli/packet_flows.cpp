#include "cli/packet_flows.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/number.h"
#include "cli/datagram_sender.h"
#include "cli/packet_output.h"
#include "flow/export/ipfix_writer.h"
#include "flow/meter/flow_text.h"
#include "flow/telemetry/telemetry.h"
#include "packet/statistics.h"

namespace weir::cli {
namespace {

constexpr std::uint32_t kObservationDomain = 1;

// Where records go: to standard output in the format asked for, and to a collector. Threads take
// turns.
class RecordOutput {
 public:
  RecordOutput(std::string_view format, const inventory::Inventory& inventory,
               std::optional<DatagramSender> collector, Environment& environment)
      : format_(format),
        inventory_(inventory),
        out_(format, environment),
        collector_(std::move(collector)),
        ipfix_(kObservationDomain, [this](std::span<const std::byte> message) { send(message); }) {
    if (format == "table") {
      out_.text() += flow::table_header();
    }
  }

  void add(const flow::FlowRecord& record, std::size_t num_open) {
    const std::lock_guard lock(mutex_);
    if (format_ == "table") {
      out_.text() += to_line(record);
    } else if (format_ == "vpc") {
      out_.text() += to_flow_log_lines(record);
    } else if (format_ != "ipfix") {
      write_document(record, num_open);
    }
    if (collector_ || format_ == "ipfix") {
      ipfix_.add(record);
    }
    out_.flush_if_large();
  }
  [[nodiscard]] bool is_open() {
    const std::lock_guard lock(mutex_);
    return out_.is_open();
  }
  // The exit code of writing.
  [[nodiscard]] Result<int> finish() {
    ipfix_.flush();
    if (!fault_.empty()) {
      return fail(ErrorCode::kRemote, fault_);
    }
    return out_.finish();
  }

 private:
  void write_document(const flow::FlowRecord& record, std::size_t num_open) {
    format::JsonWriter& json = out_.next_document();
    if (inventory_.empty()) {
      write_json(json, record);
      return;
    }
    flow::TelemetryContext context;
    context.inventory = &inventory_;
    context.open_flows = num_open;
    json.begin_object();
    json.key("flow");
    write_json(json, record);
    json.key("source");
    write_json(json, telemetry_of(record, flow::FlowEnd::kSource, context));
    json.key("destination");
    write_json(json, telemetry_of(record, flow::FlowEnd::kDestination, context));
    json.end_object();
  }
  void send(std::span<const std::byte> message) {
    if (format_ == "ipfix") {
      out_.text().append(reinterpret_cast<const char*>(message.data()), message.size());
    }
    if (collector_ && fault_.empty()) {
      if (const auto sent = collector_->send(message); !sent) {
        fault_ = sent.error().message;
      }
    }
  }

  std::string_view format_;
  const inventory::Inventory& inventory_;
  std::mutex mutex_;
  DocumentWriter out_;
  std::optional<DatagramSender> collector_;
  std::string fault_;
  flow::IpfixWriter ipfix_;
};

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
  const std::string_view format = arguments.value("output", "table");
  if (format == "ipfix" && environment.is_output_terminal()) {
    return fail(ErrorCode::kUsage, "IPFIX is binary; send it to a file or a pipe, or use --ipfix");
  }
  WEIR_ASSIGN_OR_RETURN(const flow::MeterOptions options, read_meter_options(arguments));
  WEIR_ASSIGN_OR_RETURN(auto num_threads, arguments.number("threads", 1));
  num_threads = std::min<std::int64_t>(num_threads, 64);
  if (num_threads > 1 && !input.can_read_again()) {
    return fail(ErrorCode::kUsage,
                "--threads needs files: every thread reads all packets and counts its share");
  }
  std::optional<DatagramSender> collector;
  if (arguments.has("ipfix")) {
    WEIR_ASSIGN_OR_RETURN(collector, DatagramSender::open(arguments.value("ipfix")));
  }
  RecordOutput output(format, input.inventory(), std::move(collector), environment);

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
  WEIR_ASSIGN_OR_RETURN(const int code, output.finish());
  if (!arguments.has("quiet") && is_open) {
    environment.say(to_text(counters));
    if (const std::uint64_t refused = results[0].statistics.dropped(); refused > 0) {
      environment.say(fmt::format("{} packets were refused; weir packets --stats tells why\n",
                                  format_grouped(static_cast<std::int64_t>(refused))));
    }
  }
  return code;
}

}  // namespace weir::cli

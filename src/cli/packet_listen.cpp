#include "cli/packet_listen.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <utility>

#include "base/number.h"
#include "cli/packet_flows.h"
#include "cli/packet_options.h"
#include "cli/packet_output.h"
#include "cli/record_output.h"
#include "collector/collector.h"
#include "flow/watch/gateway_watch.h"
#include "packet/packet_text.h"

namespace weir::cli {
namespace {

constexpr int kFlushMs = 200;
constexpr std::size_t kMegabyte = std::size_t{1} << 20;

// Shows every packet; receivers take turns.
class PacketLines {
 public:
  PacketLines(std::string_view format, bool has_details, const packet::Parser& parser,
              Environment& environment)
      : format_(format), has_details_(has_details), parser_(parser), out_(format, environment) {}

  void add(const packet::CapturedPacket& captured, const packet::PacketView& view) {
    const std::lock_guard lock(mutex_);
    ++number_;
    if (format_ != "table") {
      write_json(out_.next_document(), parser_, view, number_, captured.time_ns);
    } else {
      out_.text() += has_details_ ? to_details(parser_, view, number_, captured.time_ns)
                                  : to_line(parser_, view, number_, captured.time_ns);
      out_.text() += '\n';
    }
    out_.flush_if_large();
  }
  void flush() {
    const std::lock_guard lock(mutex_);
    out_.flush();
  }
  [[nodiscard]] bool is_open() {
    const std::lock_guard lock(mutex_);
    return out_.is_open();
  }
  [[nodiscard]] int finish() { return out_.finish(); }

 private:
  std::string_view format_;
  bool has_details_;
  const packet::Parser& parser_;
  std::mutex mutex_;
  DocumentWriter out_;
  std::uint64_t number_ = 0;
};

// What gateways do while they do it; receivers take turns.
class LiveWatch {
 public:
  explicit LiveWatch(flow::GatewayWatch::Legs legs) : watch_(legs) {}
  void add(const packet::PacketView& view, std::int64_t time_ns) {
    if (view.verdict == packet::Verdict::kKept) {
      const std::lock_guard lock(mutex_);
      watch_.add(view, time_ns);
    }
  }
  void add(const flow::FlowRecord& record) {
    const std::lock_guard lock(mutex_);
    watch_.add(record);
  }
  [[nodiscard]] std::string text(std::string_view format) {
    return format == "table" ? to_text(watch_.report()) : to_json(watch_.report()) + "\n";
  }

 private:
  std::mutex mutex_;
  flow::GatewayWatch watch_;
};

bool is_watching(const Arguments& arguments) {
  return !arguments.positionals().empty() && arguments.positionals().front() == "watch";
}

Result<collector::CollectorOptions> read_collector_options(const Arguments& arguments) {
  collector::CollectorOptions options;
  std::vector<std::string> addresses = arguments.positionals();
  if (is_watching(arguments)) {
    addresses.erase(addresses.begin());
  }
  if (addresses.empty()) {
    addresses.emplace_back("127.0.0.1");
  }
  for (const std::string& text : addresses) {
    WEIR_ASSIGN_OR_RETURN(const auto parsed, collector::parse_listen_address(text));
    options.listen.insert(options.listen.end(), parsed.begin(), parsed.end());
  }
  for (const std::string& text : arguments.values("allow")) {
    const auto prefix = parse_prefix(text);
    if (!prefix) {
      return fail(ErrorCode::kUsage,
                  fmt::format("--allow: '{}' is no network, as in 10.0.0.0/16", text));
    }
    options.allow.push_back(*prefix);
  }
  WEIR_ASSIGN_OR_RETURN(options.parser, read_parser_options(arguments, "endpoint"));
  WEIR_ASSIGN_OR_RETURN(options.meter, read_meter_options(arguments));
  std::random_device device;  // so that nobody can choose flows that fall together
  options.meter.seed = (std::uint64_t{device()} << 32) | device();
  const auto cores = std::clamp<std::int64_t>(std::thread::hardware_concurrency(), 1, 8);
  WEIR_ASSIGN_OR_RETURN(const auto threads, arguments.number("threads", cores));
  options.num_receivers = static_cast<std::size_t>(threads);
  WEIR_ASSIGN_OR_RETURN(const auto megabytes, arguments.number("receive-buffer", 32));
  options.receive_buffer_bytes =
      static_cast<std::size_t>(std::min<std::int64_t>(megabytes, 1024)) * kMegabyte;
  options.joins_datagrams = !arguments.has("single");
  options.is_pass_through = arguments.has("pass-through");
  if (arguments.has("health-port")) {
    WEIR_ASSIGN_OR_RETURN(const auto port, arguments.number("health-port", 0, 0));
    if (port > 65'535) {
      return fail(ErrorCode::kUsage, fmt::format("--health-port: there is no port {}", port));
    }
    options.health = {options.listen.front().address, static_cast<std::uint16_t>(port)};
  }
  return options;
}

std::string greeting(const collector::Collector& collector,
                     const collector::CollectorOptions& options) {
  std::string text = "listening on";
  for (const collector::ListenAddress& address : collector.addresses()) {
    text += " " + to_string(address);
  }
  text += fmt::format(" with {} receivers, {} MB of buffer each", options.num_receivers,
                      collector.receive_buffer_bytes() / kMegabyte);
  if (const auto health = collector.health_address()) {
    text += "; health checks on " + to_string(*health);
  }
  if (options.is_pass_through) {
    text += "; packets go back to the gateway";
  }
  text += "\n";
  if (collector.receive_buffer_bytes() < options.receive_buffer_bytes) {
    text +=
        "the system gave less buffer than asked for: raise net.core.rmem_max, or run with "
        "CAP_NET_ADMIN\n";
  }
  return text;
}

void wait_for_more() { std::this_thread::sleep_for(std::chrono::milliseconds(kFlushMs)); }

std::string stats_text(std::string_view format, const collector::CollectorCounters& counters) {
  return format == "table"        ? packet::to_text(counters.packets)
         : format == "prometheus" ? to_prometheus(counters)
                                  : packet::to_json(counters.packets) + "\n";
}

}  // namespace

Result<int> listen_to_packets(const Arguments& arguments, Environment& environment) {
  if (arguments.has("validate")) {
    return fail(ErrorCode::kUsage, "--validate goes with files: capture first, with tcpdump -w");
  }
  WEIR_ASSIGN_OR_RETURN(collector::CollectorOptions options, read_collector_options(arguments));
  const std::string_view format = arguments.value("output", "table");
  const bool has_stats = arguments.has("stats");
  const bool has_watch = is_watching(arguments);
  if (has_watch && (has_stats || arguments.has("flows") || arguments.has("data"))) {
    return fail(ErrorCode::kUsage, "watch gives a report of its own, without --stats or --flows");
  }
  const bool has_flows =
      !has_stats && !has_watch &&
      (arguments.has("flows") || arguments.has("data") || arguments.has("ipfix"));
  const bool is_quiet = arguments.has("quiet");
  inventory::Inventory inventory;
  WEIR_RETURN_IF_ERROR(load_inventory(arguments, environment, inventory));
  if (arguments.has("filter")) {
    options.make_filter = [&]() -> Result<collector::CollectorOptions::Filter> {
      WEIR_ASSIGN_OR_RETURN(packet::CaptureFilter compiled, compile_filter(arguments, inventory));
      const auto filter = std::make_shared<packet::CaptureFilter>(std::move(compiled));
      return [filter](const packet::CapturedPacket& packet, const packet::PacketView& view) {
        return filter->matches(packet, view);
      };
    };
  }
  std::unique_ptr<RecordOutput> records;
  std::unique_ptr<PacketLines> lines;
  const packet::Parser parser(options.parser);
  collector::Collector::Sinks sinks;
  // Who is an appliance itself knows both legs; else what is sent back passes by elsewhere.
  LiveWatch watch(options.is_pass_through ? flow::GatewayWatch::Legs::kBoth
                                          : flow::GatewayWatch::Legs::kDelivered);
  if (has_watch) {
    if (options.is_pass_through) {
      sinks.returned = [&](const packet::CapturedPacket& captured, const packet::PacketView& view) {
        watch.add(view, captured.time_ns);
      };
    }
    sinks.record = [&](const flow::FlowRecord& record) { watch.add(record); };
    sinks.packet = [&](const packet::CapturedPacket& captured, const packet::PacketView& view) {
      watch.add(view, captured.time_ns);
    };
  } else if (has_flows) {
    WEIR_ASSIGN_OR_RETURN(records, RecordOutput::open(arguments, inventory, environment,
                                                      RecordOutput::Traffic::kLive));
    sinks.record = [&](const flow::FlowRecord& record) { records->add(record, 0); };
  } else {
    options.has_meter = false;
    sinks.record = [](const flow::FlowRecord&) {};
    if (!has_stats) {
      lines = std::make_unique<PacketLines>(format, arguments.has("details"), parser, environment);
      sinks.packet = [&](const packet::CapturedPacket& captured, const packet::PacketView& view) {
        lines->add(captured, view);
      };
    }
  }
  WEIR_ASSIGN_OR_RETURN(const auto collector,
                        collector::Collector::open(options, environment.clock(), std::move(sinks)));
  collector->start();
  if (!is_quiet) {
    environment.say(greeting(*collector, options));
  }
  Result<void> status;
  const auto flush = [&]() -> Result<void> {
    if (lines) {
      lines->flush();
    }
    return records ? records->flush(environment.cancel()) : Result<void>();
  };
  const auto is_open = [&] {
    return records ? records->is_open() : lines == nullptr || lines->is_open();
  };
  while (status && is_open() && !environment.cancel().is_cancelled()) {
    wait_for_more();
    status = flush();
  }
  collector->stop();
  const collector::CollectorCounters counters = collector->counters();
  if (status) {
    status = flush();
  }
  int code = kExitDone;
  if (records) {
    WEIR_ASSIGN_OR_RETURN(code, records->finish());
  } else if (lines) {
    code = lines->finish();
  } else if (!environment.write(has_watch ? watch.text(format) : stats_text(format, counters))) {
    code = environment.write_failure();
  }
  if (!is_quiet) {
    environment.say(to_text(counters));
    if (records && records->has_store()) {
      environment.say(
          fmt::format("{} rows went into the store\n",
                      format_grouped(static_cast<std::int64_t>(records->num_stored_rows()))));
    }
  }
  if (records && records->num_lost() > 0) {
    return fail(ErrorCode::kFull,
                fmt::format("{} records were lost for want of room", records->num_lost()));
  }
  WEIR_RETURN_IF_ERROR(status);
  return code;
}

}  // namespace weir::cli

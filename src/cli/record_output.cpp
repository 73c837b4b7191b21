#include "cli/record_output.h"

#include <fmt/format.h>

#include <utility>

#include "cli/data_directory.h"
#include "flow/meter/flow_text.h"
#include "flow/telemetry/telemetry.h"

namespace weir::cli {
namespace {

constexpr std::uint32_t kObservationDomain = 1;
constexpr std::size_t kLoadRecords = 64 * 1024;
constexpr std::size_t kMostWaiting = 1 << 18;  // records, some 400 bytes each

}  // namespace

RecordOutput::RecordOutput(std::string_view format, const inventory::Inventory& inventory,
                           std::optional<DatagramSender> collector, Environment& environment,
                           bool is_live)
    : format_(format),
      inventory_(inventory),
      environment_(environment),
      out_(format, environment),
      collector_(std::move(collector)),
      ipfix_(kObservationDomain, [this](std::span<const std::byte> message) { send(message); }),
      is_live_(is_live) {
  if (format_ == "table") {
    out_.text() += flow::table_header();
  }
}

Result<std::unique_ptr<RecordOutput>> RecordOutput::open(const Arguments& arguments,
                                                         const inventory::Inventory& inventory,
                                                         Environment& environment,
                                                         Traffic traffic) {
  const std::string_view format = arguments.value("output", arguments.has("data") ? "" : "table");
  if (format == "ipfix" && environment.is_output_terminal()) {
    return fail(ErrorCode::kUsage, "IPFIX is binary; send it to a file or a pipe, or use --ipfix");
  }
  std::optional<DatagramSender> collector;
  if (arguments.has("ipfix")) {
    WEIR_ASSIGN_OR_RETURN(collector, DatagramSender::open(arguments.value("ipfix")));
  }
  std::unique_ptr<store::Store> store;
  std::unique_ptr<intake::MeteredFlows> flows;
  if (arguments.has("data")) {
    WEIR_ASSIGN_OR_RETURN(store, store::Store::open(environment.files(), environment.clock(),
                                                    data_directory(arguments)));
    WEIR_ASSIGN_OR_RETURN(flows, intake::MeteredFlows::open(*store, &inventory));
  }
  std::unique_ptr<RecordOutput> output(new RecordOutput(format, inventory, std::move(collector),
                                                        environment, traffic == Traffic::kLive));
  output->store_ = std::move(store);
  output->flows_ = std::move(flows);
  if (output->store_ != nullptr) {
    output->compactor_.emplace(*output->store_);
  }
  return output;
}

void RecordOutput::add(const flow::FlowRecord& record, std::size_t num_open) {
  const std::lock_guard lock(mutex_);
  if (format_ == "table") {
    out_.text() += to_line(record);
  } else if (format_ == "vpc") {
    out_.text() += to_flow_log_lines(record);
  } else if (format_ == "json" || format_ == "jsonl") {
    write_document(record, num_open);
  }
  if (collector_ || format_ == "ipfix") {
    ipfix_.add(record);
  }
  if (flows_ != nullptr && is_live_) {
    arrived_.push_back(record);
  } else if (flows_ != nullptr) {
    flows_->add(record);
    if (flows_->num_waiting() == kLoadRecords && load_status_) {
      load_status_ = flows_->load();
    }
  }
  out_.flush_if_large();
}

bool RecordOutput::is_open() {
  const std::lock_guard lock(mutex_);
  return out_.is_open() && load_status_.has_value();
}

std::uint64_t RecordOutput::num_stored_rows() const {
  return flows_ == nullptr ? 0 : flows_->num_rows();
}

Result<void> RecordOutput::flush(const CancelToken& cancel) {
  std::vector<flow::FlowRecord> arrived;
  {
    const std::lock_guard lock(mutex_);
    ipfix_.flush();
    out_.flush();
    arrived.swap(arrived_);
  }
  if (flows_ == nullptr) {
    return {};
  }
  for (const flow::FlowRecord& record : arrived) {
    if (flows_->num_waiting() == kMostWaiting) {
      ++num_lost_;
    } else {
      flows_->add(record);
    }
  }
  auto done = flows_->commit();
  if (done) {
    has_told_full_ = false;
    return compactor_->run(cancel);
  }
  if (done.error().code != ErrorCode::kFull) {
    return done;
  }
  if (!has_told_full_) {
    environment_.say(fmt::format("weir: {}\nweir: records wait for room\n", done.error().message));
    has_told_full_ = true;
  }
  return {};
}

Result<void> RecordOutput::commit_capture(store::SourceMeta source) {
  const std::lock_guard lock(mutex_);
  WEIR_RETURN_IF_ERROR(load_status_);
  return flows_->commit_capture(std::move(source));
}

bool RecordOutput::knows(const store::SourceId& id) const {
  return store_ != nullptr && store_->state()->has_source(id);
}

Result<int> RecordOutput::finish() {
  const std::lock_guard lock(mutex_);
  ipfix_.flush();
  if (!fault_.empty()) {
    return fail(ErrorCode::kRemote, fault_);
  }
  return out_.finish();
}

void RecordOutput::write_document(const flow::FlowRecord& record, std::size_t num_open) {
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

void RecordOutput::send(std::span<const std::byte> message) {
  if (format_ == "ipfix") {
    out_.text().append(reinterpret_cast<const char*>(message.data()), message.size());
  }
  if (collector_ && fault_.empty()) {
    if (const auto sent = collector_->send(message); !sent) {
      fault_ = sent.error().message;
    }
  }
}

}  // namespace weir::cli

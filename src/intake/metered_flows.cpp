#include "intake/metered_flows.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "flowlog/field.h"
#include "intake/content_hash.h"
#include "intake/flow_columns.h"
#include "intake/flow_table_spec.h"
#include "intake/meter_columns.h"
#include "intake/source_details.h"
#include "store/table_layout.h"

namespace weir::intake {
namespace {

using column::Type;
using flow::FlowRecord;
using flow::FlowSide;
using flowlog::FieldId;

constexpr std::size_t kRowsAtOnce = 2048;

constexpr std::array kFields{
    FieldId::kAccountId, FieldId::kInterfaceId, FieldId::kSrcaddr,    FieldId::kDstaddr,
    FieldId::kSrcport,   FieldId::kDstport,     FieldId::kProtocol,   FieldId::kPackets,
    FieldId::kBytes,     FieldId::kStart,       FieldId::kEnd,        FieldId::kLogStatus,
    FieldId::kVpcId,     FieldId::kSubnetId,    FieldId::kInstanceId, FieldId::kTcpFlags,
    FieldId::kType,
};

// Where a column stands in a row.
constexpr std::size_t place_of(FieldId field) {
  std::size_t place = 0;
  while (kFields[place] != field) {
    ++place;
  }
  return place;
}
constexpr std::size_t place_of(MeterColumn column) {
  return kFields.size() + static_cast<std::size_t>(column);
}

}  // namespace

Result<std::unique_ptr<MeteredFlows>> MeteredFlows::open(store::Store& store,
                                                         const inventory::Inventory* inventory) {
  std::uint32_t sample = 1;
  WEIR_RETURN_IF_ERROR(store.state()->visit_sources([&](const store::SourceMeta& source) {
    if (source.table == kFlowsTable) {
      sample = read_details(source.details).sample;
    }
    return source.table != kFlowsTable;  // all were taken in at one rate
  }));
  if (sample > 1) {
    return fail(ErrorCode::kUsage,
                fmt::format("{} holds a sample of 1/{}, so its totals could not be told with whole "
                            "flows beside: use another --data",
                            store.directory(), sample));
  }
  std::unique_ptr<MeteredFlows> flows(new MeteredFlows(store, inventory));
  WEIR_RETURN_IF_ERROR(flows->add_columns());
  return flows;
}

Result<void> MeteredFlows::add_columns() {
  const auto table = store_.state()->table(kFlowsTable);
  store::TableSpec spec = table ? *table->spec : empty_flow_spec();
  add_flow_column(spec, "@layout");  // which every table of flow logs begins with
  names_.clear();
  for (const FieldId field : kFields) {
    names_.emplace_back(flowlog::info(field).canonical);
    add_flow_column(spec, names_.back());
  }
  for (const MeterColumnInfo& column : all_meter_columns()) {
    names_.emplace_back(column.name);
    add_meter_column(spec, column);
  }
  set_flow_properties(spec);
  WEIR_RETURN_IF_ERROR(store_.put_table(spec));
  const auto made = store_.state()->table(kFlowsTable);
  types_.clear();
  for (const std::string& name : names_) {
    types_.push_back(made->spec->columns[*store::find_column(*made->spec, name)].type);
  }
  return {};
}

void MeteredFlows::add(const FlowRecord& record) { waiting_.push_back(record); }

void MeteredFlows::put(std::size_t column, std::size_t row, std::int64_t number) {
  if (types_[column] == Type::kString) {
    put(column, row, std::string_view(std::to_string(number)));
  } else if (types_[column] == Type::kInt64 || types_[column] == Type::kTime) {
    rows_.columns[column].data<std::int64_t>()[row] = number;
  } else {
    rows_.columns[column].set_null(row);
  }
}

void MeteredFlows::put(std::size_t column, std::size_t row, std::string_view text) {
  if (types_[column] != Type::kString || text.empty()) {
    rows_.columns[column].set_null(row);
    return;
  }
  column::Column& to = rows_.columns[column];
  to.data<std::string_view>()[row] = to.arena().copy(text);
}

void MeteredFlows::put(std::size_t column, std::size_t row, const IpAddress& address) {
  if (types_[column] == Type::kString) {
    put(column, row, std::string_view(to_string(address)));
  } else if (types_[column] == Type::kAddress) {
    rows_.columns[column].data<IpAddress>()[row] = address;
  } else {
    rows_.columns[column].set_null(row);
  }
}

void MeteredFlows::fill_owner(std::size_t row, const IpAddress& source,
                              const IpAddress& destination) {
  static const inventory::Interface kNobody;
  const inventory::Interface* owner = nullptr;
  if (inventory_ != nullptr && !inventory_->empty()) {
    owner = inventory_->find_interface(source);
    owner = owner == nullptr ? inventory_->find_interface(destination) : owner;
  }
  const inventory::Interface& known = owner == nullptr ? kNobody : *owner;
  put(place_of(FieldId::kAccountId), row, std::string_view(known.account_id));
  put(place_of(FieldId::kInterfaceId), row, std::string_view(known.id));
  put(place_of(FieldId::kVpcId), row, std::string_view(known.vpc_id));
  put(place_of(FieldId::kSubnetId), row, std::string_view(known.subnet_id));
  put(place_of(FieldId::kInstanceId), row, std::string_view(known.instance_id));
}

void MeteredFlows::fill_row(std::size_t row, const FlowRecord& record, bool is_forward) {
  const FlowSide& side = is_forward ? record.forward : record.reverse;
  const IpAddress& source = is_forward ? record.source : record.destination;
  const IpAddress& destination = is_forward ? record.destination : record.source;
  const auto number = [&](auto column, std::uint64_t value) {
    put(place_of(column), row, static_cast<std::int64_t>(value));
  };
  const auto text = [&](MeterColumn column, std::string_view value) {
    put(place_of(column), row, value);
  };
  // Null unless it was measured.
  const auto measured = [&](MeterColumn column, bool is_known, std::uint64_t value) {
    is_known ? number(column, value) : rows_.columns[place_of(column)].set_null(row);
  };
  fill_owner(row, source, destination);
  put(place_of(FieldId::kSrcaddr), row, source);
  put(place_of(FieldId::kDstaddr), row, destination);
  number(FieldId::kSrcport, is_forward ? record.source_port : record.destination_port);
  number(FieldId::kDstport, is_forward ? record.destination_port : record.source_port);
  number(FieldId::kProtocol, record.protocol);
  number(FieldId::kPackets, side.packets);
  number(FieldId::kBytes, side.bytes);
  put(place_of(FieldId::kStart), row, record.start_ns / 1'000'000);
  put(place_of(FieldId::kEnd), row, record.end_ns / 1'000'000);
  put(place_of(FieldId::kLogStatus), row, std::string_view("OK"));
  put(place_of(FieldId::kType), row, std::string_view(source.is_v4() ? "IPv4" : "IPv6"));
  const bool is_tcp = record.protocol == packet::kTcp;
  is_tcp ? number(FieldId::kTcpFlags, side.tcp_flags)
         : rows_.columns[place_of(FieldId::kTcpFlags)].set_null(row);

  text(MeterColumn::kFlowSide, is_forward ? "initiator" : "responder");
  text(MeterColumn::kTunnelPath, to_string(record.tunnel_path));
  number(MeterColumn::kVni, record.vni);
  put(place_of(MeterColumn::kTunnelSource), row, record.tunnel_source);
  put(place_of(MeterColumn::kTunnelDestination), row, record.tunnel_destination);
  const packet::GatewayIds& gateway = record.gateway;
  text(MeterColumn::kGwlbeEni,
       (gateway.present & 1U) == 0 ? "" : fmt::format("eni-{:017x}", gateway.endpoint));
  text(MeterColumn::kGwlbeAttachmentId,
       (gateway.present & 2U) == 0 ? "" : fmt::format("{:016x}", gateway.attachment));
  text(MeterColumn::kFlowCookie,
       (gateway.present & 4U) == 0 ? "" : fmt::format("{:08x}", gateway.cookie));
  const flow::RoundTrips& trips = record.round_trips;
  const bool has_data_trips = is_forward && trips.samples > 0;
  measured(MeterColumn::kRttUs, is_forward && trips.handshake_us > 0, trips.handshake_us);
  measured(MeterColumn::kServerRttUs, is_forward && trips.server_us > 0, trips.server_us);
  measured(MeterColumn::kClientRttUs, is_forward && trips.client_us > 0, trips.client_us);
  measured(MeterColumn::kDataRttUs, has_data_trips,
           static_cast<std::uint64_t>(std::llround(trips.mean_us())));
  measured(MeterColumn::kDataRttMinUs, has_data_trips, trips.min_us);
  measured(MeterColumn::kDataRttMaxUs, has_data_trips, trips.max_us);
  measured(MeterColumn::kDataRttSamples, has_data_trips, trips.samples);
  measured(MeterColumn::kJitterUs, is_forward && trips.samples > 1,
           static_cast<std::uint64_t>(std::llround(trips.jitter_us())));
  measured(MeterColumn::kArrivalJitterUs, is_forward && !is_tcp, record.arrival_jitter_us);
  measured(MeterColumn::kDataSegments, is_tcp, side.data_segments);
  measured(MeterColumn::kRetransmits, is_tcp, side.retransmits);
  measured(MeterColumn::kOutOfOrder, is_tcp, side.out_of_order);
  measured(MeterColumn::kZeroWindows, is_tcp, side.zero_windows);
  measured(MeterColumn::kResets, is_tcp, side.resets);
  measured(MeterColumn::kRequests, is_forward, record.requests);
  const bool has_http = is_forward && record.http_requests + record.http_responses > 0;
  measured(MeterColumn::kHttpRequests, has_http, record.http_requests);
  measured(MeterColumn::kHttpResponses, has_http, record.http_responses);
  measured(MeterColumn::kHttpStatus, is_forward && record.http_status != 0, record.http_status);
  measured(MeterColumn::kHttpResponseUs, has_http && record.http_responses > 0,
           record.http_response_us);
  text(MeterColumn::kEndReason, name_of(record.end_reason));
  text(MeterColumn::kContinued, record.is_continued ? "yes" : "");
  text(MeterColumn::kAfterIdle, record.is_after_idle ? "yes" : "");
}

// Fills rows_ from the records of [begin, end); returns behind the last one that fitted.
std::size_t MeteredFlows::make_rows(std::size_t begin, std::size_t end) {
  rows_.columns.resize(names_.size());
  for (std::size_t c = 0; c < names_.size(); ++c) {
    rows_.columns[c].reset(types_[c], kRowsAtOnce);
  }
  std::size_t row = 0;
  while (begin < end && row + 2 <= kRowsAtOnce) {
    const FlowRecord& record = waiting_[begin++];
    if (record.forward.packets > 0) {
      fill_row(row++, record, true);
    }
    if (record.reverse.packets > 0) {
      fill_row(row++, record, false);
    }
  }
  rows_.num_rows = row;
  for (column::Column& column : rows_.columns) {
    column.set_size(row);
  }
  return begin;
}

Result<void> MeteredFlows::commit() {
  std::size_t done = 0;
  Result<void> status;
  while (done < waiting_.size()) {
    const std::size_t next = make_rows(done, waiting_.size());
    const std::size_t num_rows = rows_.num_rows;
    const auto table = store_.state()->table(kFlowsTable);
    column::Batch all;
    all.num_rows = num_rows;
    for (const store::ColumnSpec& column : table->spec->columns) {
      column::Column& to = all.columns.emplace_back();
      const auto own = std::find(names_.begin(), names_.end(), column.name);
      if (own != names_.end()) {
        to.swap(rows_.columns[static_cast<std::size_t>(own - names_.begin())]);
      } else {
        to.reset_constant(column.type, num_rows);
        to.set_null(0);
      }
    }
    status = store_.append(std::string(kFlowsTable), all);
    if (!status) {
      break;
    }
    num_rows_ += num_rows;
    done = next;
  }
  waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(done));
  return status;
}

Result<void> MeteredFlows::load() {
  if (load_ == nullptr) {
    WEIR_ASSIGN_OR_RETURN(load_, store_.start_load(std::string(kFlowsTable)));
  }
  for (std::size_t done = 0; done < waiting_.size();) {
    done = make_rows(done, waiting_.size());
    WEIR_RETURN_IF_ERROR(load_->append(rows_, names_, store_.take_ordinals(rows_.num_rows)));
    num_rows_ += rows_.num_rows;
  }
  waiting_.clear();
  return {};
}

Result<void> MeteredFlows::commit_capture(store::SourceMeta source) {
  WEIR_RETURN_IF_ERROR(load());
  source.table = kFlowsTable;
  source.num_rows = load_->num_rows();
  source.details = to_text(SourceDetails{});
  return load_->commit({std::move(source)});
}

Result<store::SourceId> identify_capture(io::FileSystem& files, const std::string& path,
                                         std::string_view options) {
  WEIR_ASSIGN_OR_RETURN(const auto file, files.open_random(path));
  WEIR_ASSIGN_OR_RETURN(const store::SourceId bytes, hash_file(*file));
  return hash_of(fmt::format("packets {} {}", to_hex(bytes), options));
}

}  // namespace weir::intake

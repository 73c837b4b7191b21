#include "flow/ocsf.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "flow/enrichment.h"
#include "format/json_writer.h"

namespace weir::flow {
namespace {

enum OcsfColumn : std::size_t {
  kOcsfSrcaddr,
  kOcsfDstaddr,
  kOcsfSrcport,
  kOcsfDstport,
  kOcsfProtocol,
  kOcsfPackets,
  kOcsfBytes,
  kOcsfStart,
  kOcsfEnd,
  kOcsfAction,
  kOcsfLogStatus,
  kOcsfAccount,
  kOcsfInterface,
  kOcsfRegion,
  kOcsfAz,
  kOcsfVpc,
  kOcsfSubnet,
  kOcsfInstance,
  kOcsfTcpFlags,
  kOcsfDirection,
  kOcsfTrafficPath,
  kOcsfMessage,
};

constexpr std::int64_t kClassNetworkActivity = 4001;
constexpr std::int64_t kCategoryNetworkActivity = 4;

// One record's cells by column.
class Record {
 public:
  Record(const column::Batch& batch, std::size_t row) : batch_(batch), row_(row) {}

  [[nodiscard]] std::optional<std::int64_t> integer(OcsfColumn column) const {
    const auto& cells = batch_.columns[column];
    return cells.is_null(row_) ? std::nullopt
                               : std::optional(cells.data<std::int64_t>()[place(cells)]);
  }
  [[nodiscard]] std::optional<std::string_view> text(OcsfColumn column) const {
    const auto& cells = batch_.columns[column];
    return cells.is_null(row_) ? std::nullopt
                               : std::optional(cells.data<std::string_view>()[place(cells)]);
  }
  [[nodiscard]] std::optional<IpAddress> address(OcsfColumn column) const {
    const auto& cells = batch_.columns[column];
    return cells.is_null(row_) ? std::nullopt
                               : std::optional(cells.data<IpAddress>()[place(cells)]);
  }

 private:
  [[nodiscard]] std::size_t place(const column::Column& cells) const {
    return cells.is_constant() ? 0 : row_;
  }
  const column::Batch& batch_;
  std::size_t row_;
};

class EventWriter {
 public:
  explicit EventWriter(std::string& out) : json_(out) {}

  void field(std::string_view key, std::int64_t value) {
    json_.key(key);
    json_.integer(value);
  }
  void field(std::string_view key, std::string_view value) {
    json_.key(key);
    json_.string(value);
  }
  template <class T>
  void field_if(std::string_view key, const std::optional<T>& value) {
    if (value) {
      field(key, *value);
    }
  }
  void address_if(std::string_view key, const std::optional<IpAddress>& value) {
    if (value) {
      char text[kMaxIpText];
      field(key, std::string_view(text, format_ip(*value, text)));
    }
  }
  void begin(std::string_view key) {
    json_.key(key);
    json_.begin_object();
  }
  void end() { json_.end_object(); }
  format::JsonWriter& json() { return json_; }

 private:
  format::JsonWriter json_;
};

void write_endpoints(const Record& record, EventWriter& event) {
  // The interface is the destination of what comes in and the source of what goes out.
  const auto direction = record.text(kOcsfDirection);
  const auto side = [&](std::string_view key, OcsfColumn address, OcsfColumn port, bool is_ours) {
    event.begin(key);
    event.address_if("ip", record.address(address));
    event.field_if("port", record.integer(port));
    if (is_ours) {
      event.field_if("interface_uid", record.text(kOcsfInterface));
      event.field_if("vpc_uid", record.text(kOcsfVpc));
      event.field_if("subnet_uid", record.text(kOcsfSubnet));
      event.field_if("instance_uid", record.text(kOcsfInstance));
    }
    event.end();
  };
  side("src_endpoint", kOcsfSrcaddr, kOcsfSrcport, direction == "egress");
  side("dst_endpoint", kOcsfDstaddr, kOcsfDstport, direction == "ingress");
}

void write_connection(const Record& record, EventWriter& event) {
  event.begin("connection_info");
  const auto direction = record.text(kOcsfDirection);
  const std::int64_t direction_id = direction == "ingress" ? 1 : direction == "egress" ? 2 : 0;
  event.field("direction_id", direction_id);
  static constexpr std::array<std::string_view, 3> kDirections{"Unknown", "Inbound", "Outbound"};
  event.field("direction", kDirections[static_cast<std::size_t>(direction_id)]);
  if (const auto protocol = record.integer(kOcsfProtocol)) {
    event.field("protocol_num", *protocol);
    if (const auto name = protocol_name(static_cast<int>(*protocol)); !name.empty()) {
      event.field("protocol_name", name);
    }
  }
  const auto address = record.address(kOcsfSrcaddr);
  event.field("protocol_ver_id", std::int64_t{address && !address->is_v4() ? 6 : 4});
  event.field_if("tcp_flags", record.integer(kOcsfTcpFlags));
  const auto path = record.integer(kOcsfTrafficPath);
  event.field("boundary_id", path ? *path + 3 : std::int64_t{99});
  event.end();
}

void write_cloud(const Record& record, EventWriter& event) {
  event.begin("cloud");
  event.field("provider", std::string_view("AWS"));
  if (const auto account = record.text(kOcsfAccount)) {
    event.begin("account");
    event.field("uid", *account);
    event.end();
  }
  event.field_if("region", record.text(kOcsfRegion));
  event.field_if("zone", record.text(kOcsfAz));
  event.end();
}

void write_event(const Record& record, EventWriter& event) {
  const auto action = record.text(kOcsfAction);
  const bool is_rejected = action == "REJECT";
  const std::int64_t activity = is_rejected ? 5 : 6;
  event.json().begin_object();
  event.field("activity_id", activity);
  event.field("activity_name", std::string_view(is_rejected ? "Refuse" : "Traffic"));
  event.field("category_uid", kCategoryNetworkActivity);
  event.field("category_name", std::string_view("Network Activity"));
  event.field("class_uid", kClassNetworkActivity);
  event.field("class_name", std::string_view("Network Activity"));
  event.field("type_uid", kClassNetworkActivity * 100 + activity);
  event.field("severity_id", std::int64_t{1});
  event.field("severity", std::string_view("Informational"));
  if (action) {
    event.field("action_id", std::int64_t{is_rejected ? 2 : 1});
    event.field("action", std::string_view(is_rejected ? "Denied" : "Allowed"));
    event.field("disposition_id", std::int64_t{is_rejected ? 2 : 1});
    event.field("disposition", std::string_view(is_rejected ? "Blocked" : "Allowed"));
  }
  event.field_if("time", record.integer(kOcsfStart));
  event.field_if("start_time", record.integer(kOcsfStart));
  event.field_if("end_time", record.integer(kOcsfEnd));
  event.field_if("status_code", record.text(kOcsfLogStatus));
  write_endpoints(record, event);
  write_connection(record, event);
  event.begin("traffic");
  event.field_if("bytes", record.integer(kOcsfBytes));
  event.field_if("packets", record.integer(kOcsfPackets));
  event.end();
  write_cloud(record, event);
  event.begin("metadata");
  event.field("version", std::string_view("1.3.0"));
  event.begin("product");
  event.field("name", std::string_view("Amazon VPC"));
  event.field("vendor_name", std::string_view("AWS"));
  event.begin("feature");
  event.field("name", std::string_view("Flowlogs"));
  event.end();
  event.end();
  event.json().key("profiles");
  event.json().begin_array();
  event.json().string("cloud");
  event.json().string("security_control");
  event.json().end_array();
  event.end();
  event.field_if("raw_data", record.text(kOcsfMessage));
  event.json().end_object();
}

}  // namespace

OcsfWriter::OcsfWriter() = default;

const std::vector<std::string>& OcsfWriter::columns() {
  static const std::vector<std::string> names{
      "srcaddr",      "dstaddr",        "srcport",      "dstport", "protocol",   "packets",
      "bytes",        "start",          "end",          "action",  "log_status", "account_id",
      "interface_id", "region",         "az_id",        "vpc_id",  "subnet_id",  "instance_id",
      "tcp_flags",    "flow_direction", "traffic_path", "@message"};
  return names;
}

void OcsfWriter::write(const column::Batch& batch, std::string& out) {
  EventWriter event(out);
  for (std::size_t row = 0; row < batch.num_rows; ++row) {
    const Record record(batch, row);
    const auto status = record.text(kOcsfLogStatus);
    if (status && *status != "OK") {
      ++skipped_;
      continue;
    }
    event.json().reset();
    write_event(record, event);
    out += '\n';
  }
}

}  // namespace weir::flow

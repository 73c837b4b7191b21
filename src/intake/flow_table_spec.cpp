#include "intake/flow_table_spec.h"

#include <algorithm>
#include <array>
#include <optional>

#include "flowlog/field.h"
#include "flowlog/meta_column.h"
#include "store/table_layout.h"

namespace weir::intake {
namespace {

using column::Type;
using flowlog::FieldId;
using flowlog::MetaColumn;

constexpr std::uint16_t kAlone = 0;
constexpr std::uint16_t kConnection = 1;
constexpr std::uint16_t kObject = 2;

// Whole numbers with few values, which say of a connection what it is.
constexpr std::array kSmallNumbers{FieldId::kVersion, FieldId::kProtocol, FieldId::kTrafficPath,
                                   FieldId::kEncryptionStatus};

// What totals by minute are kept for: few values, together too.
constexpr std::array<std::string_view, 6> kMinuteKeys{
    "action", "protocol", "log_status", "flow_direction", "traffic_path", "type"};

std::uint16_t group_of_meta(MetaColumn meta) {
  switch (meta) {
    case MetaColumn::kLogStream:  // one an interface
      return kConnection;
    case MetaColumn::kPtr:
    case MetaColumn::kIngestionTime:
    case MetaColumn::kTimestamp:
    case MetaColumn::kMessage:
      return kAlone;
    default:
      return kObject;
  }
}

std::uint16_t group_of(const std::string& name, bool is_unique) {
  if (const auto meta = flowlog::find_meta_column(name)) {
    return group_of_meta(*meta);
  }
  const auto field = flowlog::find_field(name);
  if (!field || flowlog::info(*field).canonical != name) {
    return is_unique ? kAlone : kConnection;
  }
  const Type type = flowlog::info(*field).type;
  const bool is_small =
      std::find(kSmallNumbers.begin(), kSmallNumbers.end(), *field) != kSmallNumbers.end();
  return type == Type::kString || type == Type::kAddress || is_small ? kConnection : kAlone;
}

}  // namespace

column::Field field_of(const std::string& name) {
  if (const auto meta = flowlog::find_meta_column(name)) {
    return {std::string(flowlog::info(*meta).name), flowlog::info(*meta).type};
  }
  const auto field = flowlog::find_field(name);
  const bool is_field = field && flowlog::info(*field).canonical == name;
  return {name, is_field ? flowlog::info(*field).type : Type::kString};
}

store::TableSpec empty_flow_spec() {
  store::TableSpec spec;
  spec.name = kFlowsTable;
  spec.partition_ms = 86'400'000;
  return spec;
}

void add_flow_column(store::TableSpec& spec, const std::string& name, bool is_unique) {
  if (store::find_column(spec, name)) {
    return;
  }
  store::ColumnSpec column;
  column.name = name;
  column.type = field_of(name).type;
  column.group = group_of(name, is_unique);
  column.is_hot = name == "bytes";
  spec.columns.push_back(std::move(column));
}

void add_meter_column(store::TableSpec& spec, const MeterColumnInfo& column) {
  if (store::find_column(spec, column.name)) {
    return;
  }
  store::ColumnSpec added;
  added.name = column.name;
  added.type = column.type;
  added.group =
      column.type == Type::kInt64 && column.id != MeterColumn::kVni ? kAlone : kConnection;
  spec.columns.push_back(std::move(added));
}

void set_flow_properties(store::TableSpec& spec) {
  const auto has = [&](std::string_view name) {
    return store::find_column(spec, name).has_value();
  };
  const auto put = [&](std::string_view key, std::string value) {
    const auto known = std::find_if(spec.properties.begin(), spec.properties.end(),
                                    [&](const auto& property) { return property.first == key; });
    if (known != spec.properties.end()) {
      known->second = std::move(value);
    } else if (!value.empty()) {
      spec.properties.emplace_back(key, std::move(value));
    }
  };
  const auto present = [&](std::span<const std::string_view> names) {
    std::string text;
    for (const std::string_view name : names) {
      if (has(name)) {
        text += text.empty() ? "" : " ";
        text += name;
      }
    }
    return text;
  };
  const auto start = store::find_column(spec, "start");
  const auto end = store::find_column(spec, "end");
  if (start) {
    spec.time_column = "start";
  }
  if (start && end && *start < *end) {
    put("difference.end", "start");
  }
  const auto srcport = store::find_column(spec, "srcport");
  const auto dstport = store::find_column(spec, "dstport");
  if (srcport && dstport) {
    const bool is_source_first = *srcport < *dstport;
    put(is_source_first ? "pair.srcport" : "pair.dstport", is_source_first ? "dstport" : "srcport");
  }
  constexpr std::array<std::string_view, 2> kTotals{"packets", "bytes"};
  put("totals", present(kTotals));
  put("minutes", present(kMinuteKeys));
  constexpr std::array<std::string_view, 2> kPair{"srcaddr", "dstaddr"};
  put("ranks.pair", present(kPair));
  put("ranks.source", present(std::span(kPair).first(1)));
  put("ranks.destination", present(std::span(kPair).last(1)));
  put("rollup.source", has("srcaddr") ? "srcaddr" : "");
  put("rollup.destination", has("dstaddr") ? "dstaddr" : "");
  // Rejected records are few, and mostly of scanners that knock at the same ports again.
  put("rollup.rejected", has("action") && dstport ? "action=REJECT * dstport" : "");
  put("rare.source", has("srcaddr") ? "srcaddr" : "");
  put("rare.destination", has("dstaddr") ? "dstaddr" : "");
  put("silent", has("log_status") ? "log_status" : "");
  put("until", has("end") ? "end" : "");
}

}  // namespace weir::intake

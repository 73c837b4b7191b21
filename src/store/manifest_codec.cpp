#include "store/manifest_codec.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "codec/byte_reader.h"
#include "codec/byte_writer.h"

namespace weir::store {
namespace {

enum class EditField : std::uint8_t {
  kPutTable = 1,
  kAddSegment = 2,
  kRemoveSegment = 3,
  kAddSource = 4,
  kPutRetention = 5,
  kNextSegmentId = 6,
  kNextOrdinal = 7,
  kWalFloor = 8,
};

void put_field(std::string& out, EditField field, std::string_view body) {
  codec::put_varint(static_cast<std::uint64_t>(field), out);
  codec::put_text(body, out);
}

void put_optional(std::string& out, const std::optional<std::int64_t>& value) {
  codec::put_fixed(static_cast<std::uint8_t>(value.has_value()), out);
  if (value) {
    codec::put_varint(codec::to_zigzag(*value), out);
  }
}

std::optional<std::int64_t> get_optional(codec::ByteReader& reader) {
  const auto has_value = reader.fixed<std::uint8_t>();
  if (has_value > 1) {
    reader.become_bad();
  }
  return has_value == 1 ? std::optional(reader.zigzag()) : std::nullopt;
}

// A varint that must fit a smaller type.
template <class Integer>
Integer get_small(codec::ByteReader& reader) {
  const std::uint64_t value = reader.varint();
  if (value > std::numeric_limits<Integer>::max()) {
    reader.become_bad();
  }
  return static_cast<Integer>(value);
}

std::string get_string(codec::ByteReader& reader) { return std::string(reader.text()); }

std::string encode(const TableSpec& table) {
  std::string body;
  codec::put_text(table.name, body);
  codec::put_text(table.time_column, body);
  codec::put_varint(codec::to_zigzag(table.partition_ms), body);
  codec::put_varint(table.columns.size(), body);
  for (const ColumnSpec& column : table.columns) {
    codec::put_text(column.name, body);
    codec::put_fixed(static_cast<std::uint8_t>(column.type), body);
    codec::put_varint(column.group, body);
    codec::put_fixed(static_cast<std::uint8_t>(column.is_hot), body);
  }
  codec::put_varint(table.properties.size(), body);
  for (const auto& [name, value] : table.properties) {
    codec::put_text(name, body);
    codec::put_text(value, body);
  }
  return body;
}

TableSpec get_table(codec::ByteReader& reader) {
  TableSpec table;
  table.name = get_string(reader);
  table.time_column = get_string(reader);
  table.partition_ms = reader.zigzag();
  // Each element takes a byte at least, so a count is no reason to allocate before they are read.
  for (std::uint64_t left = reader.varint(); left > 0 && reader.is_good(); --left) {
    ColumnSpec column;
    column.name = get_string(reader);
    const auto type = reader.fixed<std::uint8_t>();
    column.group = get_small<std::uint16_t>(reader);
    const auto is_hot = reader.fixed<std::uint8_t>();
    if (type > static_cast<std::uint8_t>(column::Type::kString) || is_hot > 1) {
      reader.become_bad();
    }
    column.type = static_cast<column::Type>(type);
    column.is_hot = is_hot == 1;
    table.columns.push_back(std::move(column));
  }
  for (std::uint64_t left = reader.varint(); left > 0 && reader.is_good(); --left) {
    std::string name = get_string(reader);
    table.properties.emplace_back(std::move(name), get_string(reader));
  }
  return table;
}

std::string encode(const SegmentMeta& segment) {
  std::string body;
  codec::put_varint(segment.id, body);
  codec::put_text(segment.table, body);
  codec::put_varint(codec::to_zigzag(segment.partition), body);
  codec::put_varint(segment.num_rows, body);
  codec::put_varint(segment.file_bytes, body);
  put_optional(body, segment.min_time);
  put_optional(body, segment.max_time);
  codec::put_varint(segment.first_ordinal, body);
  codec::put_varint(segment.end_ordinal, body);
  codec::put_varint(segment.level, body);
  codec::put_fixed(segment.footer_hash, body);
  return body;
}

SegmentMeta get_segment(codec::ByteReader& reader) {
  SegmentMeta segment;
  segment.id = reader.varint();
  segment.table = get_string(reader);
  segment.partition = reader.zigzag();
  segment.num_rows = reader.varint();
  segment.file_bytes = reader.varint();
  segment.min_time = get_optional(reader);
  segment.max_time = get_optional(reader);
  segment.first_ordinal = reader.varint();
  segment.end_ordinal = reader.varint();
  segment.level = get_small<std::uint32_t>(reader);
  segment.footer_hash = reader.fixed<std::uint64_t>();
  return segment;
}

std::string encode(const RemovedSegment& removed) {
  std::string body;
  codec::put_varint(removed.id, body);
  codec::put_text(removed.table, body);
  codec::put_varint(codec::to_zigzag(removed.partition), body);
  codec::put_varint(removed.num_rows, body);
  codec::put_text(removed.reason, body);
  codec::put_varint(codec::to_zigzag(removed.when_ms), body);
  return body;
}

RemovedSegment get_removed(codec::ByteReader& reader) {
  RemovedSegment removed;
  removed.id = reader.varint();
  removed.table = get_string(reader);
  removed.partition = reader.zigzag();
  removed.num_rows = reader.varint();
  removed.reason = get_string(reader);
  removed.when_ms = reader.zigzag();
  return removed;
}

std::string encode(const RetentionRule& rule) {
  std::string body;
  codec::put_text(rule.table, body);
  put_optional(body, rule.max_age_ms);
  codec::put_fixed(static_cast<std::uint8_t>(rule.max_bytes.has_value()), body);
  if (rule.max_bytes) {
    codec::put_varint(*rule.max_bytes, body);
  }
  return body;
}

RetentionRule get_rule(codec::ByteReader& reader) {
  RetentionRule rule;
  rule.table = get_string(reader);
  rule.max_age_ms = get_optional(reader);
  const auto has_bytes = reader.fixed<std::uint8_t>();
  if (has_bytes == 1) {
    rule.max_bytes = reader.varint();
  } else if (has_bytes > 1) {
    reader.become_bad();
  }
  return rule;
}

SourceMeta get_source(codec::ByteReader& reader) {
  const std::string_view id = reader.take(SourceId{}.size());
  SourceMeta source = get_source_body(reader);
  std::transform(id.begin(), id.end(), source.id.begin(),
                 [](char c) { return static_cast<std::uint8_t>(c); });
  return source;
}

std::string encode_number(std::uint64_t value) {
  std::string body;
  codec::put_varint(value, body);
  return body;
}

}  // namespace

void put_source(std::string& out, const SourceMeta& source) {
  out.append(reinterpret_cast<const char*>(source.id.data()), source.id.size());
  put_source_body(out, source);
}

void put_source_body(std::string& out, const SourceMeta& source) {
  codec::put_text(source.name, out);
  codec::put_text(source.table, out);
  codec::put_varint(source.num_rows, out);
  codec::put_varint(source.num_rejected, out);
  codec::put_varint(source.num_bytes, out);
  codec::put_varint(codec::to_zigzag(source.taken_ms), out);
  codec::put_text(source.details, out);
}

SourceMeta get_source_body(codec::ByteReader& reader) {
  SourceMeta source;
  source.name = get_string(reader);
  source.table = get_string(reader);
  source.num_rows = reader.varint();
  source.num_rejected = reader.varint();
  source.num_bytes = reader.varint();
  source.taken_ms = reader.zigzag();
  source.details = get_string(reader);
  return source;
}

std::string encode_edit(const Edit& edit) {
  std::string bytes;
  for (const TableSpec& table : edit.put_tables) {
    put_field(bytes, EditField::kPutTable, encode(table));
  }
  for (const RemovedSegment& removed : edit.remove_segments) {
    put_field(bytes, EditField::kRemoveSegment, encode(removed));
  }
  for (const SegmentMeta& segment : edit.add_segments) {
    put_field(bytes, EditField::kAddSegment, encode(segment));
  }
  for (const SourceMeta& source : edit.add_sources) {
    std::string body;
    put_source(body, source);
    put_field(bytes, EditField::kAddSource, body);
  }
  for (const RetentionRule& rule : edit.put_retention) {
    put_field(bytes, EditField::kPutRetention, encode(rule));
  }
  const auto put_number = [&](EditField field, const std::optional<std::uint64_t>& value) {
    if (value) {
      put_field(bytes, field, encode_number(*value));
    }
  };
  put_number(EditField::kNextSegmentId, edit.next_segment_id);
  put_number(EditField::kNextOrdinal, edit.next_ordinal);
  put_number(EditField::kWalFloor, edit.wal_floor);
  return bytes;
}

Result<Edit> decode_edit(std::string_view bytes) {
  Edit edit;
  codec::ByteReader fields(bytes);
  while (fields.is_good() && !fields.is_at_end()) {
    const std::uint64_t field = fields.varint();
    codec::ByteReader body(fields.text());
    if (!fields.is_good()) {
      break;
    }
    switch (static_cast<EditField>(std::min<std::uint64_t>(field, 255))) {
      case EditField::kPutTable:
        edit.put_tables.push_back(get_table(body));
        break;
      case EditField::kAddSegment:
        edit.add_segments.push_back(get_segment(body));
        break;
      case EditField::kRemoveSegment:
        edit.remove_segments.push_back(get_removed(body));
        break;
      case EditField::kAddSource:
        edit.add_sources.push_back(get_source(body));
        break;
      case EditField::kPutRetention:
        edit.put_retention.push_back(get_rule(body));
        break;
      case EditField::kNextSegmentId:
        edit.next_segment_id = body.varint();
        break;
      case EditField::kNextOrdinal:
        edit.next_ordinal = body.varint();
        break;
      case EditField::kWalFloor:
        edit.wal_floor = body.varint();
        break;
      default:
        return fail(
            ErrorCode::kUnsupported,
            fmt::format("field {} of an edit is unknown to this Weir, whose manifest format "
                        "version is {}: use the Weir that wrote it, or a newer one",
                        field, kManifestVersion));
    }
    if (!body.is_at_end()) {
      return fail(ErrorCode::kInput, fmt::format("field {} of an edit is malformed", field));
    }
  }
  if (!fields.is_at_end()) {
    return fail(ErrorCode::kInput, "an edit ends inside a field");
  }
  return edit;
}

}  // namespace weir::store

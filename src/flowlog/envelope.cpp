#include "flowlog/envelope.h"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "base/time_text.h"
#include "flowlog/content.h"
#include "flowlog/field.h"
#include "flowlog/json_splitter.h"
#include "flowlog/meta_column.h"
#include "format/base64.h"

namespace weir::flowlog {
namespace {

namespace dom = simdjson::dom;

static_assert(EnvelopeUnpacker::kPadding >= simdjson::SIMDJSON_PADDING);

constexpr std::size_t kMaxDepth = 4;

std::string_view string_at(const dom::object& object, std::string_view key) {
  std::string_view text;
  return object[key].get(text) == simdjson::SUCCESS ? text : std::string_view();
}

// Seconds, with or without a fraction, or from 10^11 on milliseconds; or a text.
std::optional<TimeMs> time_at(const dom::object& object, std::string_view key) {
  dom::element value;
  if (object[key].get(value) != simdjson::SUCCESS) {
    return std::nullopt;
  }
  if (value.is_string()) {
    return parse_absolute_time(value.get_string().value_unsafe());
  }
  double number = 0;
  if (value.get(number) != simdjson::SUCCESS || !(number >= 0 && number < 1e15)) {
    return std::nullopt;
  }
  return static_cast<TimeMs>(number >= 1e11 ? number : number * 1000);
}

bool has(const dom::object& object, std::string_view key) {
  return object[key].error() == simdjson::SUCCESS;
}

JsonCell cell_of(std::string_view name, const dom::element& value) {
  JsonCell cell;
  cell.name = name;
  switch (value.type()) {
    case dom::element_type::STRING:
      cell.kind = JsonCell::Kind::kText;
      cell.text = value.get_string().value_unsafe();
      break;
    case dom::element_type::INT64:
      cell.kind = JsonCell::Kind::kInteger;
      cell.integer = value.get_int64().value_unsafe();
      break;
    case dom::element_type::UINT64:
    case dom::element_type::DOUBLE:
      cell.kind = JsonCell::Kind::kNumber;
      cell.number = value.get_double().value_unsafe();
      break;
    case dom::element_type::BOOL:
      cell.kind = JsonCell::Kind::kBoolean;
      cell.integer = value.get_bool().value_unsafe() ? 1 : 0;
      break;
    default:
      break;
  }
  return cell;
}

std::string_view front_of(std::string_view text) { return text.substr(0, 160); }

}  // namespace

struct EnvelopeUnpacker::Impl {
  io::InflateLimits limits;
  // One set a depth: what is being walked through at one depth stays valid below it.
  struct Level {
    dom::parser parser;
    std::string decoded;
    std::string inflated;
  };
  std::array<Level, kMaxDepth> levels;
  std::vector<JsonCell> cells;

  void unpack(std::string_view json, const Event& around, std::size_t depth, EnvelopeSink& sink) {
    dom::object object;
    const auto error = levels[depth]
                           .parser.parse(json.data(), json.size(), /*realloc_if_needed=*/false)
                           .get(object);
    if (error != simdjson::SUCCESS) {
      sink.refuse(error == simdjson::UTF8_ERROR ? Reject::kBadUtf8 : Reject::kBadJson,
                  front_of(json));
      return;
    }
    dom::array list;
    if (object["logEvents"].get(list) == simdjson::SUCCESS ||
        object["events"].get(list) == simdjson::SUCCESS) {
      return unpack_log_events(object, list, around, sink);
    }
    if (string_at(object, "messageType") == "CONTROL_MESSAGE" || has(object, "FlowLogs")) {
      return;
    }
    dom::object inner;
    if (object["awslogs"].get(inner) == simdjson::SUCCESS) {
      return unpack_base64(string_at(inner, "data"), around, depth, sink);
    }
    if (object["Records"].get(list) == simdjson::SUCCESS ||
        object["records"].get(list) == simdjson::SUCCESS) {
      return unpack_records(list, around, depth, sink);
    }
    dom::element message;
    if (object["message"].get(message) == simdjson::SUCCESS ||
        (object["@message"].get(message) == simdjson::SUCCESS && !is_row(object))) {
      return unpack_message(object, message, around, json, sink);
    }
    unpack_row(object, json, sink);
  }

  void unpack_log_events(const dom::object& object, const dom::array& events, Event around,
                         EnvelopeSink& sink) {
    if (string_at(object, "messageType") == "CONTROL_MESSAGE") {
      return;
    }
    around.owner = string_at(object, "owner");
    around.log_group = string_at(object, "logGroup");
    around.log_stream = string_at(object, "logStream");
    for (const dom::element element : events) {
      dom::object entry;
      std::string_view text;
      if (element.get(entry) != simdjson::SUCCESS ||
          entry["message"].get(text) != simdjson::SUCCESS) {
        sink.refuse(Reject::kBadRow, "an event without a message");
        continue;
      }
      Event event = around;
      event.text = text;
      event.time = time_at(entry, "timestamp");
      event.id = has(entry, "id") ? string_at(entry, "id") : string_at(entry, "eventId");
      if (const auto ingestion = time_at(entry, "ingestionTime")) {
        event.ingestion = ingestion;
      }
      if (const auto stream = string_at(entry, "logStreamName"); !stream.empty()) {
        event.log_stream = stream;
      }
      sink.add_event(event);
    }
  }

  void unpack_records(const dom::array& records, const Event& around, std::size_t depth,
                      EnvelopeSink& sink) {
    for (const dom::element element : records) {
      dom::object record;
      if (element.get(record) != simdjson::SUCCESS) {
        sink.refuse(Reject::kBadRow, "a record that is no object");
        continue;
      }
      dom::object kinesis;
      const dom::object& holder =
          record["kinesis"].get(kinesis) == simdjson::SUCCESS ? kinesis : record;
      const std::string_view data =
          has(holder, "data") ? string_at(holder, "data") : string_at(holder, "Data");
      if (data.empty()) {
        sink.refuse(Reject::kBadRow, "a record without data");
        continue;
      }
      Event event = around;
      for (const char* key : {"approximateArrivalTimestamp", "ApproximateArrivalTimestamp"}) {
        if (const auto arrival = time_at(holder, key)) {
          event.ingestion = arrival;
        }
      }
      for (const char* key : {"recordId", "sequenceNumber", "SequenceNumber"}) {
        if (const auto id = string_at(holder, key); !id.empty()) {
          event.id = id;
        }
      }
      unpack_base64(data, event, depth, sink);
    }
  }

  void unpack_base64(std::string_view data, const Event& around, std::size_t depth,
                     EnvelopeSink& sink) {
    std::string& decoded = levels[depth].decoded;
    decoded.clear();
    if (depth + 1 == kMaxDepth || data.empty() || !format::decode_base64(data, decoded)) {
      sink.refuse(Reject::kBadRow, front_of(data));
      return;
    }
    const std::size_t size = decoded.size();
    decoded.append(kPadding, '\0');
    std::string_view payload(decoded.data(), size);
    if (io::detect_compression(payload) != io::Compression::kNone) {
      if (!inflate(payload, levels[depth].inflated, sink)) {
        return;
      }
      payload = {levels[depth].inflated.data(), levels[depth].inflated.size() - kPadding};
    }
    const std::size_t first = payload.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) {
      return;
    }
    if (payload[first] != '{' && payload[first] != '[') {
      Event event = around;
      event.text = payload;
      sink.add_event(event);
      return;
    }
    JsonSplitter splitter;
    while (true) {
      const auto item = splitter.next(payload, true);
      const std::string_view piece = payload.substr(item.begin, item.end - item.begin);
      switch (item.kind) {
        case JsonSplitter::Kind::kObject:
          unpack(piece, around, depth + 1, sink);
          break;
        case JsonSplitter::Kind::kLine: {
          Event event = around;
          event.text = piece;
          sink.add_event(event);
          break;
        }
        case JsonSplitter::Kind::kBad:
          sink.refuse(Reject::kBadJson, front_of(piece));
          break;
        default:
          return;
      }
      payload.remove_prefix(item.end);
    }
  }

  bool inflate(std::string_view payload, std::string& out, EnvelopeSink& sink) {
    out.clear();
    io::InflateLimits bounded = limits;
    bounded.max_bytes = std::min<std::uint64_t>(bounded.max_bytes, kMaxBytes);
    auto content = Content::open(io::make_memory_source(payload), bounded);
    if (!content) {
      sink.refuse(Reject::kBadRow, content.error().message);
      return false;
    }
    std::array<char, 16 * 1024> chunk{};
    while (true) {
      const auto size = (*content)->read(chunk);
      if (!size) {
        sink.refuse(Reject::kBadRow, size.error().message);
        return false;
      }
      if (*size == 0) {
        break;
      }
      out.append(chunk.data(), *size);
    }
    if (const std::string complaint = (*content)->complaint(); !complaint.empty()) {
      sink.refuse(Reject::kBadRow, complaint);
    }
    out.append(kPadding, '\0');
    return true;
  }

  // {"message": "…"}, and rows of @message as Insights and we ourselves export them.
  static void unpack_message(const dom::object& object, const dom::element& message, Event event,
                             std::string_view json, EnvelopeSink& sink) {
    std::string_view text;
    if (message.get(text) != simdjson::SUCCESS) {
      sink.refuse(Reject::kBadRow, front_of(json));
      return;
    }
    event.text = text;
    for (const char* key : {"timestamp", "@timestamp"}) {
      if (const auto time = time_at(object, key)) {
        event.time = time;
      }
    }
    if (const auto stream = string_at(object, "@logStream"); !stream.empty()) {
      event.log_stream = stream;
    }
    if (const auto log = string_at(object, "@log"); !log.empty()) {
      const std::size_t colon = log.find(':');
      event.owner = colon == std::string_view::npos ? std::string_view() : log.substr(0, colon);
      event.log_group = colon == std::string_view::npos ? log : log.substr(colon + 1);
    }
    if (const auto id = string_at(object, "@ptr"); !id.empty()) {
      event.id = id;
    }
    if (const auto ingestion = time_at(object, "@ingestionTime")) {
      event.ingestion = ingestion;
    }
    sink.add_event(event);
  }

  static bool is_row(const dom::object& object) {
    return std::any_of(object.begin(), object.end(), [](const dom::key_value_pair& member) {
      return find_field(member.key).has_value();
    });
  }

  void unpack_row(const dom::object& object, std::string_view json, EnvelopeSink& sink) {
    cells.clear();
    bool is_known = false;
    bool is_flat = true;
    for (const dom::key_value_pair member : object) {
      is_known = is_known || find_field(member.key) || find_meta_column(member.key);
      is_flat = is_flat && !member.value.is_object() && !member.value.is_array();
      cells.push_back(cell_of(member.key, member.value));
    }
    if (!is_known || !is_flat || cells.size() > kMaxColumns) {
      sink.refuse(Reject::kBadRow, front_of(json));
      return;
    }
    sink.add_row(cells);
  }
};

EnvelopeUnpacker::EnvelopeUnpacker(const io::InflateLimits& limits)
    : impl_(std::make_unique<Impl>()) {
  impl_->limits = limits;
}

EnvelopeUnpacker::~EnvelopeUnpacker() = default;

void EnvelopeUnpacker::unpack(std::string_view object, EnvelopeSink& sink) {
  impl_->unpack(object, Event{}, 0, sink);
}

}  // namespace weir::flowlog

#include "intake/source_details.h"

#include <simdjson.h>

#include "format/json_writer.h"
#include "intake/content_hash.h"

namespace weir::intake {
namespace {

void write_counts(format::JsonWriter& json, std::string_view key,
                  const std::map<std::string, std::uint64_t>& counts) {
  if (counts.empty()) {
    return;
  }
  json.key(key);
  json.begin_object();
  for (const auto& [name, count] : counts) {
    json.key(name);
    json.unsigned_integer(count);
  }
  json.end_object();
}

std::uint64_t number_at(const simdjson::dom::object& object, std::string_view key) {
  std::uint64_t value = 0;
  return object[key].get_uint64().get(value) == simdjson::SUCCESS ? value : 0;
}

std::string text_at(const simdjson::dom::object& object, std::string_view key) {
  std::string_view value;
  return object[key].get_string().get(value) == simdjson::SUCCESS ? std::string(value)
                                                                  : std::string();
}

void read_counts(const simdjson::dom::object& object, std::string_view key,
                 std::map<std::string, std::uint64_t>& counts) {
  simdjson::dom::object values;
  if (object[key].get_object().get(values) != simdjson::SUCCESS) {
    return;
  }
  for (const auto& [name, value] : values) {
    std::uint64_t count = 0;
    if (value.get_uint64().get(count) == simdjson::SUCCESS) {
      counts[std::string(name)] = count;
    }
  }
}

}  // namespace

std::string to_text(const SourceDetails& details) {
  std::string text;
  format::JsonWriter json(text);
  const auto put_number = [&](std::string_view key, std::uint64_t value, std::uint64_t otherwise) {
    if (value != otherwise) {
      json.key(key);
      json.unsigned_integer(value);
    }
  };
  const auto put_text = [&](std::string_view key, const std::string& value) {
    if (!value.empty()) {
      json.key(key);
      json.string(value);
    }
  };
  json.begin_object();
  put_number("stored_bytes", details.stored_bytes, 0);
  put_number("probe", details.probe, 0);
  put_text("stored_hash", details.stored_hash ? to_hex(*details.stored_hash) : std::string());
  put_number("text", details.is_text ? 1 : 0, 0);
  put_number("path_key", details.path_key, 0);
  put_number("begin", details.begin, 0);
  put_text("layout", details.layout);
  put_number("nodata", details.nodata, 0);
  put_number("skipdata", details.skipdata, 0);
  write_counts(json, "rejected", details.rejected);
  write_counts(json, "odd", details.odd);
  if (!details.notes.empty()) {
    json.key("notes");
    json.begin_array();
    for (std::size_t i = 0; i < details.notes.size() && i < SourceDetails::kMaxNotes; ++i) {
      json.string(details.notes[i]);
    }
    json.end_array();
  }
  put_text("where", details.where);
  put_number("sample", details.sample, 1);
  put_number("repeats", details.repeats, 0);
  json.end_object();
  return text;
}

SourceDetails read_details(std::string_view text) {
  SourceDetails details;
  simdjson::dom::parser parser;
  simdjson::dom::object object;
  if (parser.parse(text.data(), text.size()).get_object().get(object) != simdjson::SUCCESS) {
    return details;
  }
  details.stored_bytes = number_at(object, "stored_bytes");
  details.probe = number_at(object, "probe");
  details.stored_hash = from_hex(text_at(object, "stored_hash"));
  details.is_text = number_at(object, "text") != 0;
  details.path_key = number_at(object, "path_key");
  details.begin = number_at(object, "begin");
  details.layout = text_at(object, "layout");
  details.nodata = number_at(object, "nodata");
  details.skipdata = number_at(object, "skipdata");
  read_counts(object, "rejected", details.rejected);
  read_counts(object, "odd", details.odd);
  simdjson::dom::array notes;
  if (object["notes"].get_array().get(notes) == simdjson::SUCCESS) {
    for (const auto& note : notes) {
      std::string_view value;
      if (note.get_string().get(value) == simdjson::SUCCESS) {
        details.notes.emplace_back(value);
      }
    }
  }
  details.where = text_at(object, "where");
  const std::uint64_t sample = number_at(object, "sample");
  details.sample = sample == 0 ? 1 : static_cast<std::uint32_t>(sample);
  details.repeats = number_at(object, "repeats");
  return details;
}

}  // namespace weir::intake

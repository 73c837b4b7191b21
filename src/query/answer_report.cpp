#include "query/answer_report.h"

#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "base/time_text.h"
#include "format/json_writer.h"

namespace weir::query {
namespace {

void write_time(format::JsonWriter& json, std::string_view key, std::optional<TimeMs> time) {
  json.key(key);
  time ? json.string(to_time_text(*time)) : json.null();
}

void write_counts(format::JsonWriter& json, std::string_view key,
                  const std::map<std::string, std::uint64_t>& counts) {
  json.key(key);
  json.begin_object();
  for (const auto& [name, count] : counts) {
    json.key(name);
    json.unsigned_integer(count);
  }
  json.end_object();
}

void write_completeness(format::JsonWriter& json, const column::Completeness& completeness) {
  const std::pair<std::string_view, std::uint64_t> counts[] = {
      {"files", completeness.files},
      {"files_skipped", completeness.files_skipped},
      {"files_damaged", completeness.files_damaged},
      {"bytes_read", completeness.bytes_read},
      {"bytes_inflated", completeness.bytes_inflated},
      {"records", completeness.records},
      {"ok", completeness.ok},
      {"nodata", completeness.nodata},
      {"skipdata", completeness.skipdata},
      {"rejected", completeness.rejected}};
  json.begin_object();
  for (const auto& [key, count] : counts) {
    json.key(key);
    json.unsigned_integer(count);
  }
  write_counts(json, "rejected_by_reason", completeness.rejected_by_reason);
  write_counts(json, "odd", completeness.warnings);
  json.key("examples");
  json.begin_array();
  for (const auto& example : completeness.examples) {
    json.begin_object();
    json.key("file");
    json.string(example.file);
    json.key("line");
    json.unsigned_integer(example.line);
    json.key("column");
    json.unsigned_integer(example.column);
    json.key("reason");
    json.string(example.reason);
    json.key("excerpt");
    json.string(example.excerpt);
    json.end_object();
  }
  json.end_array();
  write_time(json, "first", completeness.first);
  write_time(json, "last", completeness.last);
  json.key("gaps");
  json.begin_array();
  for (const auto& gap : completeness.gaps) {
    json.begin_object();
    write_time(json, "from", gap.from);
    write_time(json, "to", gap.to);
    json.end_object();
  }
  json.end_array();
  json.key("notes");
  json.begin_array();
  for (const auto& note : completeness.notes) {
    json.string(note);
  }
  json.end_array();
  json.key("complete");
  json.boolean(completeness.is_complete());
  json.end_object();
}

}  // namespace

std::string report_json(const std::vector<AnswerReport>& reports) {
  std::string out;
  format::JsonWriter json(out);
  json.begin_object();
  json.key("schema");
  json.string("weir.report.v1");
  json.key("answers");
  json.begin_array();
  for (const AnswerReport& report : reports) {
    json.begin_object();
    json.key("query");
    json.string(report.query);
    json.key("seconds");
    json.number(report.seconds);
    json.key("rows_matched");
    json.unsigned_integer(report.rows_matched);
    json.key("rows_returned");
    json.unsigned_integer(report.rows_returned);
    json.key("peak_memory_bytes");
    json.unsigned_integer(report.peak_memory_bytes);
    json.key("computed_by");
    json.begin_array();
    for (const auto& path : report.paths) {
      json.string(path);
    }
    json.end_array();
    json.key("warnings");
    json.begin_array();
    for (const auto& warning : report.warnings) {
      json.begin_object();
      json.key("code");
      json.string(warning.code);
      json.key("message");
      json.string(warning.message);
      if (warning.span) {
        json.key("begin");
        json.unsigned_integer(warning.span->begin);
        json.key("end");
        json.unsigned_integer(warning.span->end);
      }
      json.end_object();
    }
    json.end_array();
    json.key("completeness");
    write_completeness(json, report.completeness);
    json.end_object();
  }
  json.end_array();
  json.end_object();
  out += '\n';
  return out;
}

}  // namespace weir::query

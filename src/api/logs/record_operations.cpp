#include "api/logs/record_operations.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "logs/pointer_table.h"
#include "query/functions/json_value.h"

namespace weir::api::logs {
namespace {

using weir::logs::Event;

constexpr std::size_t kMaxFieldsOfEvent = 200;  // read of one event's JSON
constexpr std::size_t kMaxFieldsOfGroup = 1'000;
constexpr std::size_t kSampledEvents = 1'000;
constexpr TimeMs kMinuteMs = 60'000;

Outcome get_log_record(const LogsRooms& rooms, const Call& call, const Tree& input) {
  const std::string& text = input["logRecordPointer"].text();
  const auto pointer = weir::logs::read_pointer(text);
  if (!pointer) {
    return invalid_parameter("The specified logRecordPointer is invalid: give a row's @ptr");
  }
  const auto groups = rooms.groups->list_groups(scope_of(call));
  if (!groups) {
    return as_failure(groups.error());
  }
  const auto group = std::find_if(groups->begin(), groups->end(),
                                  [&](const auto& known) { return known.id == pointer->group_id; });
  if (group == groups->end()) {
    return refuse("ResourceNotFoundException", "The log group of this record is gone.");
  }
  const auto event = rooms.events->find(*group, pointer->time_ms, pointer->id);
  if (!event) {
    return as_failure(event.error());
  }
  if (!*event) {
    return refuse("ResourceNotFoundException",
                  "This record is gone: its group keeps events for a limited time.");
  }
  Tree record = Tree::map({{"@timestamp", std::to_string((*event)->time_ms)},
                           {"@message", (*event)->message},
                           {"@logStream", (*event)->stream},
                           {"@log", call.account + ":" + group->name},
                           {"@ingestionTime", std::to_string((*event)->ingestion_ms)},
                           {"@ptr", text}});
  query::JsonReader reader;
  std::vector<std::string> names;
  reader.read_names((*event)->message, kMaxFieldsOfEvent, names);
  for (const std::string& name : names) {
    if (auto value = reader.find((*event)->message, name); value && !record.has(name)) {
      record.append(name, std::move(*value));
    }
  }
  return Tree::map({{"logRecord", std::move(record)}});
}

// The newest events around `time`, else of the last quarter of an hour, else at all.
Result<std::vector<Event>> sample_of(const LogsRooms& rooms, const weir::logs::Group& group,
                                     const Call& call, const Tree& input) {
  weir::logs::EventQuery query;
  query.limit = kSampledEvents;
  query.max_bytes = 16U << 20;
  query.is_newest_first = true;
  if (input.has("time")) {  // eight minutes before and behind it
    const TimeMs time_ms = input["time"].integer() * 1000;
    query.range = {time_ms - 8 * kMinuteMs, time_ms + 8 * kMinuteMs};
    return rooms.events->read(group, query);
  }
  query.range.since = call.now_ms - 15 * kMinuteMs;
  WEIR_ASSIGN_OR_RETURN(auto events, rooms.events->read(group, query));
  if (events.empty()) {
    query.range = {};
    return rooms.events->read(group, query);
  }
  return events;
}

Tree field_tree(std::string name, std::int64_t percent) {
  return Tree::map({{"name", std::move(name)}, {"percent", percent}});
}

Outcome get_log_group_fields(const LogsRooms& rooms, const Call& call, const Tree& input) {
  const auto named = find_named_group(rooms, call, input);
  if (!named) {
    return tl::unexpected<ApiError>(named.error());
  }
  Tree fields = Tree::list();
  if (named->is_flows) {
    const auto flows = rooms.flows();
    const auto columns = flows ? (*flows)->columns() : tl::unexpected<Error>(flows.error());
    if (!columns) {
      return as_failure(columns.error());
    }
    for (const char* name : {"@timestamp", "@message"}) {
      fields.push(field_tree(name, 100));
    }
    for (const column::Field& field : *columns) {
      if (!field.name.starts_with('@')) {
        fields.push(field_tree(field.name, 100));
      }
    }
    return Tree::map({{"logGroupFields", std::move(fields)}});
  }
  const auto events = sample_of(rooms, named->group, call, input);
  if (!events) {
    return as_failure(events.error());
  }
  if (events->empty()) {
    return Tree::map({{"logGroupFields", std::move(fields)}});
  }
  for (const char* name : {"@ingestionTime", "@log", "@logStream", "@message", "@timestamp"}) {
    fields.push(field_tree(name, 100));
  }
  std::map<std::string, std::int64_t> counts;
  query::JsonReader reader;
  std::vector<std::string> names;
  for (const Event& event : *events) {
    names.clear();
    reader.read_names(event.message, kMaxFieldsOfEvent, names);
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    for (const std::string& name : names) {
      if (counts.size() < kMaxFieldsOfGroup || counts.contains(name)) {
        ++counts[name];
      }
    }
  }
  const auto num_events = static_cast<std::int64_t>(events->size());
  for (const auto& [name, count] : counts) {
    fields.push(field_tree(name, (count * 100 + num_events - 1) / num_events));
  }
  return Tree::map({{"logGroupFields", std::move(fields)}});
}

}  // namespace

void add_record_operations(Service& service, const LogsRooms& rooms) {
  service.operations["GetLogRecord"] = [rooms](const Call& call, const Tree& input) {
    return get_log_record(rooms, call, input);
  };
  service.operations["GetLogGroupFields"] = [rooms](const Call& call, const Tree& input) {
    return get_log_group_fields(rooms, call, input);
  };
}

}  // namespace weir::api::logs

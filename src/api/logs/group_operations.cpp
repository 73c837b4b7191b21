#include "api/logs/group_operations.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

namespace weir::api::logs {
namespace {

using weir::logs::Group;
using weir::logs::Stream;

constexpr std::int64_t kEachPage = 50;
constexpr std::array<std::int64_t, 23> kRetentionDays = {
    1,   3,   5,   7,    14,   30,   60,   90,   120,  150,  180, 365,
    400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653, 3654};

bool is_group_name(std::string_view name) {
  return std::all_of(name.begin(), name.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '-' || c == '_' ||
           c == '/' || c == '#';
  });
}

Outcome create_group(const LogsRooms& rooms, const Call& call, const Tree& input) {
  const std::string& name = input["logGroupName"].text();
  if (!is_group_name(name)) {
    return invalid_parameter(
        fmt::format("1 validation error detected: Value '{}' at 'logGroupName' failed to satisfy "
                    "constraint: Member must satisfy regular expression pattern: "
                    "[\\.\\-_/#A-Za-z0-9]+",
                    name));
  }
  Group group;
  group.scope = scope_of(call);
  group.name = name;
  group.created_ms = call.now_ms;
  const auto made = rooms.groups->create_group(group);
  if (!made) {
    return as_failure(made.error());
  }
  if (!*made) {
    return refuse("ResourceAlreadyExistsException", "The specified log group already exists");
  }
  return Tree();
}

// Finds a group that somebody made.
tl::expected<Group, ApiError> find_made_group(const LogsRooms& rooms, const Call& call,
                                              const Tree& input) {
  auto named = find_named_group(rooms, call, input);
  if (!named) {
    return tl::unexpected<ApiError>(named.error());
  }
  if (named->group.id == 0) {
    return refuse("ResourceNotFoundException", "The specified log group does not exist.");
  }
  return named->group;
}

Outcome delete_group(const LogsRooms& rooms, const Call& call, const Tree& input) {
  const auto group = find_made_group(rooms, call, input);
  if (!group) {
    return tl::unexpected<ApiError>(group.error());
  }
  if (auto done = rooms.groups->remove_group(group->id); !done) {
    return as_failure(done.error());
  }
  // What the flow table holds is not the group's to delete.
  if (auto done = rooms.events->remove(*group); !done) {
    return as_failure(done.error());
  }
  return Tree();
}

Tree group_tree(const Group& group, const Call& call, std::int64_t num_filters) {
  const std::string arn = group_arn(call, group.name);
  Tree tree = Tree::map({{"logGroupName", group.name},
                         {"creationTime", group.created_ms},
                         {"metricFilterCount", num_filters},
                         {"arn", arn + ":*"},
                         {"logGroupArn", arn},
                         {"storedBytes", 0},
                         {"logGroupClass", "STANDARD"}});
  if (group.retention_days) {
    tree.append("retentionInDays", *group.retention_days);
  }
  return tree;
}

Outcome describe_groups(const LogsRooms& rooms, const Call& call, const Tree& input) {
  if (input.has("logGroupNamePrefix") && input.has("logGroupNamePattern")) {
    return invalid_parameter(
        "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.");
  }
  const auto groups = rooms.groups->list_groups(scope_of(call));
  const auto filters = rooms.groups->list_documents("metric-filter", scope_of(call));
  if (!groups || !filters) {
    return as_failure(groups ? filters.error() : groups.error());
  }
  const std::string& prefix = input["logGroupNamePrefix"].text();
  const std::string& pattern = input["logGroupNamePattern"].text();
  const std::string& token = input["nextToken"].text();
  const std::int64_t limit = input.has("limit") ? input["limit"].integer() : kEachPage;
  Tree list = Tree::list();
  Tree output = Tree::map();
  std::string last;
  for (const Group& group : *groups) {
    if (!group.name.starts_with(prefix) || group.name.find(pattern) == std::string::npos ||
        (!token.empty() && group.name <= token)) {
      continue;
    }
    if (static_cast<std::int64_t>(list.items().size()) == limit) {
      output.append("nextToken", last);
      break;
    }
    const auto num_filters =
        std::count_if(filters->begin(), filters->end(), [&](const weir::logs::Document& filter) {
          return filter.body["logGroupName"].text() == group.name;
        });
    list.push(group_tree(group, call, num_filters));
    last = group.name;
  }
  output.append("logGroups", std::move(list));
  return output;
}

Outcome set_retention(const LogsRooms& rooms, const Call& call, const Tree& input,
                      std::optional<std::int64_t> days) {
  const auto group = find_made_group(rooms, call, input);
  if (!group) {
    return tl::unexpected<ApiError>(group.error());
  }
  if (days &&
      std::find(kRetentionDays.begin(), kRetentionDays.end(), *days) == kRetentionDays.end()) {
    return invalid_parameter(
        fmt::format("retentionInDays must be one of 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, "
                    "365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653, not {}",
                    *days));
  }
  if (auto done = rooms.groups->set_retention(group->id, days); !done) {
    return as_failure(done.error());
  }
  if (auto done = rooms.events->set_retention(*group, days); !done) {
    return as_failure(done.error());
  }
  return Tree();
}

Outcome create_stream(const LogsRooms& rooms, const Call& call, const Tree& input) {
  const auto group = find_made_group(rooms, call, input);
  if (!group) {
    return tl::unexpected<ApiError>(group.error());
  }
  Stream stream;
  stream.group_id = group->id;
  stream.name = input["logStreamName"].text();
  stream.created_ms = call.now_ms;
  if (stream.name.find_first_of(":*") != std::string::npos) {
    return invalid_parameter(
        fmt::format("1 validation error detected: Value '{}' at 'logStreamName' failed to satisfy "
                    "constraint: Member must satisfy regular expression pattern: [^:*]*",
                    stream.name));
  }
  const auto is_new = rooms.groups->create_stream(stream);
  if (!is_new) {
    return as_failure(is_new.error());
  }
  if (!*is_new) {
    return refuse("ResourceAlreadyExistsException", "The specified log stream already exists");
  }
  return Tree();
}

Outcome delete_stream(const LogsRooms& rooms, const Call& call, const Tree& input) {
  const auto group = find_made_group(rooms, call, input);
  if (!group) {
    return tl::unexpected<ApiError>(group.error());
  }
  const auto found = rooms.groups->find_stream(group->id, input["logStreamName"].text());
  if (!found) {
    return as_failure(found.error());
  }
  if (!*found) {
    return refuse("ResourceNotFoundException", "The specified log stream does not exist.");
  }
  if ((*found)->last_event_ms) {
    // Rows cannot be taken out of segments one by one.
    return refuse("InvalidOperationException",
                  "this server deletes log streams without events alone; delete the log group, or "
                  "let its retention remove them");
  }
  if (auto done = rooms.groups->remove_stream(group->id, (*found)->name); !done) {
    return as_failure(done.error());
  }
  return Tree();
}

Tree stream_tree(const Stream& stream, const Group& group, const Call& call) {
  Tree tree = Tree::map({{"logStreamName", stream.name},
                         {"creationTime", stream.created_ms},
                         {"arn", group_arn(call, group.name) + ":log-stream:" + stream.name},
                         {"storedBytes", 0}});
  if (stream.first_event_ms) {
    tree.append("firstEventTimestamp", *stream.first_event_ms);
    tree.append("lastEventTimestamp", stream.last_event_ms.value_or(0));
    tree.append("lastIngestionTime", stream.last_ingestion_ms.value_or(0));
  }
  return tree;
}

Outcome describe_streams(const LogsRooms& rooms, const Call& call, const Tree& input) {
  const auto group = find_made_group(rooms, call, input);
  if (!group) {
    return tl::unexpected<ApiError>(group.error());
  }
  auto streams = rooms.groups->list_streams(group->id);
  if (!streams) {
    return as_failure(streams.error());
  }
  const std::string& prefix = input["logStreamNamePrefix"].text();
  if (!prefix.empty() && input["orderBy"].text() == "LastEventTime") {
    return invalid_parameter("Cannot order by LastEventTime with a logStreamNamePrefix.");
  }
  std::erase_if(*streams, [&](const Stream& s) { return !s.name.starts_with(prefix); });
  if (input["orderBy"].text() == "LastEventTime") {
    std::stable_sort(streams->begin(), streams->end(), [](const Stream& a, const Stream& b) {
      return a.last_event_ms.value_or(0) < b.last_event_ms.value_or(0);
    });
  }
  if (input["descending"].boolean()) {
    std::reverse(streams->begin(), streams->end());
  }
  const std::string& token = input["nextToken"].text();
  std::size_t begin = 0;
  if (!token.empty()) {
    const auto last = std::find_if(streams->begin(), streams->end(),
                                   [&](const Stream& s) { return s.name == token; });
    begin = static_cast<std::size_t>(last - streams->begin()) + 1;
  }
  const auto limit =
      static_cast<std::size_t>(input.has("limit") ? input["limit"].integer() : kEachPage);
  Tree list = Tree::list();
  const std::size_t end = std::min(streams->size(), begin + limit);
  for (std::size_t i = begin; i < end; ++i) {
    list.push(stream_tree((*streams)[i], *group, call));
  }
  Tree output = Tree::map({{"logStreams", std::move(list)}});
  if (end < streams->size()) {
    output.append("nextToken", (*streams)[end - 1].name);
  }
  return output;
}

}  // namespace

void add_group_operations(Service& service, const LogsRooms& rooms) {
  using Step = Outcome (*)(const LogsRooms&, const Call&, const Tree&);
  const auto add = [&](const char* name, Step step) {
    service.operations[name] = [rooms, step](const Call& call, const Tree& input) {
      return step(rooms, call, input);
    };
  };
  add("CreateLogGroup", create_group);
  add("DeleteLogGroup", delete_group);
  add("DescribeLogGroups", describe_groups);
  add("PutRetentionPolicy", [](const LogsRooms& all, const Call& call, const Tree& input) {
    return set_retention(all, call, input, input["retentionInDays"].integer());
  });
  add("DeleteRetentionPolicy", [](const LogsRooms& all, const Call& call, const Tree& input) {
    return set_retention(all, call, input, std::nullopt);
  });
  add("CreateLogStream", create_stream);
  add("DeleteLogStream", delete_stream);
  add("DescribeLogStreams", describe_streams);
}

}  // namespace weir::api::logs

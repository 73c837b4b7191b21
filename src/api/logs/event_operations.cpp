#include "api/logs/event_operations.h"

#include <fmt/format.h>

#include <algorithm>

#include "api/logs/embedded_metrics.h"
#include "api/logs/metric_filters.h"
#include "base/number.h"
#include "logs/filter_pattern.h"

namespace weir::api::logs {
namespace {

using weir::logs::Event;
using weir::logs::EventQuery;

constexpr TimeMs kDayMs = 86'400'000;
constexpr TimeMs kMaxPastMs = 14 * kDayMs;
constexpr TimeMs kMaxFutureMs = 2 * 3'600'000;
constexpr std::size_t kMaxBatchBytes = 1'048'576;
constexpr std::size_t kBytesEachEvent = 26;

// What of a batch is kept, and why the rest is not.
struct Accepted {
  std::vector<Event> events;
  Tree rejected;
};

tl::expected<Accepted, ApiError> accept(const Call& call, const Tree& input,
                                        const weir::logs::Group& group) {
  Accepted accepted;
  const auto& items = input["logEvents"].items();
  std::size_t bytes = 0;
  TimeMs last_ms = 0;
  std::size_t num_old = 0;
  std::size_t num_expired = 0;
  std::size_t first_new = items.size();
  const TimeMs expired_ms =
      group.retention_days ? call.now_ms - *group.retention_days * kDayMs : INT64_MIN;
  for (std::size_t i = 0; i < items.size(); ++i) {
    Event event;
    event.time_ms = items[i]["timestamp"].integer();
    event.message = items[i]["message"].text();
    event.ingestion_ms = call.now_ms;
    bytes += event.message.size() + kBytesEachEvent;
    if (event.time_ms < last_ms) {
      return invalid_parameter(
          "Log events in a single PutLogEvents request must be in chronological order.");
    }
    last_ms = event.time_ms;
    if (event.time_ms < expired_ms) {
      num_expired = i + 1;
    } else if (event.time_ms < call.now_ms - kMaxPastMs) {
      num_old = i + 1;
    } else if (event.time_ms > call.now_ms + kMaxFutureMs) {
      first_new = std::min(first_new, i);
    } else {
      accepted.events.push_back(std::move(event));
    }
  }
  if (bytes > kMaxBatchBytes) {
    return invalid_parameter(
        fmt::format("Upload too large: {} bytes exceeds limit of {}", bytes, kMaxBatchBytes));
  }
  if (last_ms - items.front()["timestamp"].integer() > kDayMs) {
    return invalid_parameter(
        "The batch of log events in a single PutLogEvents request cannot span more than 24 hours.");
  }
  const auto number = [](std::size_t value) { return static_cast<std::int64_t>(value); };
  if (num_expired > 0) {
    accepted.rejected.append("expiredLogEventEndIndex", number(num_expired));
  }
  if (num_old > 0) {
    accepted.rejected.append("tooOldLogEventEndIndex", number(num_old));
  }
  if (first_new < items.size()) {
    accepted.rejected.append("tooNewLogEventStartIndex", number(first_new));
  }
  return accepted;
}

// Puts events of a group that shows the flow table there, each a record; gives warnings. They go
// the way of a subscription's, whose lines may be of several layouts.
tl::expected<Tree, ApiError> put_flow_records(const LogsRooms& rooms, const Call& call,
                                              const NamedGroup& named, const std::string& stream,
                                              const std::vector<Event>& events) {
  Tree list = Tree::list();
  for (const Event& event : events) {
    std::string line = event.message;
    // An event is one record, however many lines it has.
    std::replace_if(
        line.begin(), line.end(), [](char byte) { return byte == '\n' || byte == '\r'; }, ' ');
    list.push(Tree::map({{"timestamp", event.time_ms}, {"message", std::move(line)}}));
  }
  const Tree subscription = Tree::map({{"messageType", "DATA_MESSAGE"},
                                       {"owner", call.account},
                                       {"logGroup", named.group.name},
                                       {"logStream", stream},
                                       {"logEvents", std::move(list)}});
  const auto taken = rooms.take_flow_events(format::write_json(subscription), named.flow_format);
  if (!taken) {
    return taken.error().code == ErrorCode::kUsage
               ? refuse("InvalidOperationException", taken.error().message)
               : as_failure(taken.error());
  }
  const std::uint64_t num_refused = events.size() - std::min(taken->num_records, events.size());
  if (taken->num_records == 0) {
    return invalid_parameter(
        fmt::format("'{}' shows the flow table, and none of the events is a flow record{}{}",
                    named.group.name, taken->problem.empty() ? "" : ": ", taken->problem));
  }
  Tree warnings = Tree::list();
  if (num_refused > 0) {
    warnings.push(
        Tree::map({{"code", "no_flow_record"},
                   {"message", fmt::format("{} of {} events are no flow records and were left out",
                                           num_refused, events.size())}}));
  }
  return warnings;
}

Outcome put_log_events(const LogsRooms& rooms, const Call& call, const Tree& input) {
  const auto named = find_named_group(rooms, call, input);
  if (!named) {
    return tl::unexpected<ApiError>(named.error());
  }
  const std::string& stream = input["logStreamName"].text();
  const auto found = rooms.groups->find_stream(named->group.id, stream);
  if (!found) {
    return as_failure(found.error());
  }
  if (!*found) {
    return refuse("ResourceNotFoundException", "The specified log stream does not exist.");
  }
  auto accepted = accept(call, input, named->group);
  if (!accepted) {
    return tl::unexpected<ApiError>(accepted.error());
  }
  Tree warnings = Tree::list();
  if (!accepted->events.empty()) {
    if (named->is_flows) {
      auto done = put_flow_records(rooms, call, *named, stream, accepted->events);
      if (!done) {
        return tl::unexpected<ApiError>(done.error());
      }
      warnings = std::move(*done);
    } else if (auto done = rooms.events->append(named->group, stream, accepted->events); !done) {
      return as_failure(done.error());
    }
    if (auto done =
            rooms.groups->note_events(named->group.id, stream, accepted->events.front().time_ms,
                                      accepted->events.back().time_ms, call.now_ms);
        !done) {
      return as_failure(done.error());
    }
    if (!named->is_flows) {
      for (const auto apply : {apply_metric_filters, apply_embedded_metrics}) {
        if (auto done = apply(rooms, call, named->group.name, accepted->events); !done) {
          return as_failure(done.error());
        }
      }
    }
  }
  Tree output = Tree::map({{"nextSequenceToken", fmt::format("{:056}", call.now_ms)}});
  if (!accepted->rejected.is_null()) {
    output.append("rejectedLogEventsInfo", std::move(accepted->rejected));
  }
  if (!warnings.items().empty()) {
    output.append("warnings", std::move(warnings));
  }
  return output;
}

// A place in the order of events: "f/TIME/ID", "b/TIME/ID".
std::string token_of(char direction, const Event& event) {
  return fmt::format("{}/{:020}/{:020}", direction, event.time_ms, event.id);
}
std::optional<Event> read_token(std::string_view text) {
  if (text.size() != 43 || text[1] != '/' || text[22] != '/') {
    return std::nullopt;
  }
  const auto time = parse_int64(text.substr(2, 20));
  const auto id = parse_int64(text.substr(23, 20));
  if (!time || !id) {
    return std::nullopt;
  }
  Event event;
  event.time_ms = *time;
  event.id = *id;
  return event;
}

// startTime inclusive; endTime exclusive for GetLogEvents, inclusive for FilterLogEvents.
column::TimeRange range_of(const Tree& input, TimeMs beyond_end) {
  column::TimeRange range;
  if (input.has("startTime")) {
    range.since = input["startTime"].integer();
  }
  if (input.has("endTime")) {
    range.until = input["endTime"].integer() + beyond_end;
  }
  return range;
}

Outcome get_log_events(const LogsRooms& rooms, const Call& call, const Tree& input) {
  const auto named = find_named_group(rooms, call, input);
  if (!named) {
    return tl::unexpected<ApiError>(named.error());
  }
  const std::string& stream = input["logStreamName"].text();
  const auto found = rooms.groups->find_stream(named->group.id, stream);
  if (!found) {
    return as_failure(found.error());
  }
  if (!*found) {
    return refuse("ResourceNotFoundException", "The specified log stream does not exist.");
  }
  EventQuery query;
  query.range = range_of(input, 0);
  query.streams = {stream};
  query.is_newest_first = !input["startFromHead"].boolean();
  if (input.has("limit")) {
    query.limit = static_cast<std::size_t>(input["limit"].integer());
  }
  const std::string& token = input["nextToken"].text();
  if (!token.empty()) {
    query.beyond = read_token(token);
    if (!query.beyond || (token[0] != 'f' && token[0] != 'b')) {
      return invalid_parameter("The specified nextToken is invalid.");
    }
    query.is_newest_first = token[0] == 'b';
  }
  const auto events = rooms.events->read(named->group, query);
  if (!events) {
    return as_failure(events.error());
  }
  Tree list = Tree::list();
  for (const Event& event : *events) {
    list.push(Tree::map({{"timestamp", event.time_ms},
                         {"message", event.message},
                         {"ingestionTime", event.ingestion_ms}}));
  }
  // At an end the token stays as it was, so that a client sees that there is no more.
  Event none = query.beyond.value_or(Event{});
  const Event& first = events->empty() ? none : events->front();
  const Event& last = events->empty() ? none : events->back();
  return Tree::map({{"events", std::move(list)},
                    {"nextForwardToken", token_of('f', last)},
                    {"nextBackwardToken", token_of('b', first)}});
}

Outcome filter_log_events(const LogsRooms& rooms, const Call& call, const Tree& input) {
  const auto named = find_named_group(rooms, call, input);
  if (!named) {
    return tl::unexpected<ApiError>(named.error());
  }
  if (named->is_flows) {
    return refuse(
        "InvalidOperationException",
        fmt::format("'{}' shows the flow table: ask it by StartQuery", named->group.name));
  }
  const auto pattern = weir::logs::FilterPattern::parse(input["filterPattern"].text());
  if (!pattern) {
    return invalid_parameter("Invalid filter pattern: " + pattern.error().message);
  }
  EventQuery query;
  query.range = range_of(input, 1);
  query.wants = [&](const std::string& message) { return pattern->matches(message); };
  query.streams = input["logStreamNames"].texts();
  if (input.has("logStreamNamePrefix")) {
    if (!query.streams.empty()) {
      return invalid_parameter("logStreamNames and logStreamNamePrefix exclude each other");
    }
    const auto streams = rooms.groups->list_streams(named->group.id);
    if (!streams) {
      return as_failure(streams.error());
    }
    for (const weir::logs::Stream& stream : *streams) {
      if (stream.name.starts_with(input["logStreamNamePrefix"].text())) {
        query.streams.push_back(stream.name);
      }
    }
    if (query.streams.empty()) {
      return Tree::map({{"events", Tree::list()}, {"searchedLogStreams", Tree::list()}});
    }
  }
  if (input.has("nextToken")) {
    query.beyond = read_token(input["nextToken"].text());
    if (!query.beyond) {
      return invalid_parameter("The specified nextToken is invalid.");
    }
  }
  const auto limit =
      static_cast<std::size_t>(input.has("limit") ? input["limit"].integer() : 10'000);
  query.limit = limit;
  const auto events = rooms.events->read(named->group, query);
  if (!events) {
    return as_failure(events.error());
  }
  Tree list = Tree::list();
  std::size_t bytes = 0;
  for (const Event& event : *events) {
    bytes += event.message.size() + kBytesEachEvent;
    list.push(Tree::map({{"logStreamName", event.stream},
                         {"timestamp", event.time_ms},
                         {"message", event.message},
                         {"ingestionTime", event.ingestion_ms},
                         {"eventId", fmt::format("{:020}{:020}", event.time_ms, event.id)}}));
  }
  Tree output = Tree::map({{"events", std::move(list)}, {"searchedLogStreams", Tree::list()}});
  const bool may_have_more = events->size() == limit || bytes + (64U << 10) > query.max_bytes;
  if (!events->empty() && may_have_more) {
    output.append("nextToken", token_of('f', events->back()));
  }
  return output;
}

}  // namespace

void add_event_operations(Service& service, const LogsRooms& rooms) {
  using Step = Outcome (*)(const LogsRooms&, const Call&, const Tree&);
  const auto add = [&](const char* name, Step step) {
    service.operations[name] = [rooms, step](const Call& call, const Tree& input) {
      return step(rooms, call, input);
    };
  };
  add("PutLogEvents", put_log_events);
  add("GetLogEvents", get_log_events);
  add("FilterLogEvents", filter_log_events);
  add("PutMetricFilter", put_metric_filter);
  add("DescribeMetricFilters", describe_metric_filters);
  add("DeleteMetricFilter", delete_metric_filter);
  add("TestMetricFilter", test_metric_filter);
}

}  // namespace weir::api::logs

#include "logs/event_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "column/memory_table.h"
#include "logs/pointer_table.h"

namespace weir::logs {
namespace {

using column::Type;

constexpr std::int64_t kHourMs = 3'600'000;
constexpr std::int64_t kDayMs = 24 * kHourMs;
constexpr std::int64_t kIdsEachMs = 1024;

enum Place : std::size_t { kTime, kMessage, kStream, kLog, kIngestion, kId };
const column::Schema& event_schema() {
  static const column::Schema kSchema = {
      {"@timestamp", Type::kTime}, {"@message", Type::kString},     {"@logStream", Type::kString},
      {"@log", Type::kString},     {"@ingestionTime", Type::kTime}, {"@id", Type::kInt64}};
  return kSchema;
}

store::TableSpec event_spec(std::string name) {
  store::TableSpec spec;
  spec.name = std::move(name);
  for (const column::Field& field : event_schema()) {
    const bool is_of_stream = field.name == "@logStream" || field.name == "@log";
    spec.columns.push_back(
        {field.name, field.type, static_cast<std::uint16_t>(is_of_stream ? 1 : 0), false});
  }
  spec.time_column = "@timestamp";
  spec.partition_ms = kHourMs;
  return spec;
}

std::string log_name(const Group& group) {
  return group.scope.substr(0, group.scope.find('/')) + ":" + group.name;
}

// Keeps the events that a query wants from one end of their order.
class EventCollector {
 public:
  explicit EventCollector(const EventQuery& query)
      : query_(query), streams_(query.streams.begin(), query.streams.end()) {}

  void add(Event event) {
    const bool is_beyond = !query_.beyond || (query_.is_newest_first ? event < *query_.beyond
                                                                     : event > *query_.beyond);
    if (!is_beyond || (!streams_.empty() && !streams_.contains(event.stream)) ||
        (query_.wants && !query_.wants(event.message))) {
      return;
    }
    kept_.insert(std::move(event));
    if (kept_.size() > query_.limit) {
      kept_.erase(query_.is_newest_first ? kept_.begin() : std::prev(kept_.end()));
    }
  }

  std::vector<Event> take() {
    std::vector<Event> events(kept_.begin(), kept_.end());
    if (query_.is_newest_first) {
      std::reverse(events.begin(), events.end());
    }
    std::size_t bytes = 0;
    std::size_t num_events = 0;
    for (const Event& event : events) {
      bytes += event.message.size() + 26;
      if (bytes > query_.max_bytes && num_events > 0) {
        break;
      }
      ++num_events;
    }
    events.resize(num_events);
    if (query_.is_newest_first) {
      std::reverse(events.begin(), events.end());
    }
    return events;
  }

 private:
  const EventQuery& query_;
  std::set<std::string> streams_;
  std::set<Event> kept_;
};

}  // namespace

EventStore::EventStore(store::Store& store, const Clock& clock)
    : store_(store), clock_(clock), next_id_(clock.now_ms() * kIdsEachMs) {}

std::string EventStore::table_name(const Group& group) {
  return fmt::format("log_events_{}", group.id);
}

Result<void> EventStore::append(const Group& group, std::string_view stream,
                                std::span<const Event> events) {
  const std::string name = table_name(group);
  if (store_.state()->table(name) == nullptr) {
    WEIR_RETURN_IF_ERROR(store_.put_table(event_spec(name)));
    WEIR_RETURN_IF_ERROR(set_retention(group, group.retention_days));
  }
  column::Batch batch;
  batch.num_rows = events.size();
  for (const column::Field& field : event_schema()) {
    batch.columns.emplace_back().reset(field.type, events.size());
  }
  const std::string log = log_name(group);
  const auto first_id = next_id_.fetch_add(static_cast<std::int64_t>(events.size()));
  for (std::size_t row = 0; row < events.size(); ++row) {
    batch.columns[kTime].data<std::int64_t>()[row] = events[row].time_ms;
    batch.columns[kMessage].data<std::string_view>()[row] = events[row].message;
    batch.columns[kStream].data<std::string_view>()[row] = stream;
    batch.columns[kLog].data<std::string_view>()[row] = log;
    batch.columns[kIngestion].data<std::int64_t>()[row] = events[row].ingestion_ms;
    batch.columns[kId].data<std::int64_t>()[row] = first_id + static_cast<std::int64_t>(row);
  }
  return store_.append(name, batch);
}

Result<std::shared_ptr<column::Table>> EventStore::table(const Group& group) const {
  const std::string name = table_name(group);
  if (store_.state()->table(name) == nullptr) {
    return std::make_shared<PointerTable>(
        std::make_shared<column::MemoryTable>(event_schema(), std::vector<column::Batch>()),
        group.id);
  }
  WEIR_ASSIGN_OR_RETURN(auto snapshot, store_.snapshot(name));
  return std::make_shared<PointerTable>(std::make_shared<store::StoredTable>(std::move(snapshot)),
                                        group.id);
}

Result<std::optional<Event>> EventStore::find(const Group& group, TimeMs time_ms,
                                              std::int64_t id) const {
  EventQuery query;
  query.range = {time_ms, time_ms + 1};
  query.beyond = Event{};
  query.beyond->time_ms = time_ms;
  query.beyond->id = id - 1;
  query.limit = 1;
  WEIR_ASSIGN_OR_RETURN(auto events, read(group, query));
  return events.empty() || events[0].id != id ? std::nullopt : std::optional(std::move(events[0]));
}

Result<std::vector<Event>> EventStore::read(const Group& group, const EventQuery& query) const {
  WEIR_ASSIGN_OR_RETURN(const auto events, table(group));
  column::ScanRequest request;
  request.columns = {"@timestamp", "@id", "@ingestionTime", "@logStream", "@message"};
  request.range = query.range;
  WEIR_ASSIGN_OR_RETURN(const auto scan, events->scan(request, {}));
  WEIR_ASSIGN_OR_RETURN(const auto stream, scan->open_stream());
  EventCollector collector(query);
  column::Batch batch;
  while (true) {
    WEIR_ASSIGN_OR_RETURN(const bool has_rows, stream->next(batch));
    if (!has_rows) {
      return collector.take();
    }
    for (std::size_t row = 0; row < batch.num_rows; ++row) {
      collector.add({batch.columns[0].value_at(row).integer, batch.columns[1].value_at(row).integer,
                     batch.columns[2].value_at(row).integer, batch.columns[3].value_at(row).text,
                     batch.columns[4].value_at(row).text});
    }
  }
}

Result<void> EventStore::set_retention(const Group& group, std::optional<std::int64_t> days) {
  const std::string name = table_name(group);
  if (store_.state()->table(name) == nullptr) {
    return {};  // put with the first events
  }
  store::RetentionRule rule;
  rule.table = name;
  if (days) {
    rule.max_age_ms = *days * kDayMs;
  }
  return store_.put_retention(rule);
}

Result<void> EventStore::remove(const Group& group) {
  const std::string name = table_name(group);
  if (store_.state()->table(name) == nullptr) {
    return {};
  }
  WEIR_RETURN_IF_ERROR(store_.seal());
  const TimeMs far_ms = clock_.now_ms() + 3650 * kDayMs;
  WEIR_ASSIGN_OR_RETURN([[maybe_unused]] const auto removed,
                        store_.drop_partitions(name, 0, far_ms, "the log group was deleted"));
  return {};
}

}  // namespace weir::logs

#include "api/logs/query_operations.h"

#include <fmt/format.h>

#include <algorithm>

#include "api/logs/lookup_tables.h"
#include "api/logs/query_sources.h"
#include "base/number.h"
#include "notify/topic_store.h"

namespace weir::api::logs {
namespace {

using weir::logs::QueryState;

constexpr std::int64_t kMillisecondsFrom = 100'000'000'000;  // seconds would be the year 5138

TimeMs as_ms(std::int64_t seconds_or_ms) {
  return seconds_or_ms >= kMillisecondsFrom ? seconds_or_ms : seconds_or_ms * 1000;
}

std::string_view name_of(query::Language language) {
  return language == query::Language::kSql ? "SQL" : "CWLI";
}

ApiError malformed_query(const Error& error) {
  ApiError refusal{"MalformedQueryException", error.message};
  if (error.span) {
    refusal.details = Tree::map(
        {{"queryCompileError",
          Tree::map({{"location",
                      Tree::map({{"startCharOffset", static_cast<std::int64_t>(error.span->begin)},
                                 {"endCharOffset", static_cast<std::int64_t>(error.span->end)}})},
                     {"message", error.message}})}});
  }
  return refusal;
}

Outcome start_query(const LogsRooms& rooms, const Call& call, const Tree& input) {
  weir::logs::QueryRequest request;
  request.scope = scope_of(call);
  request.text = input["queryString"].text();
  request.dialect = rooms.dialect;
  const std::string& language = input["queryLanguage"].text();
  if (language == "PPL") {
    return invalid_parameter(
        "queryLanguage PPL is not implemented by this server; CWLI and SQL are");
  }
  request.language = language == "SQL" ? query::Language::kSql : query::Language::kInsights;
  const TimeMs start_ms = as_ms(input["startTime"].integer());
  const TimeMs end_ms = as_ms(input["endTime"].integer());
  if (start_ms > end_ms) {
    return invalid_parameter("startTime must be less than or equal to endTime");
  }
  request.range.since = start_ms;
  request.range.until = end_ms + (input["endTime"].integer() >= kMillisecondsFrom ? 1 : 1000);
  if (input.has("limit")) {
    request.limit = static_cast<std::size_t>(input["limit"].integer());
  }
  const auto names = names_in(rooms, call, input);
  if (!names) {
    return tl::unexpected<ApiError>(names.error());
  }
  if (names->empty()) {
    return invalid_parameter(
        "Exactly one of logGroupName, logGroupNames, logGroupIdentifiers must be given, or SOURCE "
        "in the query");
  }
  const auto groups = groups_of(rooms, call, *names);
  if (!groups) {
    return tl::unexpected<ApiError>(groups.error());
  }
  for (const NamedGroup& named : *groups) {
    request.group_names.push_back(named.group.name);
  }
  request.find_source = [&](const std::vector<std::string>& sources) {
    return source_table(rooms, call, sources);
  };
  request.find_lookup = [&](std::string_view name) {
    return find_lookup_table(rooms, scope_of(call), name);
  };
  auto table = table_of(rooms, *groups);
  if (!table) {
    return tl::unexpected<ApiError>(table.error());
  }
  request.table = std::move(*table);
  const auto id = rooms.queries->start(std::move(request));
  if (!id && id.error().code == ErrorCode::kBusy) {
    return refuse("LimitExceededException", id.error().message);
  }
  if (!id && (id.error().code == ErrorCode::kIo || id.error().code == ErrorCode::kInternal)) {
    return as_failure(id.error());
  }
  if (!id) {
    return tl::unexpected<ApiError>(malformed_query(id.error()));
  }
  return Tree::map({{"queryId", *id}});
}

Tree statistics_tree(const QueryState& state) {
  const auto& completeness = state.statistics.completeness;
  return Tree::map({{"recordsMatched", static_cast<double>(state.statistics.rows_matched)},
                    {"recordsScanned", static_cast<double>(std::max(
                                           completeness.records, state.statistics.rows_scanned))},
                    {"bytesScanned", static_cast<double>(completeness.bytes_read)},
                    {"estimatedRecordsSkipped", 0.0},
                    {"estimatedBytesSkipped", 0.0},
                    {"logGroupsScanned", static_cast<double>(state.request.group_names.size())}});
}

tl::expected<std::shared_ptr<const QueryState>, ApiError> find_query(const LogsRooms& rooms,
                                                                     const Call& call,
                                                                     const Tree& input) {
  auto state = rooms.queries->find(input["queryId"].text());
  if (state == nullptr || state->request.scope != scope_of(call)) {
    return refuse("ResourceNotFoundException",
                  fmt::format("Query {} does not exist", input["queryId"].text()));
  }
  return state;
}

Outcome get_query_results(const LogsRooms& rooms, const Call& call, const Tree& input) {
  const auto state = find_query(rooms, call, input);
  if (!state) {
    return tl::unexpected<ApiError>(state.error());
  }
  const auto& rows = (*state)->rows;
  const auto begin = input.has("nextToken") ? parse_int64(input["nextToken"].text()) : 0;
  if (!begin || *begin < 0 || static_cast<std::size_t>(*begin) > rows.size()) {
    return invalid_parameter("The specified nextToken is invalid.");
  }
  const auto first = static_cast<std::size_t>(*begin);
  const std::size_t end =
      input.has("maxItems")
          ? std::min(rows.size(), first + static_cast<std::size_t>(input["maxItems"].integer()))
          : rows.size();
  Tree results = Tree::list();
  for (std::size_t i = first; i < end; ++i) {
    const QueryState::Row& row = rows[i];
    Tree fields = Tree::list();
    for (const auto& [field, value] : row) {
      fields.push(Tree::map({{"field", field}, {"value", value}}));
    }
    results.push(std::move(fields));
  }
  Tree warnings = Tree::list();
  for (const query::Warning& warning : (*state)->warnings) {
    Tree tree = Tree::map({{"code", warning.code}, {"message", warning.message}});
    if (warning.span) {
      tree.append("startCharOffset", static_cast<std::int64_t>(warning.span->begin));
      tree.append("endCharOffset", static_cast<std::int64_t>(warning.span->end));
    }
    warnings.push(std::move(tree));
  }
  if (!(*state)->problem.empty()) {
    warnings.push(Tree::map({{"code", "query_failed"}, {"message", (*state)->problem}}));
  }
  Tree output = Tree::map({{"queryLanguage", name_of((*state)->request.language)},
                           {"results", std::move(results)},
                           {"statistics", statistics_tree(**state)},
                           {"status", weir::logs::name_of((*state)->status)}});
  if (!warnings.items().empty()) {
    output.append("warnings", std::move(warnings));
  }
  if (end < rows.size()) {
    output.append("nextToken", std::to_string(end));
  }
  return output;
}

Outcome stop_query(const LogsRooms& rooms, const Call& call, const Tree& input) {
  const auto state = find_query(rooms, call, input);
  if (!state) {
    return tl::unexpected<ApiError>(state.error());
  }
  if (!rooms.queries->stop((*state)->id)) {
    return invalid_parameter("Cannot stop a query that has ended");
  }
  return Tree::map({{"success", true}});
}

Outcome describe_queries(const LogsRooms& rooms, const Call& call, const Tree& input) {
  const std::int64_t limit = input.has("maxResults") ? input["maxResults"].integer() : 1000;
  Tree list = Tree::list();
  for (const auto& state : rooms.queries->list(scope_of(call))) {
    const auto& names = state->request.group_names;
    const bool has_group =
        !input.has("logGroupName") ||
        std::find(names.begin(), names.end(), input["logGroupName"].text()) != names.end();
    const bool has_status =
        !input.has("status") || input["status"].text() == weir::logs::name_of(state->status);
    if (!has_group || !has_status || static_cast<std::int64_t>(list.items().size()) >= limit) {
      continue;
    }
    const TimeMs end_ms = state->ended_ms == 0 ? call.now_ms : state->ended_ms;
    list.push(Tree::map(
        {{"queryLanguage", name_of(state->request.language)},
         {"queryId", state->id},
         {"queryString", state->request.text},
         {"status", weir::logs::name_of(state->status)},
         {"createTime", state->created_ms},
         {"logGroupName", names.front()},
         {"queryDuration", end_ms - state->created_ms},
         {"bytesScanned", static_cast<double>(state->statistics.completeness.bytes_read)}}));
  }
  return Tree::map({{"queries", std::move(list)}});
}

constexpr std::string_view kDefinition = "query-definition";

Outcome put_definition(const LogsRooms& rooms, const Call& call, const Tree& input) {
  weir::logs::Document document;
  document.id =
      input.has("queryDefinitionId") ? input["queryDefinitionId"].text() : notify::make_uuid();
  document.modified_ms = call.now_ms;
  document.body = Tree::map(
      {{"queryLanguage", input.has("queryLanguage") ? input["queryLanguage"] : Tree("CWLI")},
       {"name", input["name"]},
       {"queryString", input["queryString"]},
       {"logGroupNames", Tree::list_of(input["logGroupNames"].texts())}});
  if (auto done = rooms.groups->put_document(kDefinition, scope_of(call), document); !done) {
    return as_failure(done.error());
  }
  return Tree::map({{"queryDefinitionId", document.id}});
}

Outcome describe_definitions(const LogsRooms& rooms, const Call& call, const Tree& input) {
  const auto documents = rooms.groups->list_documents(kDefinition, scope_of(call));
  if (!documents) {
    return as_failure(documents.error());
  }
  Tree list = Tree::list();
  for (const weir::logs::Document& document : *documents) {
    if (document.body["name"].text().starts_with(input["queryDefinitionNamePrefix"].text())) {
      Tree definition = document.body;
      definition.set("queryDefinitionId", document.id);
      definition.set("lastModified", document.modified_ms);
      list.push(std::move(definition));
    }
  }
  return Tree::map({{"queryDefinitions", std::move(list)}});
}

Outcome delete_definition(const LogsRooms& rooms, const Call& call, const Tree& input) {
  const auto was_there =
      rooms.groups->remove_document(kDefinition, scope_of(call), input["queryDefinitionId"].text());
  if (!was_there) {
    return as_failure(was_there.error());
  }
  if (!*was_there) {
    return refuse("ResourceNotFoundException", "The query definition does not exist");
  }
  return Tree::map({{"success", true}});
}

}  // namespace

void add_query_operations(Service& service, const LogsRooms& rooms) {
  using Step = Outcome (*)(const LogsRooms&, const Call&, const Tree&);
  const auto add = [&](const char* name, Step step) {
    service.operations[name] = [rooms, step](const Call& call, const Tree& input) {
      return step(rooms, call, input);
    };
  };
  add("StartQuery", start_query);
  add("GetQueryResults", get_query_results);
  add("StopQuery", stop_query);
  add("DescribeQueries", describe_queries);
  add("PutQueryDefinition", put_definition);
  add("DescribeQueryDefinitions", describe_definitions);
  add("DeleteQueryDefinition", delete_definition);
}

}  // namespace weir::api::logs

#include <algorithm>

#include "app/console_rooms.h"
#include "console/answer_tree.h"
#include "console/flow_extent.h"
#include "console/time_range.h"
#include "intake/flow_table_spec.h"
#include "intake/stored_flows.h"

namespace weir::app {
namespace {

using api::json_answer;
using api::Route;
using api::RouteCall;
using console::number_tree;
using console::text_or_null;
using console::time_tree;
using format::Tree;

Tree count_of(std::uint64_t value) { return number_tree(static_cast<std::int64_t>(value)); }

Tree server_tree(const http::ServerCounters& server) {
  return Tree::map({{"connections", count_of(server.open_connections)},
                    {"connectionsTotal", count_of(server.connections)},
                    {"requests", count_of(server.requests)},
                    {"streams", count_of(server.open_streams)},
                    {"streamsTotal", count_of(server.streams)},
                    {"streamsCut", count_of(server.streams_cut)},
                    {"refused", count_of(server.refused_overload)},
                    {"malformed", count_of(server.refused_malformed)},
                    {"tooLarge", count_of(server.refused_large)},
                    {"timedOut", count_of(server.timed_out)},
                    {"failed", count_of(server.responses_5xx)}});
}

}  // namespace

Result<Tree> ConsoleRooms::intake_tree() const {
  const auto state = sources_.store->state();
  WEIR_ASSIGN_OR_RETURN(const console::FlowExtent extent, query_room_.flows.extent());
  intake::StoredFlows flows(nullptr, state);
  WEIR_ASSIGN_OR_RETURN(const column::Completeness taken, flows.taken_in());
  Tree reasons = Tree::map();
  for (const auto& [reason, count] : taken.rejected_by_reason) {
    reasons.set(reason, count_of(count));
  }
  Tree notes = Tree::list_of(taken.notes);
  const TimeMs now_ms = sources_.clock->now_ms();
  return Tree::map(
      {{"records", count_of(extent.num_records)},
       {"recordsSinceStart", count_of(sources_.intake->num_records())},
       {"files", count_of(state->num_sources())},
       {"rejected", count_of(taken.rejected)},
       {"rejectedByReason", std::move(reasons)},
       {"notes", std::move(notes)},
       {"oldestMs", time_tree(extent.oldest_ms)},
       {"newestMs", time_tree(extent.newest_ms)},
       {"lagMs", extent.newest_ms ? Tree(std::max<TimeMs>(now_ms - *extent.newest_ms, 0)) : Tree()},
       {"paths", Tree::list_of(sources_.configuration->ingest_paths)},
       {"problem", text_or_null(sources_.intake->problem())}});
}

Result<Tree> ConsoleRooms::store_tree() const {
  Tree tables = Tree::list();
  std::uint64_t bytes = 0;
  std::uint64_t records = 0;
  for (const auto& table : sources_.store->state()->tables()) {
    std::optional<TimeMs> oldest;
    std::optional<TimeMs> newest;
    for (const auto& segment : table->segments) {
      if (segment->min_time && segment->max_time) {
        oldest = std::min(oldest.value_or(*segment->min_time), *segment->min_time);
        newest = std::max(newest.value_or(*segment->max_time), *segment->max_time);
      }
    }
    Tree days;
    if (table->retention && table->retention->max_age_ms) {
      days = static_cast<double>(*table->retention->max_age_ms) / 86'400'000;
    }
    Tree most_bytes;
    if (table->retention && table->retention->max_bytes) {
      most_bytes = count_of(*table->retention->max_bytes);
    }
    WEIR_ASSIGN_OR_RETURN(const auto group, group_of_table(table->spec->name));
    tables.push(Tree::map({{"name", table->spec->name},
                           {"bytes", count_of(table->file_bytes)},
                           {"records", count_of(table->num_rows)},
                           {"segments", count_of(table->segments.size())},
                           {"oldestMs", time_tree(oldest)},
                           {"newestMs", time_tree(newest)},
                           {"retentionDays", std::move(days)},
                           {"retentionBytes", std::move(most_bytes)},
                           {"logGroup", group ? Tree(group->name) : Tree()}}));
    bytes += table->file_bytes;
    records += table->num_rows;
  }
  const auto free = sources_.files->free_bytes(sources_.configuration->data);
  return Tree::map({{"bytes", count_of(bytes)},
                    {"records", count_of(records)},
                    {"freeBytes", free ? count_of(*free) : Tree()},
                    {"reserveBytes", count_of(store::StoreOptions().reserve_bytes)},
                    {"tables", std::move(tables)}});
}

Result<Tree> ConsoleRooms::system_tree() const {
  WEIR_ASSIGN_OR_RETURN(Tree intake, intake_tree());
  WEIR_ASSIGN_OR_RETURN(Tree store, store_tree());
  Tree tiers = Tree::list();
  for (const metric::Tier& tier : metric::kDefaultTiers) {
    tiers.push(Tree::map({{"stepS", static_cast<std::int64_t>(tier.step_s)},
                          {"retentionDays", static_cast<double>(tier.retention_s) / 86'400}}));
  }
  const metric::MetricUsage usage = sources_.metrics->usage();
  return Tree::map(
      {{"version", WEIR_VERSION},
       {"startedMs", started_ms_},
       {"nowMs", sources_.clock->now_ms()},
       {"dataDirectory", sources_.configuration->data},
       {"account", sources_.configuration->account},
       {"region", sources_.configuration->region},
       {"intake", std::move(intake)},
       {"store", std::move(store)},
       {"metrics", Tree::map({{"series", count_of(usage.num_series)},
                              {"samples", count_of(usage.head_samples + usage.part_samples)},
                              {"bytes", count_of(usage.part_bytes + usage.log_bytes)},
                              {"refusedSeries", count_of(usage.refused_series)},
                              {"tiers", std::move(tiers)}})},
       {"server", server_tree(sources_.server())}});
}

void ConsoleRooms::add_system(api::NativeApi& native) {
  Route route{"GET", "/api/v1/system", "How the server is: intake, storage, connections."};
  route.answers =
      "version, startedMs, nowMs, dataDirectory, account, region, intake, store, metrics, server";
  route.run = [this](const RouteCall& /*call*/) -> Result<http::Response> {
    WEIR_ASSIGN_OR_RETURN(const Tree tree, system_tree());
    return json_answer(tree);
  };
  native.add(std::move(route));
}

void ConsoleRooms::add_limits(api::NativeApi& native) {
  Route route{"GET", "/api/v1/limits", "What this server takes, and what it refuses."};
  route.answers = "limits";
  route.run = [this](const RouteCall& /*call*/) -> Result<http::Response> {
    const http::ServerOptions server;
    const auto count = [](std::size_t value) { return count_of(value); };
    return json_answer(Tree::map(
        {{"limits", Tree::map({{"bodyBytes", count(server.max_body_bytes)},
                               {"inflatedBodyBytes", count(gateway_.options().max_inflated_bytes)},
                               {"headerBytes", count(server.max_header_bytes)},
                               {"headers", count(server.max_headers)},
                               {"waitingRequests", count(server.max_queued)},
                               {"streams", count(server.max_streams)},
                               {"queriesRunning", count(query_room_.max_running)},
                               {"queryMemoryBytes", count(query_room_.flows.memory_bytes)},
                               {"queryRows", 1'000'000},
                               {"explorePoints", 2'000},
                               {"exploreTop", 50},
                               {"flowsPage", 1'000},
                               {"headerMs", server.header_ms},
                               {"idleMs", server.idle_ms},
                               {"writeMs", server.write_ms}})}}));
  };
  native.add(std::move(route));
}

}  // namespace weir::app

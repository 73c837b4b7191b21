#include "app/live_check.h"

#include <algorithm>

#include "dashboard/dashboard_store.h"
#include "intake/flow_table_spec.h"
#include "intake/stored_flows.h"
#include "logs/event_store.h"
#include "logs/group_book.h"
#include "notify/topic_store.h"

namespace weir::app {
namespace {

// The scopes that any kind of thing is kept in.
std::vector<std::string> scopes_of(const LiveRooms& rooms, const std::vector<logs::Group>& groups) {
  std::vector<std::string> scopes{rooms.account + "/" + rooms.region};
  const auto add = [&](const std::string& scope) {
    if (std::find(scopes.begin(), scopes.end(), scope) == scopes.end()) {
      scopes.push_back(scope);
    }
  };
  for (const logs::Group& group : groups) {
    add(group.scope);
  }
  for (const alarm::Alarm& alarm : rooms.alarms->list("")) {
    add(alarm.scope);
  }
  return scopes;
}

}  // namespace

Result<std::shared_ptr<column::Table>> flow_table(store::Store& store) {
  std::shared_ptr<const store::TableSnapshot> snapshot;
  if (store.state()->table(intake::kFlowsTable) != nullptr) {
    WEIR_ASSIGN_OR_RETURN(snapshot, store.snapshot(intake::kFlowsTable));
  }
  return std::make_shared<intake::StoredFlows>(std::move(snapshot), store.state());
}

Result<std::vector<doctor::Finding>> examine(const LiveRooms& rooms) {
  WEIR_ASSIGN_OR_RETURN(auto dashboards,
                        dashboard::DashboardStore::open(*rooms.database, rooms.account));
  WEIR_ASSIGN_OR_RETURN(auto book, logs::GroupBook::open(*rooms.database));
  const logs::EventStore events(*rooms.store, *rooms.clock);
  WEIR_ASSIGN_OR_RETURN(const auto groups, book.list_groups(""));

  doctor::LiveSources sources;
  sources.account = rooms.account;
  sources.region = rooms.region;
  sources.alarms = rooms.alarms->list("");
  sources.metrics = rooms.metrics;
  sources.requests = rooms.requests;
  sources.now_ms = rooms.clock->now_ms();
  WEIR_ASSIGN_OR_RETURN(const auto bodies, dashboards.list(rooms.account));
  for (const auto& dashboard : bodies) {
    sources.dashboards.push_back({dashboard.name, dashboard.body});
  }
  WEIR_ASSIGN_OR_RETURN(sources.topics, notify::topic_arns(*rooms.database));
  std::vector<std::string> flow_groups;  // of flow logs, whatever their names
  for (const std::string& scope : scopes_of(rooms, groups)) {
    WEIR_ASSIGN_OR_RETURN(const auto flow_logs, book.list_documents("flow-log", scope));
    for (const logs::Document& document : flow_logs) {
      sources.flow_logs.push_back({document.id, document.body["LogFormat"].text()});
      flow_groups.push_back(document.body["LogGroupName"].text());
    }
    WEIR_ASSIGN_OR_RETURN(const auto definitions, book.list_documents("query-definition", scope));
    for (const logs::Document& document : definitions) {
      if (document.body["queryLanguage"].text() == "CWLI" &&
          !document.body["logGroupNames"].items().empty()) {
        sources.queries.push_back({document.body["name"].text(), scope,
                                   document.body["queryString"].text(),
                                   document.body["logGroupNames"].texts()});
      }
    }
  }
  sources.table_of = [&](const std::string& scope,
                         const std::vector<std::string>& names) -> std::shared_ptr<column::Table> {
    std::shared_ptr<column::Table> table;
    for (const std::string& name : names) {
      const bool is_flows =
          name.starts_with(rooms.flow_log_prefix) ||
          std::find(flow_groups.begin(), flow_groups.end(), name) != flow_groups.end();
      const auto group = book.find_group(scope, name);
      if (!is_flows && (!group || !*group)) {
        return nullptr;
      }
      auto found = is_flows ? flow_table(*rooms.store) : events.table(**group);
      // Flow logs have the most columns: of several groups a query may use them all.
      if (found && (table == nullptr || is_flows)) {
        table = std::move(*found);
      }
    }
    return table;
  };
  return doctor::check_live(sources);
}

}  // namespace weir::app

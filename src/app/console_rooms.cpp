#include "app/console_rooms.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "api/logs/lookup_tables.h"
#include "api/logs/query_sources.h"
#include "console/alarm_routes.h"
#include "console/dashboard_data.h"
#include "console/dashboard_routes.h"
#include "console/delivery_routes.h"
#include "console/flow_extent.h"
#include "console/flow_routes.h"
#include "console/map.h"
#include "console/metric_routes.h"
#include "console/overview.h"
#include "console/saved_routes.h"
#include "console/session_routes.h"

namespace weir::app {
namespace {

using api::json_answer;
using api::Route;
using api::RouteCall;
using format::Tree;

// The names that an operation's input gives to what it changes.
std::string subject_of(const Tree& input) {
  constexpr std::string_view kNames[] = {"AlarmName",         "AlarmNames",     "DashboardName",
                                         "DashboardNames",    "Name",           "name",
                                         "AlarmMuteRuleName", "TopicArn",       "logGroupName",
                                         "ResourceARN",       "SubscriptionArn"};
  for (const std::string_view name : kNames) {
    const Tree& value = input[name];
    if (value.is_text()) {
      return value.text();
    }
    if (value.is_list()) {
      return fmt::format("{}", fmt::join(value.texts(), ", "));
    }
  }
  return "";
}

}  // namespace

ConsoleRooms::ConsoleRooms(api::Gateway& gateway, ConsoleSources sources, api::AuditLog audit,
                           console::SavedBook saved, console::ApplicationFiles files)
    : sources_(std::move(sources)),
      gateway_(gateway),
      audit_(audit),
      saved_(saved),
      application_(std::move(files)),
      aws_(gateway),
      started_ms_(sources_.clock->now_ms()) {}

Result<std::unique_ptr<ConsoleRooms>> ConsoleRooms::open(api::Gateway& gateway,
                                                         const ConsoleSources& sources) {
  WEIR_ASSIGN_OR_RETURN(api::AuditLog audit, api::AuditLog::open(*sources.database));
  WEIR_ASSIGN_OR_RETURN(console::SavedBook saved, console::SavedBook::open(*sources.database));
  WEIR_ASSIGN_OR_RETURN(console::ApplicationFiles files,
                        console::ApplicationFiles::read(console::embedded_application()));
  std::unique_ptr<ConsoleRooms> rooms(
      new ConsoleRooms(gateway, sources, audit, saved, std::move(files)));
  WEIR_ASSIGN_OR_RETURN(rooms->sign_in_,
                        api::SignIn::open(*sources.database, *sources.keys, *sources.clock));
  gateway.set_sign_in(rooms->sign_in_.get());
  gateway.set_pages([self = rooms.get()](const http::Request& request) {
    return self->application_.find(request);
  });

  const ConsoleSources& own = rooms->sources_;
  console::FlowRoom& flows = rooms->query_room_.flows;
  flows.flows = own.logs.flows;
  flows.extent = [&own] { return console::flow_extent(*own.store); };
  flows.enrichment = own.enrichment;
  flows.inventory = own.inventory;
  flows.clock = own.clock;
  flows.num_threads = std::clamp(std::thread::hardware_concurrency(), 1U, 8U);
  flows.data_directory = own.configuration->data;
  rooms->query_room_.groups =
      [self = rooms.get()](
          const std::vector<std::string>& names,
          const std::vector<std::string>& prefixes) -> Result<std::shared_ptr<column::Table>> {
    api::Call call;
    call.account = self->gateway_.options().account;
    call.region = self->gateway_.options().region;
    std::vector<std::string> all = names;
    if (!prefixes.empty()) {
      WEIR_ASSIGN_OR_RETURN(const auto groups,
                            self->sources_.logs.groups->list_groups(api::logs::scope_of(call)));
      for (const logs::Group& group : groups) {
        if (std::any_of(prefixes.begin(), prefixes.end(), [&](const std::string& prefix) {
              return group.name.starts_with(prefix);
            })) {
          all.push_back(group.name);
        }
      }
    }
    return api::logs::source_table(self->sources_.logs, call, all);
  };
  rooms->query_room_.lookup = [self = rooms.get()](std::string_view name) {
    return api::logs::find_lookup_table(
        self->sources_.logs,
        self->gateway_.options().account + "/" + self->gateway_.options().region, name);
  };
  rooms->add_routes(gateway.native());
  return rooms;
}

void ConsoleRooms::add_routes(api::NativeApi& native) {
  console::add_query_route(native, query_room_);
  console::add_flow_routes(native, query_room_.flows, *sources_.store);
  add_overview(native);
  add_map(native);
  console::add_metric_routes(native, aws_, *sources_.metrics, *sources_.clock);
  console::add_alarm_routes(native, aws_, *sources_.alarms, *sources_.clock);
  console::add_dashboard_routes(native, aws_, *sources_.dashboards);
  console::add_delivery_routes(native, *sources_.deliveries);
  console::add_dashboard_data_route(native, aws_, *sources_.dashboards, *sources_.clock);
  console::add_saved_routes(native, saved_, *sources_.clock);
  console::add_session_routes(native, {.sign_in = sign_in_.get(),
                                       .audit = &audit_,
                                       .clock = sources_.clock,
                                       .requires_keys = gateway_.options().requires_keys});
  add_system(native);
  add_retention(native);
  add_limits(native);
}

void ConsoleRooms::add_overview(api::NativeApi& native) {
  Route route{"GET", "/api/v1/overview", "What goes on: sums by step, the greatest, alarms."};
  route.arguments = {"since", "until", "points"};
  route.answers =
      "timesMs, stepMs, bytes, packets, flows, rejects, previous, totals, previousTotals, "
      "topPairs, topPorts, rejectedSources, alarms, coverage, answeredFrom, emptyBecause";
  route.run = [this](const RouteCall& call) -> Result<http::Response> {
    WEIR_ASSIGN_OR_RETURN(const console::TimeSpan span,
                          console::read_span(call, sources_.clock->now_ms()));
    WEIR_ASSIGN_OR_RETURN(const auto points, console::read_number(call, "points", 60, 1, 1'000));
    WEIR_ASSIGN_OR_RETURN(Tree tree, console::overview(query_room_.flows, span, points));
    std::int64_t num_ok = 0;
    std::int64_t num_alarm = 0;
    std::int64_t num_insufficient = 0;
    for (const alarm::Alarm& alarm : sources_.alarms->list("")) {
      if (!alarm.scope.starts_with(aws_.account() + "/")) {
        continue;
      }
      ++(alarm.state.value == alarm::StateValue::kOk      ? num_ok
         : alarm.state.value == alarm::StateValue::kAlarm ? num_alarm
                                                          : num_insufficient);
    }
    tree.set("alarms",
             Tree::map({{"ok", num_ok}, {"alarm", num_alarm}, {"insufficient", num_insufficient}}));
    return json_answer(tree);
  };
  native.add(std::move(route));
}

void ConsoleRooms::add_map(api::NativeApi& native) {
  Route route{"GET", "/api/v1/map", "Who talks to whom, as nodes and edges."};
  route.arguments = {"since", "until", "within", "limit"};
  route.answers = "grouping, isGuessed, nodes, edges, omitted, isPartial, emptyBecause";
  route.run = [this](const RouteCall& call) -> Result<http::Response> {
    console::MapRequest request;
    WEIR_ASSIGN_OR_RETURN(request.span, console::read_span(call, sources_.clock->now_ms()));
    WEIR_ASSIGN_OR_RETURN(const auto limit, console::read_number(call, "limit", 60, 1, 1'000));
    request.limit = static_cast<std::size_t>(limit);
    request.within = call.argument("within").value_or("");
    WEIR_ASSIGN_OR_RETURN(const Tree tree, console::flow_map(query_room_.flows, request));
    return json_answer(tree);
  };
  native.add(std::move(route));
}

void ConsoleRooms::note(const std::string& operation, const api::Call& call, const Tree& input) {
  const std::size_t dot = operation.find('.');
  for (const auto& service : gateway_.services()) {
    if (service->name != std::string_view(operation).substr(0, dot)) {
      continue;
    }
    const api::OperationShape* shape = service->shapes.find(operation.substr(dot + 1));
    if (shape != nullptr && shape->scope == api::KeyScope::kAdmin && !shape->is_open) {
      // Callers of routes have names, those of AWS's APIs ids of keys, which loopback does not
      // check.
      const bool is_named = call.key_id.empty() || call.key_id.find(' ') != std::string::npos ||
                            !gateway_.options().requires_keys;
      (void)audit_.note({0, call.now_ms, is_named ? call.key_id : "key " + call.key_id, operation,
                         subject_of(input), call.peer});
    }
  }
}

Result<std::optional<std::string>> ConsoleRooms::first_path() {
  if (!gateway_.options().requires_keys) {
    return std::optional<std::string>();
  }
  WEIR_ASSIGN_OR_RETURN(const auto users, sign_in_->users());
  if (!users.empty()) {
    return std::optional<std::string>();
  }
  // Behind '#': it reaches no log of any server or proxy.
  return std::optional("/sign-in#first=" + sign_in_->make_first_token());
}

}  // namespace weir::app

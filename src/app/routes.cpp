#include "app/routes.h"

#include <fmt/format.h>

#include "base/number.h"
#include "base/time_text.h"

namespace weir::app {
namespace {

using api::json_answer;
using api::KeyScope;
using api::Route;
using api::RouteCall;
using format::Tree;

constexpr std::int64_t kMaxPage = 1000;

http::Response report_answer(const RouteCall& call, std::string text) {
  return call.accepts("text/plain")
             ? api::text_answer(std::move(text))
             : http::Response{200, {{"Content-Type", "application/json"}}, std::move(text)};
}

ReportForm form_of(const RouteCall& call) {
  return call.accepts("text/plain") ? ReportForm::kText : ReportForm::kJson;
}

void add_alarm_routes(api::NativeApi& native, const AlarmReports& alarms) {
  Route list{"GET", "/api/v1/alarms", "Alarms of all regions, by region and name."};
  list.arguments = {"region", "state", "cursor", "limit"};
  list.run = [&alarms](const RouteCall& call) -> Result<http::Response> {
    const auto limit = parse_int64(call.argument("limit").value_or("100"));
    if (!limit || *limit < 1 || *limit > kMaxPage) {
      return fail(ErrorCode::kUsage, fmt::format("limit is a number from 1 to {}", kMaxPage));
    }
    AlarmReports::ListQuery query;
    query.region = call.argument("region").value_or("");
    query.state = call.argument("state").value_or("");
    query.cursor = call.argument("cursor").value_or("");
    query.limit = static_cast<std::size_t>(*limit);
    WEIR_ASSIGN_OR_RETURN(const Tree page, alarms.list(query));
    return json_answer(page);
  };
  native.add(std::move(list));

  Route explain{"GET", "/api/v1/alarms/{name}/explain",
                "Why an alarm is in its state: series that match, that nearly do, gaps."};
  explain.arguments = {"region"};
  explain.run = [&alarms](const RouteCall& call) -> Result<http::Response> {
    WEIR_ASSIGN_OR_RETURN(std::string text, alarms.explain(call.argument("region").value_or(""),
                                                           call.parameters.front(), form_of(call)));
    return report_answer(call, std::move(text));
  };
  native.add(std::move(explain));

  Route replay{"GET", "/api/v1/alarms/{name}/replay",
               "What an alarm would have done on the data that is stored."};
  replay.arguments = {"region", "since"};
  replay.run = [&alarms](const RouteCall& call) -> Result<http::Response> {
    WEIR_ASSIGN_OR_RETURN(
        std::string text,
        alarms.replay(call.argument("region").value_or(""), call.parameters.front(),
                      call.argument("since").value_or("30d"), form_of(call)));
    return report_answer(call, std::move(text));
  };
  native.add(std::move(replay));
}

// Where nobody signs in, anybody on this machine is admin: keys that last are not theirs to make.
Result<void> check_key_caller(const RouteCall& call) {
  if (call.caller.is_verified || call.request.is_local) {
    return {};
  }
  return fail(ErrorCode::kUnauthorized,
              "access keys are made by the server's socket in its data directory, or by who is "
              "signed in: use weir key there");
}

Result<void> note_key(const RouteRooms& rooms, const RouteCall& call, std::string_view action,
                      const std::string& id) {
  return rooms.audit == nullptr ? Result<void>()
                                : rooms.audit->note({0, rooms.clock->now_ms(), call.caller.name,
                                                     std::string(action), id, call.request.peer});
}

void add_key_routes(api::NativeApi& native, const RouteRooms& rooms) {
  api::AccessKeys& keys = *rooms.keys;
  const Clock& clock = *rooms.clock;
  Route list{"GET", "/api/v1/keys", "Access keys, without their secrets."};
  list.scope = KeyScope::kAdmin;
  list.answers = "keys: id, scope, created, account";
  list.run = [&keys](const RouteCall& call) -> Result<http::Response> {
    WEIR_RETURN_IF_ERROR(check_key_caller(call));
    WEIR_ASSIGN_OR_RETURN(const auto known, keys.list());
    Tree rows = Tree::list();
    for (const api::AccessKey& key : known) {
      rows.push(Tree::map({{"id", key.id},
                           {"scope", api::name_of(key.scope)},
                           {"created", to_time_text(key.created_ms)},
                           {"account", key.account}}));
    }
    return json_answer(Tree::map({{"keys", std::move(rows)}}));
  };
  native.add(std::move(list));

  Route create{"POST", "/api/v1/keys", "Makes an access key; its secret is told this once."};
  create.arguments = {"scope", "account"};
  create.scope = KeyScope::kAdmin;
  create.answers = "id, secret, scope";
  create.run = [rooms, &keys, &clock](const RouteCall& call) -> Result<http::Response> {
    WEIR_RETURN_IF_ERROR(check_key_caller(call));
    const auto scope = api::parse_key_scope(call.argument("scope").value_or("read"));
    if (!scope) {
      return fail(
          ErrorCode::kUsage,
          "scope is ingest, read, operate, respond or admin, or several with commas between");
    }
    WEIR_ASSIGN_OR_RETURN(
        const api::AccessKey key,
        keys.create(*scope, call.argument("account").value_or(""), clock.now_ms()));
    WEIR_RETURN_IF_ERROR(note_key(rooms, call, "create key", key.id));
    return json_answer(
        Tree::map({{"id", key.id}, {"secret", key.secret}, {"scope", api::name_of(key.scope)}}));
  };
  native.add(std::move(create));

  Route remove{"DELETE", "/api/v1/keys/{id}", "Removes an access key, at once."};
  remove.scope = KeyScope::kAdmin;
  remove.answers = "removed";
  remove.run = [rooms, &keys](const RouteCall& call) -> Result<http::Response> {
    WEIR_RETURN_IF_ERROR(check_key_caller(call));
    WEIR_ASSIGN_OR_RETURN(const bool was_there, keys.remove(call.parameters.front()));
    if (!was_there) {
      return fail(ErrorCode::kNotFound,
                  fmt::format("there is no access key {}; weir key list shows them",
                              call.parameters.front()));
    }
    WEIR_RETURN_IF_ERROR(note_key(rooms, call, "remove key", call.parameters.front()));
    return json_answer(Tree::map({{"removed", call.parameters.front()}}));
  };
  native.add(std::move(remove));
}

void add_ingest_route(api::NativeApi& native, FlowIntake& intake) {
  Route ingest{"POST", "/api/v1/ingest",
               "Takes flow logs of this machine into the store, each object once."};
  ingest.scope = KeyScope::kIngest;
  ingest.is_local = true;  // it reads whatever files the server may read
  ingest.run = [&intake](const RouteCall& call) -> Result<http::Response> {
    WEIR_ASSIGN_OR_RETURN(const Tree body, format::read_json(call.request.body));
    WEIR_ASSIGN_OR_RETURN(const IngestRequest request, ingest_request_of(body));
    Tree objects = Tree::list();
    const auto totals = intake.take(
        request, [&](const intake::ObjectReport& object) { objects.push(to_tree(object)); });
    Tree answer = Tree::map({{"objects", std::move(objects)}});
    if (!totals) {  // what was reported lasts all the same: both are told
      answer.set("problem", totals.error().message);
      answer.set("problemStatus", api::status_of(totals.error().code));
    } else {
      answer.set("totals", to_tree(*totals));
    }
    return json_answer(answer);
  };
  native.add(std::move(ingest));
}

}  // namespace

void add_routes(api::NativeApi& native, const RouteRooms& rooms) {
  add_alarm_routes(native, *rooms.alarms);
  add_key_routes(native, rooms);
  add_ingest_route(native, *rooms.intake);
  Route examine{"GET", "/api/v1/doctor", "What can never work here, and why."};
  examine.run = [examine = rooms.examine](const RouteCall& call) -> Result<http::Response> {
    WEIR_ASSIGN_OR_RETURN(const auto findings, examine());
    return call.accepts("text/plain")
               ? api::text_answer(doctor::to_text(findings))
               : json_answer(Tree::map({{"findings", doctor::to_tree(findings)}}));
  };
  native.add(std::move(examine));
  Route description{"GET", "/api/v1/openapi.json", "This description."};
  description.run = [&native](const RouteCall& /*call*/) -> Result<http::Response> {
    return json_answer(native.description());
  };
  native.add(std::move(description));
}

}  // namespace weir::app

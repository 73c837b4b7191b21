#include "console/flow_routes.h"

#include <fmt/format.h>

#include "console/address_page.h"
#include "console/answer_tree.h"
#include "console/explore.h"
#include "console/field_list.h"
#include "console/flow_list.h"
#include "console/flow_tail.h"
#include "console/overview.h"
#include "console/time_range.h"

namespace weir::console {
namespace {

using api::json_answer;
using api::Route;
using api::RouteCall;
using format::Tree;

// An answer, or the problem that names the place in the filter.
Result<http::Response> answer_of(const RouteCall& call, const FlowRoom& room,
                                 const std::string& filter, const Result<Tree>& tree) {
  return tree ? json_answer(*tree) : filter_problem(call, room, filter, tree.error());
}

// What a field of `by` that an error names may have been meant to be.
std::vector<std::string> names_meant(const FlowRoom& room, const std::vector<std::string>& by,
                                     const Error& error) {
  const auto table = room.flows();
  for (const std::string& name : by) {
    if (table && error.message.find(fmt::format("'{}'", name)) != std::string::npos) {
      Error located = error;
      located.span = TextSpan{0, name.size()};
      return suggestions_for(name, located, **table, query::Language::kInsights);
    }
  }
  return {};
}

void add_explore(api::NativeApi& native, const FlowRoom& room) {
  Route route{"POST", "/api/v1/explore", "Sums over time, by the greatest of some fields."};
  route.members = {"filter", "by",    "metric", "top",     "orderBy",
                   "since",  "until", "points", "previous"};
  route.answers =
      "stepMs, timesMs, series, other, total, previous, report, answeredFrom, warnings, "
      "emptyBecause, query, command";
  route.run = [&room](const RouteCall& call) -> Result<http::Response> {
    WEIR_ASSIGN_OR_RETURN(const Tree body, call.body());
    WEIR_ASSIGN_OR_RETURN(const ExploreRequest request, read_explore(body, room.clock->now_ms()));
    const auto tree = explore(room, request);
    if (!tree && !tree.error().span) {
      if (const auto names = names_meant(room, request.by, tree.error()); !names.empty()) {
        return api::problem_answer(tree.error(), call.request_id,
                                   Tree::map({{"suggestions", Tree::list_of(names)}}));
      }
    }
    return answer_of(call, room, request.filter, tree);
  };
  native.add(std::move(route));
}

void add_coverage(api::NativeApi& native, const FlowRoom& room) {
  Route route{"GET", "/api/v1/coverage", "How many records begin when, and where none does."};
  route.arguments = {"since", "until", "points"};
  route.answers = "stepMs, timesMs, records, skipdata, nodata, gaps, newestMs, oldestMs";
  route.run = [&room](const RouteCall& call) -> Result<http::Response> {
    std::optional<TimeSpan> span;
    if (call.argument("since") || call.argument("until")) {
      WEIR_ASSIGN_OR_RETURN(span, read_span(call, room.clock->now_ms()));
    }
    WEIR_ASSIGN_OR_RETURN(const auto points, read_number(call, "points", 300, 1, 2'000));
    WEIR_ASSIGN_OR_RETURN(const Tree tree, coverage(room, span, points));
    return json_answer(tree);
  };
  native.add(std::move(route));
}

void add_fields(api::NativeApi& native, const FlowRoom& room) {
  Route list{"GET", "/api/v1/fields", "Fields, functions and words of queries."};
  list.answers = "fields, functions, keywords";
  list.run = [&room](const RouteCall& /*call*/) -> Result<http::Response> {
    WEIR_ASSIGN_OR_RETURN(const Tree tree, field_list(room));
    return json_answer(tree);
  };
  native.add(std::move(list));

  Route values{"GET", "/api/v1/fields/{name}/values", "Values of a field, most records first."};
  values.arguments = {"prefix", "since", "until", "limit"};
  values.answers = "values";
  values.run = [&room](const RouteCall& call) -> Result<http::Response> {
    FieldValuesRequest request;
    request.field = call.parameters.front();
    request.prefix = call.argument("prefix").value_or("");
    WEIR_ASSIGN_OR_RETURN(request.span, read_span(call, room.clock->now_ms()));
    WEIR_ASSIGN_OR_RETURN(const auto limit, read_number(call, "limit", 20, 1, 1'000));
    request.limit = static_cast<std::size_t>(limit);
    WEIR_ASSIGN_OR_RETURN(const Tree tree, field_values(room, request));
    return json_answer(tree);
  };
  native.add(std::move(values));
}

void add_flow_list(api::NativeApi& native, const FlowRoom& room, store::Store& store) {
  Route list{"GET", "/api/v1/flows", "Flow records, newest first."};
  list.arguments = {"filter", "since", "until", "limit", "cursor"};
  list.answers = "records, cursor, report, emptyBecause";
  list.run = [&room](const RouteCall& call) -> Result<http::Response> {
    FlowPageRequest request;
    request.filter = call.argument("filter").value_or("");
    request.cursor = call.argument("cursor").value_or("");
    WEIR_ASSIGN_OR_RETURN(request.span, read_span(call, room.clock->now_ms()));
    WEIR_ASSIGN_OR_RETURN(const auto limit, read_number(call, "limit", 200, 1, 1'000));
    request.limit = static_cast<std::size_t>(limit);
    return answer_of(call, room, request.filter, flow_page(room, request));
  };
  native.add(std::move(list));

  Route tail{"GET", "/api/v1/flows/tail", "Flow records while they are taken in."};
  tail.arguments = {"filter"};
  tail.media_type = "text/event-stream";
  tail.answers = "events: record, heartbeat, dropped";
  tail.run = [&room, &store](const RouteCall& call) -> Result<http::Response> {
    const std::string filter = call.argument("filter").value_or("");
    const auto opened = FlowTail::open(room, store, filter);
    if (!opened) {
      return filter_problem(call, room, filter, opened.error());
    }
    http::Response response{
        200, {{"Content-Type", "text/event-stream"}, {"Cache-Control", "no-store"}}, ""};
    response.produce = [flow_tail = *opened](http::BodyWriter& body) { flow_tail->run(body); };
    return response;
  };
  native.add(std::move(tail));
}

void add_addresses(api::NativeApi& native, const FlowRoom& room) {
  Route route{"GET", "/api/v1/addresses/{address}", "What flows say of one address."};
  route.arguments = {"since", "until"};
  route.answers =
      "address, scope, trafficClass, owner, geo, aws, asSource, asDestination, peers, ports, "
      "firstSeenMs, lastSeenMs";
  route.run = [&room](const RouteCall& call) -> Result<http::Response> {
    const auto address = parse_ip(call.parameters.front());
    if (!address) {
      return fail(ErrorCode::kUsage, fmt::format("'{}' is no IP address", call.parameters.front()));
    }
    WEIR_ASSIGN_OR_RETURN(const TimeSpan span, read_span(call, room.clock->now_ms()));
    WEIR_ASSIGN_OR_RETURN(const Tree tree, address_page(room, *address, span));
    return json_answer(tree);
  };
  native.add(std::move(route));
}

}  // namespace

http::Response filter_problem(const RouteCall& call, const FlowRoom& room,
                              const std::string& filter, const Error& error) {
  return api::problem_answer(error, call.request_id,
                             problem_members(filter, error, room, query::Language::kInsights));
}

void add_flow_routes(api::NativeApi& native, const FlowRoom& room, store::Store& store) {
  add_explore(native, room);
  add_coverage(native, room);
  add_fields(native, room);
  add_flow_list(native, room, store);
  add_addresses(native, room);
}

}  // namespace weir::console

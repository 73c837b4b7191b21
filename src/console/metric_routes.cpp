#include "console/metric_routes.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "api/cloudwatch/alarm_tree.h"
#include "console/answer_tree.h"
#include "console/metric_reasons.h"
#include "console/point_slots.h"
#include "console/time_range.h"

namespace weir::console {
namespace {

using api::json_answer;
using api::Route;
using api::RouteCall;
using format::Tree;

struct MetricRoom {
  const AwsCalls& aws;
  const metric::MetricStore& metrics;
  const Clock& clock;
};

MetricPlace place_of(const MetricRoom& room, const RouteCall& call) {
  return {room.metrics, room.aws.account(), room.aws.region(call)};
}

Tree dimensions_tree(const std::vector<metric::DimensionView>& dimensions) {
  Tree tree = Tree::map();
  for (const metric::DimensionView& dimension : dimensions) {
    tree.append(std::string(dimension.name), dimension.value);
  }
  return tree;
}

void add_lists(api::NativeApi& native, const std::shared_ptr<MetricRoom>& room) {
  Route namespaces{"GET", "/api/v1/metrics/namespaces",
                   "Namespaces, and how many metrics each has."};
  namespaces.arguments = {"region"};
  namespaces.answers = "namespaces: name, metrics";
  namespaces.run = [room](const RouteCall& call) -> Result<http::Response> {
    metric::MetricFilter filter;
    filter.scope = room->aws.scope(call);
    std::map<std::string_view, std::int64_t> counts;
    for (const metric::ListedMetric& metric : room->metrics.list(filter)) {
      ++counts[metric.name_space];
    }
    Tree list = Tree::list();
    for (const auto& [name, count] : counts) {
      list.push(Tree::map({{"name", name}, {"metrics", count}}));
    }
    return json_answer(Tree::map({{"namespaces", std::move(list)}}));
  };
  native.add(std::move(namespaces));

  Route list{"GET", "/api/v1/metrics", "Metrics, in the order in which they came."};
  list.arguments = {"namespace", "name", "dimension", "region", "cursor", "limit"};
  list.answers =
      "metrics: namespace, name, dimensions, region, newestMs; cursor; emptyBecause. dimension is "
      "NAME or NAME=VALUE and may be repeated";
  list.run = [room](const RouteCall& call) -> Result<http::Response> {
    WEIR_ASSIGN_OR_RETURN(const auto limit, read_number(call, "limit", 500, 1, 5'000));
    WEIR_ASSIGN_OR_RETURN(const auto first, read_number(call, "cursor", 0, 0, UINT32_MAX));
    metric::MetricFilter filter;
    filter.scope = room->aws.scope(call);
    filter.name_space = call.argument("namespace");
    filter.name = call.argument("name");
    for (const auto& [name, value] : call.query) {
      if (name == "dimension") {
        const std::size_t end = std::min(value.find('='), value.size());
        filter.dimensions.push_back(
            {value.substr(0, end),
             end == value.size() ? std::nullopt : std::optional(value.substr(end + 1))});
      }
    }
    const auto found = room->metrics.list(filter, static_cast<metric::MetricId>(first),
                                          static_cast<std::size_t>(limit) + 1);
    Tree rows = Tree::list();
    Tree cursor;
    for (const metric::ListedMetric& metric : found) {
      if (static_cast<std::int64_t>(rows.items().size()) == limit) {
        cursor = std::to_string(metric.id);
        break;
      }
      rows.push(
          Tree::map({{"namespace", metric.name_space},
                     {"name", metric.name},
                     {"dimensions", dimensions_tree(metric.dimensions)},
                     {"region", room->aws.region(call)},
                     {"newestMs", metric.last_ms == INT64_MIN ? Tree() : Tree(metric.last_ms)}}));
    }
    const bool is_empty = rows.items().empty() && first == 0;
    return json_answer(Tree::map(
        {{"metrics", std::move(rows)},
         {"cursor", std::move(cursor)},
         {"emptyBecause", is_empty ? list_reasons(place_of(*room, call), filter) : Tree::list()}}));
  };
  native.add(std::move(list));
}

// Why a query that was asked for gave nothing: of an expression, why the metrics that it may use
// did.
Tree reasons_of(const MetricRoom& room, const RouteCall& call, const Tree& query,
                const Tree& queries) {
  const auto of_metric = [&](const Tree& one) {
    return metric_reasons(place_of(room, call),
                          api::cloudwatch::read_data_query(one).metric_stat->metric);
  };
  if (query["MetricStat"]["Metric"].is_map()) {
    return of_metric(query);
  }
  Tree reasons = Tree::list();
  for (const Tree& other : queries.items()) {
    if (other["MetricStat"]["Metric"].is_map() && other.has("ReturnData") &&
        !other["ReturnData"].boolean()) {
      const Tree own = of_metric(other);
      for (Tree reason : own.items()) {
        reason.set("detail", other["Id"].text() + ": " + reason["detail"].text());
        reasons.push(std::move(reason));
      }
    }
  }
  return reasons;
}

// What GetMetricData's answer has of one series, over all pages.
struct MetricResult {
  std::string id;
  std::string label;
  std::vector<Point> points;
  Tree messages = Tree::list();
};

tl::expected<std::vector<MetricResult>, api::ApiError> read_results(const MetricRoom& room,
                                                                    const RouteCall& call,
                                                                    Tree input, Tree& messages) {
  std::vector<MetricResult> results;
  bool is_cut = false;  // whether the last series of the page before goes on
  while (true) {
    const auto page = room.aws.run("GetMetricData", call, input);
    if (!page) {
      return tl::unexpected<api::ApiError>(page.error());
    }
    for (const Tree& found : (*page)["MetricDataResults"].items()) {
      if (!is_cut || results.empty() || results.back().id != found["Id"].text() ||
          results.back().label != found["Label"].text()) {
        results.push_back({found["Id"].text(), found["Label"].text(), {}, Tree::list()});
      }
      MetricResult& result = results.back();
      const auto& times = found["Timestamps"].items();
      const auto& values = found["Values"].items();
      for (std::size_t i = 0; i < times.size() && i < values.size(); ++i) {
        result.points.push_back({times[i].time_ms(), values[i].number()});
      }
      for (const Tree& message : found["Messages"].items()) {
        result.messages.push(message);
      }
      is_cut = found["StatusCode"].text() == "PartialData";
    }
    messages = (*page)["Messages"].is_null() ? Tree::list() : (*page)["Messages"];
    if (!page->has("NextToken")) {
      return results;
    }
    input.set("NextToken", (*page)["NextToken"]);
  }
}

// The period of the query that a series comes of.
std::int64_t period_ms_of(const Tree& query) {
  const std::int64_t period_s = query["MetricStat"].has("Period")
                                    ? query["MetricStat"]["Period"].integer()
                                    : query["Period"].integer();
  return period_s > 0 ? period_s * 1000 : 60'000;
}

Tree result_tree(const MetricRoom& room, const RouteCall& call, const MetricResult& result,
                 const Tree& query, const Tree& queries, std::size_t points) {
  const Slots slots = slots_of(result.points, points, period_ms_of(query));
  Tree times = Tree::list();
  Tree values = Tree::list();
  Tree lows = slots.is_reduced ? Tree::list() : Tree();
  Tree highs = lows;
  for (const Slot& slot : slots.slots) {
    times.push(slot.time_ms);
    values.push(slot.mean);
    if (slots.is_reduced) {
      lows.push(slot.low);
      highs.push(slot.high);
    }
  }
  const bool is_empty = result.points.empty();
  return Tree::map(
      {{"id", result.id},
       {"label", result.label},
       {"timesMs", std::move(times)},
       {"values", std::move(values)},
       {"lows", std::move(lows)},
       {"highs", std::move(highs)},
       {"stepMs", slots.step_ms},
       {"messages", result.messages},
       {"emptyBecause", is_empty ? reasons_of(room, call, query, queries) : Tree::list()}});
}

void add_data(api::NativeApi& native, const std::shared_ptr<MetricRoom>& room) {
  Route data{"POST", "/api/v1/metrics/data",
             "Metrics and metric math as GetMetricData has them, as so many points show them."};
  data.members = {"queries", "since", "until", "points", "region"};
  data.answers =
      "results: id, label, timesMs, values, lows, highs, stepMs, messages, emptyBecause; messages";
  data.run = [room](const RouteCall& asked) -> Result<http::Response> {
    WEIR_ASSIGN_OR_RETURN(const Tree body, asked.body());
    WEIR_ASSIGN_OR_RETURN(const TimeSpan span, read_span(body, room->clock.now_ms()));
    WEIR_ASSIGN_OR_RETURN(const auto points, read_number(body, "points", 600, 1, 100'000));
    WEIR_ASSIGN_OR_RETURN(const std::string region, read_text(body, "region"));
    if (!body["queries"].is_list() || body["queries"].items().empty()) {
      return fail(ErrorCode::kUsage, "queries is a list of AWS's MetricDataQueries");
    }
    RouteCall call = asked;
    call.query = {{"region", region}};
    const Tree input = Tree::map({{"MetricDataQueries", body["queries"]},
                                  {"StartTime", static_cast<double>(span.since) / 1000},
                                  {"EndTime", static_cast<double>(span.until) / 1000},
                                  {"ScanBy", "TimestampAscending"}});
    Tree messages;
    const auto results = read_results(*room, call, input, messages);
    if (!results) {
      return problem_of(results.error(), call);
    }
    Tree list = Tree::list();
    for (const MetricResult& result : *results) {
      const auto& queries = body["queries"].items();
      const auto query = std::find_if(queries.begin(), queries.end(), [&](const Tree& one) {
        return one["Id"].text() == result.id;
      });
      list.push(result_tree(*room, call, result, query == queries.end() ? Tree() : *query,
                            body["queries"], static_cast<std::size_t>(points)));
    }
    return json_answer(
        Tree::map({{"results", std::move(list)}, {"messages", std::move(messages)}}));
  };
  native.add(std::move(data));
}

}  // namespace

void add_metric_routes(api::NativeApi& native, const AwsCalls& aws,
                       const metric::MetricStore& metrics, const Clock& clock) {
  const auto room = std::make_shared<MetricRoom>(MetricRoom{aws, metrics, clock});
  add_lists(native, room);
  add_data(native, room);
}

}  // namespace weir::console

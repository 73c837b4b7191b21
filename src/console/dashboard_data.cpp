#include "console/dashboard_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "console/dashboard_routes.h"
#include "console/time_range.h"
#include "dashboard/variables.h"
#include "dashboard/widget_queries.h"
#include "http/collected_body.h"
#include "http/form.h"

namespace weir::console {
namespace {

using api::Route;
using api::RouteCall;
using dashboard::WidgetSpan;
using format::Tree;

constexpr std::int64_t kDefaultLengthMs = 3 * 3'600'000;
// Of one widget: more than graphs draw, and no more than a server should hold at a time.
constexpr std::int64_t kMostPoints = 2'000'000;
constexpr std::int64_t kMostSeries = 500;  // that an expression gives
constexpr std::int64_t kMostRows = 10'000;
constexpr std::int64_t kMostAlarms = 1'000;

// A dashboard as its reader asked for it.
struct ShownDashboard {
  std::string name;
  TimeMs modified_ms = 0;
  Tree body;  // with its variables' values
  WidgetSpan span;
  TimeMs now_ms = 0;
};

// Asks the other routes in the name of who asked this one.
class Asker {
 public:
  Asker(const api::NativeApi& native, api::Caller caller, std::string request_id,
        const CancelToken& cancel)
      : native_(native),
        caller_(std::move(caller)),
        request_id_(std::move(request_id)),
        cancel_(cancel) {}

  [[nodiscard]] Result<std::string> text(const std::string& method, const std::string& target,
                                         const Tree& body = {}) const {
    http::Request request;
    request.method = method;
    request.target = target;
    request.headers = {{"Accept", "application/json"}};
    request.body = body.is_null() ? "" : format::write_json(body);
    http::Response answer = native_.handle(request, caller_, request_id_);
    if (answer.produce) {
      http::CollectedBody collected(cancel_);
      answer.produce(collected);
      answer.body = collected.take();
    }
    if (answer.status != 200) {
      const Tree problem = format::read_json(answer.body).value_or(Tree());
      return fail(ErrorCode::kInput, problem["detail"].text());
    }
    return std::move(answer.body);
  }
  [[nodiscard]] Result<Tree> json(const std::string& method, const std::string& target,
                                  const Tree& body = {}) const {
    WEIR_ASSIGN_OR_RETURN(const std::string answer, text(method, target, body));
    return format::read_json(answer);
  }
  [[nodiscard]] bool is_cancelled() const { return cancel_.is_cancelled(); }

 private:
  const api::NativeApi& native_;
  api::Caller caller_;
  std::string request_id_;
  const CancelToken& cancel_;
};

// "arn:aws:cloudwatch:REGION:ACCOUNT:alarm:NAME"
struct AlarmName {
  std::string name;
  std::string region;
};
std::optional<AlarmName> alarm_of_arn(const std::string& arn) {
  std::vector<std::size_t> colons;
  for (std::size_t i = 0; i < arn.size() && colons.size() < 6; ++i) {
    if (arn[i] == ':') {
      colons.push_back(i);
    }
  }
  if (colons.size() < 6) {
    return std::nullopt;
  }
  return AlarmName{arn.substr(colons[5] + 1), arn.substr(colons[2] + 1, colons[3] - colons[2] - 1)};
}

// The properties with the rows of the alarm that they name, where they have none of their own.
Result<Tree> with_alarm(const Asker& asker, const Tree& properties) {
  const auto& alarms = properties["annotations"]["alarms"].items();
  const auto alarm = alarms.empty() ? std::nullopt : alarm_of_arn(alarms.front().text());
  if (!properties["metrics"].items().empty() || !alarm) {
    return properties;
  }
  WEIR_ASSIGN_OR_RETURN(const Tree answer,
                        asker.json("GET", fmt::format("/api/v1/alarms/{}?region={}",
                                                      http::encode_percent(alarm->name),
                                                      http::encode_percent(alarm->region))));
  Tree shown = properties;
  shown.set("metrics", dashboard::alarm_rows(answer["alarm"]));
  shown.set("region", answer["region"]);
  return shown;
}

Result<void> add_series(const Asker& asker, const ShownDashboard& shown, const WidgetSpan& span,
                        const Tree& properties, Tree& out) {
  WEIR_ASSIGN_OR_RETURN(const Tree drawn, with_alarm(asker, properties));
  const bool inherits = shown.body["periodOverride"].text() == "inherit";
  const auto rows = dashboard::widget_queries(drawn, span, inherits, shown.now_ms);
  if (rows.empty()) {
    return fail(ErrorCode::kInput, "the widget names no metric");
  }
  std::vector<std::string> regions;
  for (const auto& row : rows) {
    if (std::find(regions.begin(), regions.end(), row.region) == regions.end()) {
      regions.push_back(row.region);
    }
  }
  const bool has_expression = std::any_of(
      rows.begin(), rows.end(), [](const auto& row) { return row.query.has("Expression"); });
  const std::int64_t num_series =
      static_cast<std::int64_t>(rows.size()) + (has_expression ? kMostSeries : 0);
  const std::int64_t points = std::min<std::int64_t>(kMostPoints / num_series, 100'000);
  Tree series = Tree::list();
  Tree messages = Tree::list();
  for (const std::string& region : regions) {
    Tree queries = Tree::list();
    bool shows_any = false;
    for (const auto& row : rows) {
      if (row.region == region) {
        shows_any = shows_any || row.query["ReturnData"].boolean();
        queries.push(row.query);
      }
    }
    if (!shows_any) {
      continue;
    }
    WEIR_ASSIGN_OR_RETURN(const Tree answer,
                          asker.json("POST", "/api/v1/metrics/data",
                                     Tree::map({{"queries", std::move(queries)},
                                                {"since", span.since_ms},
                                                {"until", span.until_ms},
                                                {"points", std::max<std::int64_t>(points, 1)},
                                                {"region", region}})));
    for (const Tree& result : answer["results"].items()) {
      series.push(result);
    }
    for (const Tree& message : answer["messages"].items()) {
      messages.push(message);
    }
  }
  out.append("series", std::move(series));
  out.append("messages", std::move(messages));
  return {};
}

Result<void> add_rows(const Asker& asker, const WidgetSpan& span, const Tree& properties,
                      Tree& out) {
  const std::string& language = properties["queryLanguage"].text();
  if (language == "PPL") {
    return fail(ErrorCode::kUnsupported,
                "the query is written in PPL, which Weir does not read. Logs Insights QL and SQL "
                "are");
  }
  WEIR_ASSIGN_OR_RETURN(const std::string lines,
                        asker.text("POST", "/api/v1/query",
                                   Tree::map({{"query", properties["query"]},
                                              {"language", language == "SQL" ? "sql" : "insights"},
                                              {"since", span.since_ms},
                                              {"until", span.until_ms},
                                              {"maxRows", kMostRows}})));
  Tree rows = Tree::list();
  bool has_ended = false;
  for (std::size_t begin = 0; begin < lines.size();) {
    const std::size_t end = std::min(lines.find('\n', begin), lines.size());
    WEIR_ASSIGN_OR_RETURN(const Tree line, format::read_json(lines.substr(begin, end - begin)));
    begin = end + 1;
    const std::string& type = line["type"].text();
    if (type == "problem") {
      return fail(ErrorCode::kInput, line["detail"].text());
    }
    if (type == "columns") {
      out.append("columns", line["columns"]);
    }
    for (const Tree& row : line["rows"].items()) {
      rows.push(row);
    }
    if (type == "end") {
      has_ended = true;
      out.append("isTruncated", line["isTruncated"]);
      out.append("warnings", line["warnings"]);
      out.append("emptyBecause", line["emptyBecause"]);
    }
  }
  if (!has_ended) {
    return fail(ErrorCode::kCancelled, "the query was ended before its last row");
  }
  out.append("rows", std::move(rows));
  return {};
}

// The alarms that a widget names, as they are now.
Result<void> add_alarms(const Asker& asker, const Tree& properties, Tree& out) {
  WEIR_ASSIGN_OR_RETURN(const Tree page,
                        asker.json("GET", fmt::format("/api/v1/alarms?limit={}", kMostAlarms)));
  Tree alarms = Tree::list();
  const auto states = properties["states"].texts();
  for (const std::string& arn : properties["alarms"].texts()) {
    const AlarmName wanted = alarm_of_arn(arn).value_or(AlarmName{arn, ""});
    Tree alarm = Tree::map({{"name", wanted.name}, {"region", wanted.region}, {"state", Tree()}});
    for (const Tree& listed : page["alarms"].items()) {
      if (listed["name"].text() == wanted.name &&
          (wanted.region.empty() || listed["region"].text() == wanted.region)) {
        alarm = listed;
      }
    }
    if (states.empty() || !alarm.has("state") ||
        std::find(states.begin(), states.end(), alarm["state"].text()) != states.end()) {
      alarms.push(std::move(alarm));
    }
  }
  out.append("alarms", std::move(alarms));
  return {};
}

Tree widget_tree(const Asker& asker, const ShownDashboard& shown, const Tree& widget,
                 std::size_t index) {
  const Tree& properties = widget["properties"];
  const std::string& type = widget["type"].text();
  Tree out = Tree::map({{"index", static_cast<std::int64_t>(index + 1)},
                        {"type", type},
                        {"title", properties["title"].text()}});
  const WidgetSpan span = dashboard::own_span(properties, shown.span.until_ms).value_or(shown.span);
  if (type == "metric" || type == "log") {
    out.append("sinceMs", span.since_ms);
    out.append("untilMs", span.until_ms);
  }
  Result<void> done;
  if (asker.is_cancelled()) {
    done = fail(ErrorCode::kCancelled, "cancelled");
  } else if (type == "metric") {
    done = add_series(asker, shown, span, properties, out);
  } else if (type == "log") {
    done = add_rows(asker, span, properties, out);
  } else if (type == "alarm") {
    done = add_alarms(asker, properties, out);
  } else if (type == "text") {
    out.append("markdown", properties["markdown"].text());
  } else {
    done = fail(ErrorCode::kUnsupported,
                fmt::format("widgets of the type {} have no data here", type));
  }
  if (!done) {
    out.append("problem", done.error().message);
  }
  return out;
}

Result<ShownDashboard> read_dashboard(const dashboard::DashboardStore& dashboards,
                                      std::string_view account, const Clock& clock,
                                      const RouteCall& call) {
  ShownDashboard shown;
  shown.name = call.parameters.front();
  shown.now_ms = clock.now_ms();
  WEIR_ASSIGN_OR_RETURN(const auto found, find_dashboard(dashboards, account, shown.name));
  shown.modified_ms = found.modified_ms;
  WEIR_ASSIGN_OR_RETURN(const Tree body, format::read_json(found.body));
  dashboard::VariableValues values;
  for (const auto& [name, value] : call.query) {
    if (name == "variable") {
      const std::size_t equals = value.find('=');
      if (equals == std::string::npos) {
        return fail(ErrorCode::kUsage, "variable is ID=VALUE");
      }
      values[value.substr(0, equals)] = value.substr(equals + 1);
    }
  }
  WEIR_ASSIGN_OR_RETURN(shown.body, dashboard::with_variables(body, values));
  // A range that is asked for wins over the dashboard's own.
  const auto own = dashboard::own_span(body, shown.now_ms);
  if (call.argument("since") || call.argument("until")) {
    WEIR_ASSIGN_OR_RETURN(const TimeSpan span, read_span(call, shown.now_ms));
    shown.span = {span.since, span.until};
  } else {
    shown.span = own.value_or(WidgetSpan{shown.now_ms - kDefaultLengthMs, shown.now_ms});
  }
  return shown;
}

}  // namespace

void add_dashboard_data_route(api::NativeApi& native, const AwsCalls& aws,
                              const dashboard::DashboardStore& dashboards, const Clock& clock) {
  Route data{"GET", "/api/v1/dashboards/{name}/data", "What each widget of a dashboard shows."};
  data.arguments = {"since", "until", "variable"};
  data.answers =
      "name, modifiedMs, sinceMs, untilMs, widgets: index, type, title, sinceMs, untilMs, problem; "
      "of metrics series (as /api/v1/metrics/data) and messages; of queries columns, rows, "
      "isTruncated, warnings, emptyBecause; of alarms alarms; of texts markdown. variable is "
      "ID=VALUE and may be repeated";
  data.run = [&native, &aws, &dashboards, &clock](const RouteCall& call) -> Result<http::Response> {
    WEIR_ASSIGN_OR_RETURN(ShownDashboard read,
                          read_dashboard(dashboards, aws.account(), clock, call));
    http::Response response{
        200, {{"Content-Type", "application/json"}, {"Cache-Control", "no-store"}}, ""};
    // On a thread of its own: queries take their time.
    response.produce = [&native, shown = std::move(read), caller = call.caller,
                        request_id = std::string(call.request_id)](http::BodyWriter& writer) {
      const Asker asker(native, caller, request_id, writer.gone());
      std::string head = format::write_json(Tree::map({{"name", shown.name},
                                                       {"modifiedMs", shown.modified_ms},
                                                       {"sinceMs", shown.span.since_ms},
                                                       {"untilMs", shown.span.until_ms}}));
      head.back() = ',';
      bool is_read = writer.write(head + "\"widgets\":[");
      const auto& all = shown.body["widgets"].items();
      for (std::size_t i = 0; i < all.size() && is_read; ++i) {
        is_read = writer.write((i > 0 ? ",\n" : "\n") +
                               format::write_json(widget_tree(asker, shown, all[i], i)));
      }
      writer.write("]}\n");
    };
    return response;
  };
  native.add(std::move(data));
}

}  // namespace weir::console

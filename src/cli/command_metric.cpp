#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <tuple>
#include <vector>

#include "aws/sigv4.h"
#include "base/number.h"
#include "base/time_text.h"
#include "cli/commands.h"
#include "cli/metric_query.h"
#include "cli/metric_text.h"
#include "cli/series_report.h"
#include "cli/server_link.h"
#include "cli/value_rows.h"
#include "http/form.h"

namespace weir::cli {
namespace {

using column::Type;
using column::Value;
using format::Tree;

constexpr std::int64_t kMostPoints = 100'000;  // of a series, in one answer

std::string counted(std::size_t count, std::string_view noun) {
  return fmt::format("{} {}{}", format_grouped(static_cast<std::int64_t>(count)), noun,
                     count == 1 || noun == "series" ? "" : "s");
}

Result<int> list_metrics(const ServerLink& server, const Arguments& arguments,
                         Environment& environment) {
  if (arguments.positionals().size() > 1) {
    return fail(ErrorCode::kUsage,
                "weir metric list is narrowed by --namespace, --metric and --dimension");
  }
  std::string target =
      "/api/v1/metrics?limit=5000" +
      (arguments.has("metric") ? "&name=" + http::encode_percent(arguments.value("metric")) : "");
  if (std::string query = query_of(arguments, {"namespace", "dimension", "region"});
      !query.empty()) {
    query.front() = '&';
    target += query;
  }
  RowTable table;
  table.schema = {{"namespace", Type::kString},
                  {"metric", Type::kString},
                  {"dimensions", Type::kString},
                  {"region", Type::kString},
                  {"newest", Type::kTime}};
  std::string cursor;
  do {
    WEIR_ASSIGN_OR_RETURN(
        const Tree page,
        server.get_json(target +
                        (cursor.empty() ? "" : "&cursor=" + http::encode_percent(cursor))));
    for (const Tree& metric : page["metrics"].items()) {
      std::string dimensions;
      for (const auto& [name, value] : metric["dimensions"].members()) {
        dimensions += fmt::format("{}{}={}", dimensions.empty() ? "" : ",", name, value.text());
      }
      table.rows.push_back(
          {Value::of_string(metric["namespace"].text()), Value::of_string(metric["name"].text()),
           Value::of_string(std::move(dimensions)), Value::of_string(metric["region"].text()),
           metric.has("newestMs") ? Value::of_time(metric["newestMs"].integer()) : Value::null()});
    }
    for (const Tree& reason : page["emptyBecause"].items()) {
      return fail(ErrorCode::kNotFound, reason["detail"].text());
    }
    cursor = page["cursor"].text();
  } while (!cursor.empty());
  std::sort(table.rows.begin(), table.rows.end(), [](const auto& a, const auto& b) {
    return std::tie(a[0].text, a[1].text, a[2].text) < std::tie(b[0].text, b[1].text, b[2].text);
  });
  WEIR_RETURN_IF_ERROR(
      write_table(table, arguments.value("output", "table"), arguments, environment));
  if (!arguments.has("quiet")) {
    environment.say(counted(table.rows.size(), "metric") + "\n");
  }
  return environment.write_failure();
}

// What the answer rests on, for a person.
std::string report_text(const MetricQuestion& question, const std::vector<Series>& series,
                        const Tree& answer) {
  std::size_t num_points = 0;
  SeriesGaps gaps;
  for (const Series& one : series) {
    num_points += one.values.size();
    const SeriesGaps own = find_gaps(one);
    gaps.num_gaps += own.num_gaps;
    gaps.num_periods += own.num_periods;
  }
  std::string text =
      fmt::format("{}, {} in periods of {} s, {} to {}\n", counted(series.size(), "series"),
                  counted(num_points, "point"), question.period_s,
                  to_time_text(question.span.since_ms), to_time_text(question.span.until_ms));
  if (gaps.num_gaps > 0) {
    text += fmt::format("{}: {} without a point\n", counted(gaps.num_gaps, "gap"),
                        counted(static_cast<std::size_t>(gaps.num_periods), "period"));
  }
  for (const Series& one : series) {
    if (one.values.empty()) {
      text += fmt::format("{}: no data{}{}\n", one.label, one.reasons.empty() ? "" : ": ",
                          fmt::join(one.reasons, "\n  "));
    }
  }
  if (question.is_period_too_short) {
    text += fmt::format(
        "data of that age does not come in periods of {} s: 300 s and their multiples past 15 "
        "days, 3,600 s past 63 days, 60 s past 3 hours\n",
        question.period_s);
  }
  const auto add_messages = [&](const Tree& messages) {
    for (const Tree& message : messages.items()) {
      text += message["Value"].text() + "\n";
    }
  };
  add_messages(answer["messages"]);
  for (const Tree& result : answer["results"].items()) {
    add_messages(result["messages"]);
  }
  return text;
}

// An expression has the period of what it is made of, which its answer does not say: the least
// distance of its points stands for it.
void measure_steps(const Tree& queries, std::vector<Series>& series) {
  for (Series& one : series) {
    const auto& all = queries.items();
    const bool is_metric = std::any_of(all.begin(), all.end(), [&](const Tree& query) {
      return query["Id"].text() == one.id && query.has("MetricStat");
    });
    std::int64_t least_ms = 0;
    for (std::size_t i = 1; !is_metric && i < one.times.size(); ++i) {
      const std::int64_t step_ms = one.times[i] - one.times[i - 1];
      least_ms = least_ms == 0 ? step_ms : std::min(least_ms, step_ms);
    }
    one.step_ms = std::max(one.step_ms, least_ms);
  }
}

Result<int> show_series(const ServerLink& server, const MetricQuestion& question,
                        const Arguments& arguments, Environment& environment) {
  Tree body = Tree::map({{"queries", question.queries},
                         {"since", question.span.since_ms},
                         {"until", question.span.until_ms},
                         {"points", kMostPoints}});
  if (arguments.has("region")) {
    body.append("region", arguments.value("region"));
  }
  WEIR_ASSIGN_OR_RETURN(const Tree answer, server.send_json("POST", "/api/v1/metrics/data", body));
  WEIR_ASSIGN_OR_RETURN(std::vector<Series> series, read_series(answer["results"]));
  measure_steps(question.queries, series);
  const bool is_empty = std::all_of(series.begin(), series.end(),
                                    [](const Series& one) { return one.values.empty(); });
  const auto unknown =
      std::find_if(series.begin(), series.end(), [](const Series& one) { return !one.is_known; });
  if (is_empty && unknown != series.end()) {
    return fail(ErrorCode::kNotFound, unknown->reasons.front());
  }
  const std::string_view format = arguments.value("output", "table");
  WEIR_RETURN_IF_ERROR(write_table(arguments.has("long") ? long_table(series) : wide_table(series),
                                   format, arguments, environment));
  if (!arguments.has("quiet")) {
    environment.say(series.empty() ? std::string("no series matches\n")
                                   : report_text(question, series, answer));
  }
  WEIR_RETURN_IF_ERROR(
      write_report(series_report(question, series, answer), arguments, environment));
  return environment.write_failure();
}

Result<int> put_metric(const ServerLink& server, const Arguments& arguments,
                       Environment& environment) {
  const auto& words = arguments.positionals();
  if (words.size() < 4) {
    return fail(ErrorCode::kUsage,
                "weir metric put takes a namespace, a metric's name and one value or more");
  }
  Tree datum = Tree::map({{"MetricName", words[2]}});
  Tree values = Tree::list();
  for (std::size_t i = 3; i < words.size(); ++i) {
    const auto value = parse_double(words[i]);
    if (!value) {
      return fail(ErrorCode::kUsage, fmt::format("'{}' is no number", words[i]));
    }
    values.push(*value);
  }
  datum.append("Values", std::move(values));
  Tree dimensions = Tree::list();
  for (const std::string& text : arguments.values("dimension")) {
    WEIR_ASSIGN_OR_RETURN(const DimensionText dimension, parse_dimension_text(text));
    dimensions.push(Tree::map({{"Name", dimension.first}, {"Value", dimension.second}}));
  }
  datum.append("Dimensions", std::move(dimensions));
  if (arguments.has("unit")) {
    datum.append("Unit", arguments.value("unit"));
  }
  if (arguments.has("time")) {
    auto time = parse_time(arguments.value("time"), environment.clock().now_ms());
    if (!time) {
      return fail(ErrorCode::kUsage, "--time: " + time.error().message);
    }
    datum.append("Timestamp", static_cast<double>(*time) / 1000);
  }
  Tree data = Tree::list();
  data.push(std::move(datum));
  const Tree input = Tree::map({{"Namespace", words[1]}, {"MetricData", std::move(data)}});
  http::Request call;
  call.method = "POST";
  call.target = "/";
  call.body = format::write_json(input);
  call.headers = {{"Host", "localhost"},
                  {"Content-Type", "application/x-amz-json-1.0"},
                  {"X-Amz-Target", "GraniteServiceVersion20100801.PutMetricData"}};
  if (arguments.has("region")) {
    // The region of a call is that of its signature, which this way in checks nothing else of.
    aws::sign(call, {"weir", "weir", ""}, arguments.value("region"), "monitoring",
              environment.clock().now_ms());
  }
  call.headers.erase(call.headers.begin());  // whoever sends it names the host
  WEIR_RETURN_IF_ERROR(server.send_text("POST", "/", call.body, call.headers));
  return kExitDone;
}

Result<int> metric_command(const Arguments& arguments, Environment& environment) {
  const auto& words = arguments.positionals();
  const std::string_view what = words.empty() ? std::string_view("list") : words[0];
  const TimeMs now_ms = environment.clock().now_ms();
  // What is asked is understood before anything is opened.
  MetricQuestion question;
  if (what == "get") {
    WEIR_ASSIGN_OR_RETURN(question, question_of_metric(arguments, now_ms));
  } else if (what == "query") {
    WEIR_ASSIGN_OR_RETURN(question, question_of_expressions(arguments, now_ms));
  } else if (what != "list" && what != "put") {
    return fail(ErrorCode::kUsage,
                "weir metric takes list, get NAMESPACE METRIC, query EXPRESSION, or put NAMESPACE "
                "METRIC VALUE");
  }
  WEIR_ASSIGN_OR_RETURN(const ServerLink server, ServerLink::open(arguments, environment));
  return what == "list"  ? list_metrics(server, arguments, environment)
         : what == "put" ? put_metric(server, arguments, environment)
                         : show_series(server, question, arguments, environment);
}

}  // namespace

int run_metric(const Arguments& arguments, Environment& environment) {
  const auto done = metric_command(arguments, environment);
  return done ? *done : environment.fail(done.error());
}

}  // namespace weir::cli

#include "api/cloudwatch/widget_image.h"

#include <fmt/format.h>

#include <algorithm>

#include "alarm/timezone.h"
#include "api/cloudwatch/alarm_tree.h"
#include "api/cloudwatch/metric_operations.h"
#include "base/time_text.h"
#include "chart/chart.h"
#include "dashboard/metric_rows.h"
#include "dashboard/widget_queries.h"
#include "metric/query_run.h"

namespace weir::api::cloudwatch {
namespace {

constexpr std::size_t kMaxMetrics = 100;
constexpr TimeMs kDefaultSpanMs = 3 * 3'600'000;
constexpr std::int64_t kMaxPoints = 100'000;

tl::unexpected<ApiError> bad_widget(const std::string& what) {
  return refuse("ValidationError", "The MetricWidget is invalid: " + what);
}

std::optional<TimeMs> read_time(const Tree& tree, TimeMs otherwise, TimeMs now_ms) {
  if (!tree.is_text()) {
    return otherwise;
  }
  if (const auto relative = dashboard::relative_ms(tree.text())) {
    return now_ms + *relative;
  }
  return parse_absolute_time(tree.text());
}

std::optional<chart::View> read_view(const std::string& text) {
  if (text.empty() || text == "timeSeries") {
    return chart::View::kTimeSeries;
  }
  if (text == "singleValue") {
    return chart::View::kSingleValue;
  }
  if (text == "bar") {
    return chart::View::kBar;
  }
  return text == "pie" ? std::optional(chart::View::kPie) : std::nullopt;
}

void read_axis(const Tree& tree, chart::Axis& axis) {
  if (tree.has("min")) {
    axis.least = tree["min"].number();
  }
  if (tree.has("max")) {
    axis.most = tree["max"].number();
  }
  axis.label = tree["label"].text();
}

// What a widget asks for, in order of its rows.
struct WidgetQueries {
  std::vector<metric::DataQuery> queries;
  std::vector<Tree> options;  // of each query
};

tl::expected<WidgetQueries, ApiError> read_queries(const Tree& widget) {
  WidgetQueries result;
  const auto rows = dashboard::expand_rows(widget["metrics"]);
  if (rows.empty() || rows.size() > kMaxMetrics) {
    return bad_widget("Should have from 1 to 100 metrics");
  }
  for (dashboard::WidgetQuery& row :
       dashboard::widget_queries(widget, [](std::int64_t own_s) { return own_s; })) {
    result.queries.push_back(read_data_query(row.query));
    result.options.push_back(std::move(row.options));
  }
  return result;
}

std::string scope_in(const Call& call, const Tree& widget) {
  return widget.has("region") ? call.account + "/" + widget["region"].text() : scope_of(call);
}

tl::expected<chart::Chart, ApiError> read_chart(const Tree& widget, TimeMs now_ms) {
  chart::Chart chart;
  const auto side = [&](std::string_view name, int otherwise) {
    return widget.has(name) ? widget[name].integer() : otherwise;
  };
  const std::int64_t width = side("width", chart.width);
  const std::int64_t height = side("height", chart.height);
  if (width < 1 || width > chart::Chart::kMaxSide || height < 1 ||
      height > chart::Chart::kMaxSide) {
    return bad_widget(fmt::format("width and height are from 1 to {}", chart::Chart::kMaxSide));
  }
  chart.width = static_cast<int>(width);
  chart.height = static_cast<int>(height);
  const auto view = read_view(widget["view"].text());
  if (!view) {
    return bad_widget(fmt::format("this server draws timeSeries, singleValue, bar and pie, not {}",
                                  widget["view"].text()));
  }
  chart.view = *view;
  chart.title = widget["title"].text();
  chart.is_stacked = widget["stacked"].boolean();
  chart.has_legend = widget["legend"]["position"].text() != "hidden";
  const auto begin = read_time(widget["start"], now_ms - kDefaultSpanMs, now_ms);
  const auto end = read_time(widget["end"], now_ms, now_ms);
  if (!begin || !end || *begin >= *end) {
    return bad_widget("start and end are times such as -PT3H or 2026-03-01T14:00:00Z, start first");
  }
  chart.begin_ms = *begin;
  chart.end_ms = *end;
  if (widget.has("timezone")) {
    const auto offset = alarm::offset_of(widget["timezone"].text(), *end / 1000);
    if (!offset) {
      return bad_widget(fmt::format("timezone should be an offset such as +0130, not '{}'",
                                    widget["timezone"].text()));
    }
    chart.utc_offset_s = *offset;
  }
  read_axis(widget["yAxis"]["left"], chart.left);
  read_axis(widget["yAxis"]["right"], chart.right);
  for (const Tree& line : widget["annotations"]["horizontal"].items()) {
    if (line.has("value")) {
      chart.thresholds.push_back(
          {line["value"].number(), line["label"].text(), chart::parse_color(line["color"].text())});
    }
  }
  return chart;
}

// Puts what the alarm of annotations.alarms watches into a widget that names no metrics, and gives
// its threshold.
tl::expected<std::optional<chart::Threshold>, ApiError> add_alarm(const alarm::AlarmEngine& alarms,
                                                                  const Call& call, Tree& widget) {
  const Tree& arns = widget["annotations"]["alarms"];
  if (!arns.is_list() || arns.items().empty() || widget.has("metrics")) {
    return std::nullopt;
  }
  const std::string& arn = arns.items().front().text();
  const auto found = alarms.find(scope_in(call, widget), alarm::name_in_arn(arn));
  if (arns.items().size() > 1 || !found || found->metric_alarm() == nullptr) {
    return bad_widget(
        fmt::format("annotations.alarms should be the ARN of one metric alarm there is, not {}",
                    format::write_json(arns)));
  }
  const Tree alarm = metric_alarm_tree(*found);
  widget.set("metrics", dashboard::alarm_rows(alarm));
  if (!widget.has("title")) {
    widget.set("title", found->name());
  }
  if (!alarm.has("Threshold")) {
    return std::nullopt;
  }
  return chart::Threshold{alarm["Threshold"].number(), found->name(),
                          chart::parse_color("#d62728")};
}

Outcome draw(const metric::MetricStore& store, const alarm::AlarmEngine& alarms,
             metric::AnomalyBands* bands, const Call& call, const Tree& input) {
  auto widget = format::read_json(input["MetricWidget"].text());
  if (!widget || !widget->is_map()) {
    return bad_widget("Should be a JSON object");
  }
  if (input.has("OutputFormat") && input["OutputFormat"].text() != "png") {
    return refuse("InvalidParameterValue", "This server's OutputFormat is png.");
  }
  const auto threshold = add_alarm(alarms, call, *widget);
  if (!threshold) {
    return tl::unexpected<ApiError>(threshold.error());
  }
  auto chart = read_chart(*widget, call.now_ms);
  if (!chart) {
    return tl::unexpected<ApiError>(chart.error());
  }
  if (*threshold) {
    chart->thresholds.push_back(**threshold);
  }
  auto wanted = read_queries(*widget);
  if (!wanted) {
    return tl::unexpected<ApiError>(wanted.error());
  }
  if (auto checked = metric::check_queries(wanted->queries, "metrics"); !checked) {
    return as_refusal(checked.error());
  }
  metric::QueryRange range;
  range.scope = scope_in(call, *widget);
  range.start_ms = chart->begin_ms;
  range.end_ms = chart->end_ms;
  range.now_ms = call.now_ms;
  range.bands = bands;
  for (const metric::DataQuery& query : wanted->queries) {
    const std::int64_t period_s =
        query.metric_stat ? query.metric_stat->period_s : query.period_s.value_or(60);
    if (period_s > 0 && (chart->end_ms - chart->begin_ms) / (period_s * 1000) > kMaxPoints) {
      return bad_widget("the time range has more periods than can be drawn; make period longer");
    }
  }
  auto results = metric::run_queries(store, wanted->queries, range);
  if (!results) {
    return as_failure(results.error());
  }
  if (!*results) {
    return as_refusal(results->error());
  }
  for (metric::DataResult& result : **results) {
    chart::Series series;
    series.label = std::move(result.label);
    series.period_ms = result.period_s * 1000;
    series.times = std::move(result.times);
    series.values = std::move(result.values);
    for (std::size_t i = 0; i < wanted->queries.size(); ++i) {
      if (wanted->queries[i].id == result.id) {
        series.color = chart::parse_color(wanted->options[i]["color"].text());
        series.is_right = wanted->options[i]["yAxis"].text() == "right";
      }
    }
    chart->series.push_back(std::move(series));
  }
  auto png = chart::render_png(*chart);
  if (!png) {
    return as_failure(png.error());
  }
  return Tree::map({{"MetricWidgetImage", format::Bytes{std::move(*png)}}});
}

}  // namespace

void add_image_operation(Service& service, const metric::MetricStore& store,
                         const alarm::AlarmEngine& alarms, metric::AnomalyBands* bands) {
  service.operations["GetMetricWidgetImage"] = [&store, &alarms, bands](const Call& call,
                                                                        const Tree& input) {
    return draw(store, alarms, bands, call, input);
  };
}

}  // namespace weir::api::cloudwatch

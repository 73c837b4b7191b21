#include "cli/series_report.h"

#include <string>
#include <utility>

#include "base/time_text.h"
#include "cli/report.h"

namespace weir::cli {
namespace {

using format::Tree;

Tree time_or_null(const std::vector<TimeMs>& times, bool is_first) {
  if (times.empty()) {
    return {};
  }
  return to_time_text(is_first ? times.front() : times.back());
}

Tree series_tree(const std::vector<Series>& series) {
  Tree list = Tree::list();
  for (const Series& one : series) {
    const SeriesGaps gaps = find_gaps(one);
    Tree reasons = Tree::list();
    for (const std::string& reason : one.reasons) {
      reasons.push(reason);
    }
    list.push(Tree::map({{"id", one.id},
                         {"label", one.label},
                         {"points", static_cast<std::int64_t>(one.values.size())},
                         {"period_seconds", one.step_ms / 1000},
                         {"first", time_or_null(one.times, true)},
                         {"last", time_or_null(one.times, false)},
                         {"gaps", static_cast<std::int64_t>(gaps.num_gaps)},
                         {"periods_without_point", gaps.num_periods},
                         {"empty_because", std::move(reasons)}}));
  }
  return list;
}

void add_messages(const Tree& messages, Tree& list) {
  for (const Tree& message : messages.items()) {
    list.push(message["Value"].text());
  }
}

// Of a list of objects the texts of one member.
Tree texts_of(const Tree& items, std::string_view member) {
  Tree list = Tree::list();
  for (const Tree& item : items.items()) {
    list.push(item[member].text());
  }
  return list;
}

}  // namespace

Tree series_report(const MetricQuestion& question, const std::vector<Series>& series,
                   const Tree& answer) {
  Tree messages = Tree::list();
  add_messages(answer["messages"], messages);
  for (const Tree& result : answer["results"].items()) {
    add_messages(result["messages"], messages);
  }
  return Tree::map({{"schema", "weir.metric.report.v1"},
                    {"since", to_time_text(question.span.since_ms)},
                    {"until", to_time_text(question.span.until_ms)},
                    {"period_seconds", question.period_s},
                    {"is_period_too_short", question.is_period_too_short},
                    {"series", series_tree(series)},
                    {"messages", std::move(messages)}});
}

Tree dashboard_report(const Tree& data) {
  Tree widgets = Tree::list();
  for (const Tree& widget : data["widgets"].items()) {
    Tree one = Tree::map({{"index", widget["index"]},
                          {"type", widget["type"]},
                          {"title", widget["title"]},
                          {"since", to_time_text(widget["sinceMs"].integer())},
                          {"until", to_time_text(widget["untilMs"].integer())},
                          {"problem", widget["problem"]}});
    if (widget.has("series")) {
      auto series = read_series(widget["series"]);
      if (series) {
        one.set("series", series_tree(*series));
      } else {
        one.set("problem", series.error().message);
      }
    }
    if (widget.has("columns")) {
      one.set("rows", static_cast<std::int64_t>(widget["rows"].items().size()));
      one.set("is_truncated", widget["isTruncated"].boolean());
      one.set("warnings", texts_of(widget["warnings"], "message"));
      one.set("empty_because", texts_of(widget["emptyBecause"], "detail"));
    }
    widgets.push(std::move(one));
  }
  return Tree::map({{"schema", "weir.dashboard.report.v1"},
                    {"name", data["name"]},
                    {"since", to_time_text(data["sinceMs"].integer())},
                    {"until", to_time_text(data["untilMs"].integer())},
                    {"widgets", std::move(widgets)}});
}

Result<void> write_report(const Tree& report, const Arguments& arguments,
                          Environment& environment) {
  if (!arguments.has("report")) {
    return {};
  }
  return write_report_file(std::string(arguments.value("report")),
                           format::write_json(report) + "\n", environment);
}

}  // namespace weir::cli

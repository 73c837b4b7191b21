#include "cli/metric_query.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/nearest_name.h"
#include "cli/metric_text.h"
#include "metric/query_run.h"

namespace weir::cli {
namespace {

using format::Tree;

constexpr std::int64_t kDefaultLengthMs = 3 * 3'600'000;

// 60 s, or the shortest that data so old still has.
std::int64_t default_period_s(TimeMs since_ms, TimeMs now_ms) {
  for (const std::int64_t period_s : {60, 300}) {
    if (metric::has_period(since_ms, now_ms, period_s)) {
      return period_s;
    }
  }
  return 3'600;
}

Result<MetricQuestion> begin_question(const Arguments& arguments, TimeMs now_ms) {
  MetricQuestion question;
  WEIR_ASSIGN_OR_RETURN(question.span, read_span(arguments, now_ms, kDefaultLengthMs));
  WEIR_ASSIGN_OR_RETURN(
      question.period_s,
      arguments.number("period", default_period_s(question.span.since_ms, now_ms)));
  question.queries = Tree::list();
  question.is_period_too_short =
      !metric::has_period(question.span.since_ms, now_ms, question.period_s);
  return question;
}

Tree metric_query(const std::string& id, const MetricText& metric, std::string_view statistic,
                  std::int64_t period_s) {
  Tree dimensions = Tree::list();
  for (const auto& [name, value] : metric.dimensions) {
    dimensions.push(Tree::map({{"Name", name}, {"Value", value}}));
  }
  return Tree::map(
      {{"Id", id},
       {"MetricStat", Tree::map({{"Metric", Tree::map({{"Namespace", metric.name_space},
                                                       {"MetricName", metric.metric},
                                                       {"Dimensions", std::move(dimensions)}})},
                                 {"Period", period_s},
                                 {"Stat", statistic}})}});
}

Result<std::map<std::string, std::string>> read_labels(const Arguments& arguments) {
  std::map<std::string, std::string> labels;
  for (const std::string& text : arguments.values("label")) {
    WEIR_ASSIGN_OR_RETURN(const NamedText label, parse_named_text(text));
    if (label.id.empty() || label.period_s) {
      return fail(ErrorCode::kUsage, fmt::format("--label takes ID=TEXT, not '{}'", text));
    }
    labels[label.id] = label.rest;
  }
  return labels;
}

// Adds what --id names; their ids, in order.
Result<std::vector<std::string>> add_metrics(const Arguments& arguments, MetricQuestion& question) {
  std::vector<std::string> ids;
  const auto statistics = arguments.values("stat");
  if (statistics.size() > 1) {
    return fail(ErrorCode::kUsage,
                "weir metric query takes one --stat; an --id says its own behind the metric");
  }
  const std::string statistic = statistics.empty() ? "Average" : statistics.front();
  for (const std::string& text : arguments.values("id")) {
    WEIR_ASSIGN_OR_RETURN(const NamedText named, parse_named_text(text));
    if (named.id.empty()) {
      return fail(ErrorCode::kUsage,
                  fmt::format("--id takes ID=NAMESPACE/METRIC{{NAME=VALUE,...}}:STATISTIC, not "
                              "'{}'; ids begin with a small letter",
                              text));
    }
    WEIR_ASSIGN_OR_RETURN(const MetricText metric, parse_metric_text(named.rest));
    question.queries.push(metric_query(named.id, metric,
                                       metric.statistic.empty() ? statistic : metric.statistic,
                                       named.period_s.value_or(question.period_s)));
    ids.push_back(named.id);
  }
  return ids;
}

// Adds the words behind `query`; those without a name are e1, e2 ..
Result<std::vector<std::string>> add_expressions(const Arguments& arguments,
                                                 const std::vector<std::string>& taken,
                                                 MetricQuestion& question) {
  std::vector<NamedText> expressions;
  std::set<std::string> names(taken.begin(), taken.end());
  for (std::size_t i = 1; i < arguments.positionals().size(); ++i) {
    WEIR_ASSIGN_OR_RETURN(const NamedText named, parse_named_text(arguments.positionals()[i]));
    names.insert(named.id);
    expressions.push_back(named);
  }
  std::vector<std::string> ids;
  int number = 1;
  for (NamedText& expression : expressions) {
    while (expression.id.empty()) {
      std::string id = fmt::format("e{}", number++);
      expression.id = names.insert(id).second ? id : "";
    }
    question.queries.push(Tree::map({{"Id", expression.id},
                                     {"Expression", expression.rest},
                                     {"Period", expression.period_s.value_or(question.period_s)}}));
    ids.push_back(expression.id);
  }
  return ids;
}

}  // namespace

Result<MetricQuestion> question_of_metric(const Arguments& arguments, TimeMs now_ms) {
  const auto& words = arguments.positionals();
  if (words.size() != 3) {
    return fail(ErrorCode::kUsage,
                "weir metric get takes a namespace and a metric's name; --dimension NAME=VALUE "
                "names each of its dimensions, and weir metric list shows what there is");
  }
  WEIR_ASSIGN_OR_RETURN(MetricQuestion question, begin_question(arguments, now_ms));
  MetricText metric{words[1], words[2], {}, ""};
  for (const std::string& text : arguments.values("dimension")) {
    WEIR_ASSIGN_OR_RETURN(DimensionText dimension, parse_dimension_text(text));
    metric.dimensions.push_back(std::move(dimension));
  }
  auto statistics = arguments.values("stat");
  if (statistics.empty()) {
    statistics.emplace_back("Average");
  }
  int number = 1;
  for (const std::string& statistic : statistics) {
    Tree query = metric_query(fmt::format("m{}", number++), metric, statistic, question.period_s);
    query.append("Label", statistic);
    question.queries.push(std::move(query));
  }
  return question;
}

Result<MetricQuestion> question_of_expressions(const Arguments& arguments, TimeMs now_ms) {
  WEIR_ASSIGN_OR_RETURN(MetricQuestion question, begin_question(arguments, now_ms));
  WEIR_ASSIGN_OR_RETURN(std::vector<std::string> ids, add_metrics(arguments, question));
  WEIR_ASSIGN_OR_RETURN(const auto expressions, add_expressions(arguments, ids, question));
  if (ids.empty() && expressions.empty()) {
    return fail(ErrorCode::kUsage,
                "weir metric query takes an expression: metric math over --id ID=METRIC, SEARCH() "
                "or SELECT ..");
  }
  std::vector<std::string> shown = arguments.values("show");
  if (shown.empty()) {
    shown = expressions.empty() ? ids : expressions;
  }
  ids.insert(ids.end(), expressions.begin(), expressions.end());
  WEIR_ASSIGN_OR_RETURN(const auto labels, read_labels(arguments));
  const auto check = [&](std::string_view option, const std::string& id) -> Result<void> {
    return std::find(ids.begin(), ids.end(), id) != ids.end()
               ? Result<void>()
               : fail(ErrorCode::kUsage,
                      fmt::format("--{} names {}, which nothing is called;{} "
                                  "there is: {}",
                                  option, id, did_you_mean(id, ids), fmt::join(ids, ", ")));
  };
  for (const std::string& id : shown) {
    WEIR_RETURN_IF_ERROR(check("show", id));
  }
  for (const auto& [id, text] : labels) {
    WEIR_RETURN_IF_ERROR(check("label", id));
  }
  for (Tree& query : *question.queries.list_if()) {
    const std::string id = query["Id"].text();
    query.set("ReturnData", std::find(shown.begin(), shown.end(), id) != shown.end());
    if (const auto label = labels.find(id); label != labels.end()) {
      query.set("Label", label->second);
    }
  }
  return question;
}

}  // namespace weir::cli

#include "metric/query_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "metric/insights_sql.h"
#include "metric/label.h"
#include "metric/math/expression.h"
#include "metric/math/functions.h"
#include "metric/search.h"
#include "metric/statistic.h"

namespace weir::metric {
namespace {

using math::Expression;
using math::Series;
using math::SeriesArray;
using math::Value;

constexpr TimeMs kHourMs = 3'600'000;
constexpr TimeMs kDayMs = 24 * kHourMs;
constexpr std::int64_t kDefaultPeriodS = 60;

std::int64_t floor_to(std::int64_t value, std::int64_t step) {
  const std::int64_t rest = value % step;
  return value - (rest < 0 ? rest + step : rest);
}

// Words that are arguments, not ids.
bool is_word(std::string_view name) {
  static constexpr std::string_view kWords[] = {"REPEAT", "LINEAR", "ASC", "DESC",  "AVG",
                                                "MIN",    "MAX",    "SUM", "STDDEV"};
  return std::find(std::begin(kWords), std::end(kWords), name) != std::end(kWords);
}

bool is_foreign(std::string_view function) {
  return function == "DB_PERF_INSIGHTS" || function == "SERVICE_QUOTA" || function == "LAMBDA" ||
         function == "INSIGHT_RULE_METRIC";
}

// Computes queries, each at most once.
class Run {
 public:
  Run(const MetricStore& store, std::span<const DataQuery> queries, const QueryRange& range)
      : store_(store), queries_(queries), range_(range) {}

  Result<Value> value_of(const DataQuery& query) {
    if (const auto found = values_.find(query.id); found != values_.end()) {
      return found->second;
    }
    if (!open_.insert(query.id).second) {
      return fail(ErrorCode::kInput, fmt::format("{} depends on itself", query.id));
    }
    auto value = compute_query(query);
    open_.erase(query.id);
    if (value) {
      values_.emplace(query.id, *value);
    }
    return value;
  }
  [[nodiscard]] std::vector<DataMessage> messages_of(const std::string& id) const {
    const auto found = messages_.find(id);
    return found == messages_.end() ? std::vector<DataMessage>() : found->second;
  }

 private:
  // What an error of the surroundings is, in contrast to a mistake of the expression's.
  Result<Value> compute_query(const DataQuery& query) {
    if (query.metric_stat) {
      WEIR_ASSIGN_OR_RETURN(Series series, read_metric(*query.metric_stat, query.id));
      series.id = query.id;
      return Value(std::move(series));
    }
    if (is_insights_query(query.expression)) {
      return run_insights(query);
    }
    WEIR_ASSIGN_OR_RETURN(const Expression expression, math::parse_expression(query.expression));
    return evaluate(expression, query);
  }

  [[nodiscard]] std::int64_t period_of(const DataQuery& query) const {
    if (query.period_s) {
      return *query.period_s;
    }
    for (const DataQuery& other : queries_) {
      if (other.metric_stat) {
        return other.metric_stat->period_s;
      }
    }
    return kDefaultPeriodS;
  }
  [[nodiscard]] math::Grid grid_of(std::int64_t period_s) const {
    const TimeMs start_ms = range_.rounds_start
                                ? round_start(range_.start_ms, range_.now_ms, period_s)
                                : range_.start_ms;
    return {start_ms, range_.end_ms};
  }

  Result<Series> read_series(std::span<const SeriesId> ids, const Statistic& statistic,
                             std::int64_t period_s) {
    Series series;
    series.period_s = period_s;
    if (range_.rounds_start && !has_period(range_.start_ms, range_.now_ms, period_s)) {
      return series;
    }
    const math::Grid grid = grid_of(period_s);
    WEIR_ASSIGN_OR_RETURN(
        const Reading reading,
        store_.read(ids, grid.start_ms, grid.end_ms, period_s, statistic.needs_distribution()));
    for (std::size_t i = 0; i < reading.aggregates.size(); ++i) {
      const auto value =
          compute(statistic, reading.aggregates[i],
                  reading.distributions.empty() ? nullptr : &reading.distributions[i]);
      if (value) {
        series.push(reading.time(i), *value);
        series.sample_counts.push_back(reading.aggregates[i].count);
      }
    }
    return series;
  }

  Result<Series> read_metric(const MetricStat& stat, const std::string& message_id) {
    const auto statistic = parse_statistic(stat.statistic);
    if (!statistic) {
      return fail(ErrorCode::kInput, fmt::format("there is no statistic {}", stat.statistic));
    }
    const auto dimensions = views_of(stat.metric.dimensions);
    const auto unit = stat.unit.empty() ? std::nullopt : parse_unit(stat.unit);
    const auto found =
        store_.find({range_.scope, stat.metric.name_space, stat.metric.name, dimensions}, unit);
    std::vector<SeriesId> ids;
    for (const auto& of_unit : found) {
      ids.push_back(of_unit.series);
    }
    if (found.size() > 1 && !message_id.empty()) {
      WEIR_RETURN_IF_ERROR(note_units(found, stat.period_s, message_id));
    }
    WEIR_ASSIGN_OR_RETURN(Series series, read_series(ids, *statistic, stat.period_s));
    series.label = stat.metric.name;
    series.origin = stat;
    return series;
  }

  Result<void> note_units(const std::vector<MetricStore::UnitSeries>& found, std::int64_t period_s,
                          const std::string& id) {
    std::vector<std::string_view> names;
    const math::Grid grid = grid_of(period_s);
    const std::int64_t whole_s = std::max<std::int64_t>(1, (grid.end_ms - grid.start_ms) / 1000);
    for (const auto& of_unit : found) {
      WEIR_ASSIGN_OR_RETURN(const Reading reading,
                            store_.read({&of_unit.series, 1}, grid.start_ms, grid.end_ms,
                                        std::max(whole_s, std::int64_t{3600}), false));
      if (std::any_of(reading.aggregates.begin(), reading.aggregates.end(),
                      [](const Aggregate& a) { return a.has_data(); })) {
        names.push_back(name_of(of_unit.unit));
      }
    }
    if (names.size() > 1) {
      std::sort(names.begin(), names.end());
      messages_[id].push_back({"MultipleUnits", fmt::format("Multiple units returned: '[{}]'",
                                                            fmt::join(names, ", "))});
    }
    return {};
  }

  [[nodiscard]] std::vector<ListedMetric> list_in(std::string_view name_space,
                                                  std::string_view name) const {
    MetricFilter filter;
    filter.scope = range_.scope;
    if (!name_space.empty()) {
      filter.name_space = std::string(name_space);
    }
    if (!name.empty()) {
      filter.name = std::string(name);
    }
    filter.active_since_ms = range_.now_ms - kMaxPastMs;
    return store_.list(filter);
  }
  [[nodiscard]] std::vector<SeriesId> series_of(const ListedMetric& metric) const {
    std::vector<SeriesId> ids;
    for (const auto& found :
         store_.find({metric.scope, metric.name_space, metric.name, metric.dimensions})) {
      ids.push_back(found.series);
    }
    return ids;
  }

  Result<Value> run_insights(const DataQuery& query) {
    WEIR_ASSIGN_OR_RETURN(const InsightsQuery parsed, parse_insights_query(query.expression));
    const std::int64_t period_s = period_of(query);
    if (period_s < 60) {
      return fail(ErrorCode::kInput, "a Metrics Insights query needs a Period of 60 or more");
    }
    std::map<std::string, std::vector<SeriesId>> groups;
    std::size_t num_metrics = 0;
    for (const ListedMetric& metric : list_in(parsed.name_space, parsed.metric_name)) {
      if (parsed.matches(metric)) {
        auto& group = groups[parsed.group_of(metric)];
        const auto ids = series_of(metric);
        group.insert(group.end(), ids.begin(), ids.end());
        if (++num_metrics == InsightsQuery::kMaxMetrics) {
          messages_[query.id].push_back(
              {"MaxMetricsExceeded", fmt::format("Only the first {} metrics were looked at.",
                                                 InsightsQuery::kMaxMetrics)});
          break;
        }
      }
    }
    std::vector<std::pair<double, Series>> ordered;
    const math::Grid grid = grid_of(period_s);
    for (const auto& [name, ids] : groups) {
      WEIR_ASSIGN_OR_RETURN(const Reading reading,
                            store_.read(ids, grid.start_ms, grid.end_ms, period_s, false));
      Series series;
      series.id = query.id;
      series.label = name;
      series.period_s = period_s;
      Aggregate whole;
      for (std::size_t i = 0; i < reading.aggregates.size(); ++i) {
        if (const auto value = compute(parsed.function, reading.aggregates[i])) {
          series.push(reading.time(i), *value);
        }
        whole.merge(reading.aggregates[i]);
      }
      if (!series.values.empty()) {
        const double key =
            compute(parsed.order_by.value_or(parsed.function), whole).value_or(-INFINITY);
        ordered.emplace_back(key, std::move(series));
      }
    }
    if (parsed.order_by) {
      std::stable_sort(ordered.begin(), ordered.end(), [&](const auto& a, const auto& b) {
        return parsed.is_descending ? a.first > b.first : a.first < b.first;
      });
    }
    if (parsed.group_by.empty()) {
      return ordered.empty() ? Value(Series{query.id, query.id, period_s, {}, {}, {}, {}})
                             : Value(std::move(ordered[0].second));
    }
    SeriesArray array;
    for (auto& [key, series] : ordered) {
      if (array.size() == parsed.limit) {
        break;
      }
      array.push_back(std::move(series));
    }
    return Value(std::move(array));
  }

  Result<Value> run_search(const Expression& call, const DataQuery& query) {
    const auto text = [&](std::size_t i) -> const std::string* {
      return i < call.parts.size() && call.parts[i].kind == Expression::Kind::kText
                 ? &call.parts[i].text
                 : nullptr;
    };
    const auto statistic = text(1) != nullptr ? parse_statistic(*text(1)) : std::nullopt;
    if (text(0) == nullptr || !statistic || call.parts.size() > 3 ||
        (call.parts.size() == 3 && call.parts[2].kind != Expression::Kind::kNumber)) {
      return fail(ErrorCode::kInput,
                  "SEARCH takes what to search for and a statistic, both in quotes, and optionally "
                  "a period");
    }
    std::int64_t period_s = period_of(query);
    if (call.parts.size() == 3) {
      const double period = call.parts[2].number;
      period_s = period >= 1 && period <= 1e9 ? static_cast<std::int64_t>(period) : 0;
    }
    if (!is_period(period_s)) {
      return fail(ErrorCode::kInput,
                  "the period of SEARCH must be 1, 5, 10, 20, 30 or a multiple of 60");
    }
    WEIR_ASSIGN_OR_RETURN(const MetricSearch search, MetricSearch::parse(*text(0)));
    SeriesArray array;
    for (const ListedMetric& metric : list_in(search.wanted_namespace(), "")) {
      if (!search.matches(metric)) {
        continue;
      }
      if (array.size() == MetricSearch::kMaxSeries) {
        messages_[query.id].push_back(
            {"MaxMetricsExceeded", fmt::format("Only the first {} metrics found are returned.",
                                               MetricSearch::kMaxSeries)});
        break;
      }
      WEIR_ASSIGN_OR_RETURN(Series series, read_series(series_of(metric), *statistic, period_s));
      MetricStat stat;
      stat.metric = {std::string(metric.name_space), std::string(metric.name),
                     copy_of(metric.dimensions)};
      stat.period_s = period_s;
      stat.statistic = *text(1);
      series.origin = std::move(stat);
      array.push_back(std::move(series));
    }
    std::vector<const MetricStat*> stats;
    for (const Series& series : array) {
      stats.push_back(&*series.origin);
    }
    const auto labels = distinct_labels(stats);
    for (std::size_t i = 0; i < array.size(); ++i) {
      array[i].label = labels[i];
    }
    return Value(std::move(array));
  }

  Result<Value> run_metrics(const Expression& call) {
    if (call.parts.size() > 1 ||
        (call.parts.size() == 1 && call.parts[0].kind != Expression::Kind::kText)) {
      return fail(ErrorCode::kInput, "METRICS takes nothing, or a part of ids in quotes");
    }
    SeriesArray array;
    for (const DataQuery& query : queries_) {
      if (query.metric_stat &&
          (call.parts.empty() || query.id.find(call.parts[0].text) != std::string::npos)) {
        WEIR_ASSIGN_OR_RETURN(Value value, value_of(query));
        array.push_back(std::get<Series>(std::move(value)));
        array.back().label = query.label.value_or(array.back().label);
      }
    }
    return Value(std::move(array));
  }

  // [upper, lower]
  Result<Value> run_band(const Expression& call, const DataQuery& query) {
    double width = 2;
    if (call.parts.empty() || call.parts.size() > 2) {
      return fail(ErrorCode::kInput, "ANOMALY_DETECTION_BAND takes a metric and a width");
    }
    if (call.parts.size() == 2) {
      WEIR_ASSIGN_OR_RETURN(const Value given, evaluate(call.parts[1], query));
      const double* const number = std::get_if<double>(&given);
      if (number == nullptr || !(*number > 0)) {
        return fail(ErrorCode::kInput, "the width of ANOMALY_DETECTION_BAND is a number above 0");
      }
      width = *number;
    }
    WEIR_ASSIGN_OR_RETURN(const Value argument, evaluate(call.parts[0], query));
    const auto* const series = std::get_if<Series>(&argument);
    if (series == nullptr || !series->origin) {
      return fail(ErrorCode::kUnsupported,
                  "ANOMALY_DETECTION_BAND takes the id of a metric; bands of expressions are not "
                  "there yet");
    }
    if (range_.bands == nullptr) {
      return fail(ErrorCode::kUnsupported, "there is no anomaly detection here");
    }
    std::vector<TimeMs> times;
    const math::Grid grid = grid_of(series->period_s);
    for (TimeMs t = grid.start_ms; t < grid.end_ms; t += series->period_s * 1000) {
      times.push_back(t);
    }
    WEIR_ASSIGN_OR_RETURN(const auto points,
                          range_.bands->band(range_.scope, *series->origin, times));
    Series upper{series->id, series->label + " (expected: upper)", series->period_s, {}, {}, {},
                 {}};
    Series lower{series->id, series->label + " (expected: lower)", series->period_s, {}, {}, {},
                 {}};
    for (std::size_t i = 0; i < points.size(); ++i) {
      const double half = width * points[i].deviation;
      if (std::isfinite(points[i].middle) && std::isfinite(half)) {
        upper.push(times[i], points[i].middle + half);
        lower.push(times[i], points[i].middle - half);
      }
    }
    return Value(SeriesArray{std::move(upper), std::move(lower)});
  }

  static Error placed(Error error, const TextSpan& span) {
    if (!error.span) {
      error.span = span;
      error.message = fmt::format("at character {}: {}", span.begin + 1, error.message);
    }
    return error;
  }

  Result<Value> evaluate(const Expression& node, const DataQuery& query) {
    switch (node.kind) {
      case Expression::Kind::kNumber:
        return Value(node.number);
      case Expression::Kind::kText:
        return Value(node.text);
      case Expression::Kind::kName:
        return evaluate_name(node);
      case Expression::Kind::kNegation: {
        WEIR_ASSIGN_OR_RETURN(const Value operand, evaluate(node.parts[0], query));
        return at(node, math::negate(operand));
      }
      case Expression::Kind::kBinary: {
        WEIR_ASSIGN_OR_RETURN(const Value left, evaluate(node.parts[0], query));
        WEIR_ASSIGN_OR_RETURN(const Value right, evaluate(node.parts[1], query));
        return at(node, math::apply_operator(node.op, left, right));
      }
      case Expression::Kind::kArray: {
        SeriesArray array;
        for (const Expression& part : node.parts) {
          WEIR_ASSIGN_OR_RETURN(Value value, evaluate(part, query));
          if (auto* const series = std::get_if<Series>(&value)) {
            array.push_back(std::move(*series));
          } else if (auto* const more = std::get_if<SeriesArray>(&value)) {
            array.insert(array.end(), more->begin(), more->end());
          } else {
            return at(part, fail(ErrorCode::kInput, "an array holds series"));
          }
        }
        return Value(std::move(array));
      }
      case Expression::Kind::kCall:
        return at(node, evaluate_call(node, query));
    }
    return fail(ErrorCode::kInternal, "an expression of no kind");
  }
  static Result<Value> at(const Expression& node, Result<Value> value) {
    if (!value) {
      return tl::unexpected(placed(std::move(value).error(), node.span));
    }
    return value;
  }

  Result<Value> evaluate_name(const Expression& node) {
    for (const DataQuery& query : queries_) {
      if (query.id == node.text) {
        return value_of(query);
      }
    }
    if (is_word(node.text)) {
      return Value(node.text);
    }
    return tl::unexpected(placed(
        Error{ErrorCode::kNotFound, fmt::format("no query has the id {}", node.text)}, node.span));
  }

  Result<Value> evaluate_call(const Expression& node, const DataQuery& query) {
    if (node.text == "SEARCH") {
      return run_search(node, query);
    }
    if (node.text == "METRICS") {
      return run_metrics(node);
    }
    if (node.text == "ANOMALY_DETECTION_BAND") {
      return run_band(node, query);
    }
    if (is_foreign(node.text)) {
      return fail(ErrorCode::kUnsupported,
                  fmt::format("{} has no source here: it asks another service of AWS", node.text));
    }
    std::vector<Value> arguments;
    for (const Expression& part : node.parts) {
      WEIR_ASSIGN_OR_RETURN(Value value, evaluate(part, query));
      arguments.push_back(std::move(value));
    }
    std::int64_t period_s = period_of(query);
    for (const Value& argument : arguments) {
      if (const auto* const series = std::get_if<Series>(&argument)) {
        period_s = series->period_s;
      }
    }
    return math::call_function(node.text, std::move(arguments), grid_of(period_s), period_s);
  }

  const MetricStore& store_;
  std::span<const DataQuery> queries_;
  const QueryRange& range_;
  std::map<std::string, Value> values_;
  std::map<std::string, std::vector<DataMessage>> messages_;
  std::set<std::string> open_;
};

// What no answer can hold: points that are not finite (a scalar 0 / 0 in a branch of IF).
void drop_not_finite(Series& series) {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < series.values.size(); ++i) {
    if (std::isfinite(series.values[i])) {
      series.times[kept] = series.times[i];
      series.values[kept] = series.values[i];
      if (!series.sample_counts.empty()) {
        series.sample_counts[kept] = series.sample_counts[i];
      }
      ++kept;
    }
  }
  series.times.resize(kept);
  series.values.resize(kept);
  series.sample_counts.resize(series.sample_counts.empty() ? 0 : kept);
}

// A result's series; a scalar is a flat line.
SeriesArray series_in(Value value, const DataQuery& query, const QueryRange& range) {
  if (auto* const array = std::get_if<SeriesArray>(&value)) {
    return std::move(*array);
  }
  SeriesArray out;
  if (auto* const series = std::get_if<Series>(&value)) {
    out.push_back(std::move(*series));
  } else if (const auto* const number = std::get_if<double>(&value)) {
    const std::int64_t period_s = query.period_s.value_or(kDefaultPeriodS);
    Series& line = out.emplace_back();
    line.period_s = period_s;
    const TimeMs start_ms =
        range.rounds_start ? round_start(range.start_ms, range.now_ms, period_s) : range.start_ms;
    for (TimeMs t = start_ms; t < range.end_ms && std::isfinite(*number); t += period_s * 1000) {
      line.push(t, *number);
    }
  }
  return out;
}

Refusal refusal_of(const DataQuery& query, const Error& error) {
  return {kValidationError, fmt::format("Error in expression '{}': {}", query.id, error.message)};
}

bool is_mistake(const Error& error) {
  return error.code == ErrorCode::kInput || error.code == ErrorCode::kNotFound ||
         error.code == ErrorCode::kUnsupported || error.code == ErrorCode::kLimit;
}

}  // namespace

TimeMs round_start(TimeMs start_ms, TimeMs now_ms, std::int64_t period_s) {
  if (period_s < 60) {
    return floor_to(start_ms, period_s * 1000);
  }
  const TimeMs age_ms = now_ms - start_ms;
  const std::int64_t step_s = age_ms > 63 * kDayMs ? 3'600 : age_ms > 15 * kDayMs ? 300 : 60;
  return floor_to(start_ms, step_s * 1000);
}

bool has_period(TimeMs start_ms, TimeMs now_ms, std::int64_t period_s) {
  const TimeMs age_ms = now_ms - start_ms;
  const std::int64_t step_s = age_ms > 63 * kDayMs   ? 3'600
                              : age_ms > 15 * kDayMs ? 300
                              : age_ms > 3 * kHourMs ? 60
                                                     : 1;
  return period_s % step_s == 0;
}

Result<Checked<std::vector<DataResult>>> run_queries(const MetricStore& store,
                                                     std::span<const DataQuery> queries,
                                                     const QueryRange& range,
                                                     const ResultWindow& window) {
  using Outcome = Result<Checked<std::vector<DataResult>>>;
  Run run(store, queries, range);
  std::vector<DataResult> results;
  // Metrics are named by what tells them apart from the others that are shown.
  std::vector<const MetricStat*> stats;
  for (const DataQuery& query : queries) {
    if (query.metric_stat && query.return_data.value_or(true)) {
      stats.push_back(&*query.metric_stat);
    }
  }
  const auto labels = distinct_labels(stats);
  std::size_t next_label = 0;
  // A metric has one result. Expressions have any number, and their mistakes are told at once,
  // whatever is wanted.
  const bool is_metrics_alone =
      std::all_of(queries.begin(), queries.end(),
                  [](const DataQuery& query) { return query.metric_stat.has_value(); });
  std::size_t num_points = 0;
  for (const DataQuery& query : queries) {
    if (!query.return_data.value_or(true)) {
      continue;
    }
    if (is_metrics_alone && next_label < window.first) {
      ++next_label;
      continue;
    }
    if (is_metrics_alone && num_points >= window.num_points) {
      break;
    }
    auto value = run.value_of(query);
    if (!value) {
      if (query.metric_stat ? false : is_mistake(value.error())) {
        return Outcome(tl::unexpected(refusal_of(query, value.error())));
      }
      return tl::unexpected(value.error());
    }
    if (std::holds_alternative<std::string>(*value)) {
      return Outcome(
          tl::unexpected(refusal_of(query, Error{ErrorCode::kInput, "a text is no result"})));
    }
    const bool is_array = std::holds_alternative<SeriesArray>(*value);
    for (Series& series : series_in(std::move(*value), query, range)) {
      drop_not_finite(series);
      std::string plain = query.id;
      if (query.metric_stat) {
        plain = labels[next_label++];
      } else if (is_array) {
        plain = series.label;
      }
      LabelContext context;
      context.plain_label = plain;
      context.times = series.times;
      context.values = series.values;
      context.period_s = series.period_s;
      context.stat = series.origin ? &*series.origin : nullptr;
      context.scope = range.scope;
      context.utc_offset_s = range.utc_offset_s;
      DataResult result;
      result.id = query.id;
      if (!query.label) {
        result.label = plain;
      } else {
        result.label = expand_label(*query.label, context);
        // Members of an array are told apart behind the query's own label.
        if (is_array && query.label->find("${") == std::string::npos && !plain.empty()) {
          result.label += result.label.empty() ? plain : " " + plain;
        }
      }
      result.period_s = series.period_s;
      result.times = std::move(series.times);
      result.values = std::move(series.values);
      result.sample_counts = std::move(series.sample_counts);
      result.messages = run.messages_of(query.id);
      num_points += result.times.size();
      results.push_back(std::move(result));
    }
  }
  if (!is_metrics_alone) {
    results.erase(results.begin(), results.begin() + static_cast<std::ptrdiff_t>(
                                                         std::min(window.first, results.size())));
  }
  return Outcome(std::move(results));
}

Checked<void> check_expressions(std::span<const DataQuery> queries) {
  std::function<Result<void>(const Expression&)> visit =
      [&](const Expression& node) -> Result<void> {
    if (node.kind == Expression::Kind::kName && !is_word(node.text) &&
        std::none_of(queries.begin(), queries.end(),
                     [&](const DataQuery& query) { return query.id == node.text; })) {
      return fail(ErrorCode::kInput, fmt::format("at character {}: no query has the id {}",
                                                 node.span.begin + 1, node.text));
    }
    if (node.kind == Expression::Kind::kCall && is_foreign(node.text)) {
      return fail(
          ErrorCode::kUnsupported,
          fmt::format("at character {}: {} has no source here: it asks another service of AWS",
                      node.span.begin + 1, node.text));
    }
    for (const Expression& part : node.parts) {
      WEIR_RETURN_IF_ERROR(visit(part));
    }
    return {};
  };
  for (const DataQuery& query : queries) {
    if (query.expression.empty()) {
      continue;
    }
    if (is_insights_query(query.expression)) {
      if (const auto parsed = parse_insights_query(query.expression); !parsed) {
        return tl::unexpected(refusal_of(query, parsed.error()));
      }
      continue;
    }
    const auto expression = math::parse_expression(query.expression);
    if (!expression) {
      return tl::unexpected(refusal_of(query, expression.error()));
    }
    if (const auto visited = visit(*expression); !visited) {
      return tl::unexpected(refusal_of(query, visited.error()));
    }
  }
  return {};
}

Result<std::vector<StatisticRow>> read_statistics(const MetricStore& store, const MetricName& name,
                                                  std::optional<Unit> unit, std::int64_t period_s,
                                                  bool wants_values, const QueryRange& range) {
  std::vector<StatisticRow> rows;
  if (range.rounds_start && !has_period(range.start_ms, range.now_ms, period_s)) {
    return rows;
  }
  const TimeMs start_ms =
      range.rounds_start ? round_start(range.start_ms, range.now_ms, period_s) : range.start_ms;
  for (const auto& found : store.find(name, unit)) {
    WEIR_ASSIGN_OR_RETURN(Reading reading, store.read({&found.series, 1}, start_ms, range.end_ms,
                                                      period_s, wants_values));
    for (std::size_t i = 0; i < reading.aggregates.size(); ++i) {
      if (reading.aggregates[i].has_data()) {
        StatisticRow row;
        row.time_ms = reading.time(i);
        row.unit = found.unit;
        row.aggregate = reading.aggregates[i];
        if (wants_values) {
          row.values = std::move(reading.distributions[i]);
        }
        rows.push_back(std::move(row));
      }
    }
  }
  return rows;
}

}  // namespace weir::metric

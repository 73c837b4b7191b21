#include "api/cloudwatch/statistics_operation.h"

#include <fmt/format.h>

#include <algorithm>

#include "api/cloudwatch/metric_operations.h"
#include "metric/query_run.h"
#include "metric/statistic.h"

namespace weir::api::cloudwatch {
namespace {

constexpr std::int64_t kMaxDatapoints = 1440;

struct StatisticsRequest {
  std::vector<metric::Statistic> basic;
  std::vector<metric::Statistic> extended;
  TimeMs start_ms = 0;
  TimeMs end_ms = 0;
  std::int64_t period_s = 60;
};

tl::unexpected<ApiError> bad_value(std::string message) {
  return refuse("InvalidParameterValue", std::move(message));
}

tl::expected<StatisticsRequest, ApiError> read_request(const Call& call, const Tree& input) {
  StatisticsRequest request;
  for (const std::string& name : input["Statistics"].texts()) {
    const auto statistic = metric::parse_basic_statistic(name);
    if (!statistic) {
      return bad_value(fmt::format(
          "The parameter Statistics.member.1 must be a value in the set [ SampleCount, Average, "
          "Sum, Minimum, Maximum ]: '{}' is not.",
          name));
    }
    request.basic.push_back(*statistic);
  }
  for (const std::string& name : input["ExtendedStatistics"].texts()) {
    const auto statistic = metric::parse_extended_statistic(name);
    if (!statistic) {
      return bad_value(fmt::format(
          "The value {} for parameter ExtendedStatistics.member.1 is not supported.", name));
    }
    request.extended.push_back(*statistic);
  }
  if (request.basic.empty() && request.extended.empty()) {
    return refuse("MissingParameter",
                  "Must specify either Statistics or ExtendedStatistics, or both.");
  }
  request.period_s = input["Period"].integer();
  if (!metric::is_period(request.period_s)) {
    return bad_value("The parameter Period must be 1, 5, 10, 20, 30 or a multiple of 60.");
  }
  request.end_ms = input["EndTime"].time_ms();
  request.start_ms =
      metric::round_start(input["StartTime"].time_ms(), call.now_ms, request.period_s);
  if (input["StartTime"].time_ms() >= request.end_ms) {
    return bad_value("The parameter StartTime must be less than the parameter EndTime.");
  }
  const std::int64_t period_ms = request.period_s * 1000;
  const std::int64_t num_points = (request.end_ms - request.start_ms + period_ms - 1) / period_ms;
  if (num_points > kMaxDatapoints) {
    return refuse(
        "InvalidParameterCombination",
        fmt::format("You have requested up to {} datapoints, which exceeds the limit of {}. You "
                    "may reduce the datapoints requested by increasing Period, or decreasing the "
                    "time range.",
                    num_points, kMaxDatapoints));
  }
  return request;
}

// nullopt where nothing that was asked for can be said of the period.
std::optional<Tree> datapoint(const StatisticsRequest& request, const metric::StatisticRow& row) {
  Tree point = Tree::map({{"Timestamp", Tree::time(row.time_ms)}});
  for (const metric::Statistic& statistic : request.basic) {
    if (const auto value = metric::compute(statistic, row.aggregate, &row.values)) {
      point.append(statistic.name, *value);
    }
  }
  point.append("Unit", metric::name_of(row.unit));
  Tree extended = Tree::map();
  for (const metric::Statistic& statistic : request.extended) {
    if (const auto value = metric::compute(statistic, row.aggregate, &row.values)) {
      extended.append(statistic.name, *value);
    }
  }
  if (extended.members().empty()) {
    return request.basic.empty() ? std::nullopt : std::optional(point);
  }
  point.append("ExtendedStatistics", std::move(extended));
  return point;
}

}  // namespace

Outcome get_metric_statistics(const metric::MetricStore& store, const Call& call,
                              const Tree& input) {
  const auto request = read_request(call, input);
  if (!request) {
    return tl::unexpected<ApiError>(request.error());
  }
  std::vector<metric::DimensionView> dimensions;
  for (const Tree& dimension : input["Dimensions"].items()) {
    dimensions.push_back({dimension["Name"].text(), dimension["Value"].text()});
  }
  std::optional<metric::Unit> unit;
  if (input.has("Unit")) {
    unit = metric::parse_unit(input["Unit"].text());
    if (!unit) {
      return bad_value(fmt::format("The parameter Unit must be a standard unit: '{}' is none.",
                                   input["Unit"].text()));
    }
  }
  const std::string scope = scope_of(call);
  const metric::MetricName name{scope, input["Namespace"].text(), input["MetricName"].text(),
                                dimensions};
  const bool wants_distributions =
      std::any_of(request->extended.begin(), request->extended.end(),
                  [](const metric::Statistic& s) { return s.needs_distribution(); });
  metric::QueryRange range;
  range.scope = scope;
  range.start_ms = request->start_ms;
  range.end_ms = request->end_ms;
  range.now_ms = call.now_ms;
  const auto rows =
      metric::read_statistics(store, name, unit, request->period_s, wants_distributions, range);
  if (!rows) {
    return as_failure(rows.error());
  }
  Tree points = Tree::list();
  for (const metric::StatisticRow& row : *rows) {
    if (auto point = datapoint(*request, row)) {
      points.push(std::move(*point));
    }
  }
  return Tree::map({{"Label", input["MetricName"].text()}, {"Datapoints", std::move(points)}});
}

}  // namespace weir::api::cloudwatch

#include "api/cloudwatch/metric_operations.h"

#include <fmt/format.h>

#include "api/cloudwatch/data_operation.h"
#include "api/cloudwatch/statistics_operation.h"
#include "base/number.h"

namespace weir::api::cloudwatch {
namespace {

constexpr std::size_t kMetricsEachPage = 500;
constexpr TimeMs kListedMs = TimeMs{14} * 24 * 3600 * 1000;
constexpr TimeMs kRecentlyActiveMs = TimeMs{3} * 3600 * 1000;

// The datums of a call and the arrays that they point into.
struct Datums {
  std::vector<metric::Datum> datums;
  std::vector<std::vector<metric::DimensionView>> dimensions;
  std::vector<std::vector<double>> numbers;
};

std::span<const double> add_numbers(const Tree& list, Datums& out) {
  std::vector<double>& numbers = out.numbers.emplace_back();
  for (const Tree& item : list.items()) {
    numbers.push_back(item.number());
  }
  return numbers;
}

void add_datum(const Tree& tree, Datums& out) {
  metric::Datum datum;
  datum.name = tree["MetricName"].text();
  auto& dimensions = out.dimensions.emplace_back();
  for (const Tree& dimension : tree["Dimensions"].items()) {
    dimensions.push_back({dimension["Name"].text(), dimension["Value"].text()});
  }
  datum.dimensions = dimensions;
  if (tree.has("Timestamp")) {
    datum.timestamp = tree["Timestamp"].time_ms();
  }
  if (tree.has("Value")) {
    datum.value = tree["Value"].number();
  }
  datum.values = add_numbers(tree["Values"], out);
  datum.counts = add_numbers(tree["Counts"], out);
  if (const Tree& set = tree["StatisticValues"]; !set.is_null()) {
    datum.statistics = metric::StatisticSet{set["SampleCount"].number(), set["Sum"].number(),
                                            set["Minimum"].number(), set["Maximum"].number()};
  }
  datum.unit = tree["Unit"].text();
  if (tree.has("StorageResolution")) {
    datum.storage_resolution = tree["StorageResolution"].integer();
  }
  out.datums.push_back(datum);
}

Outcome put_metric_data(metric::MetricStore& store, const Call& call, const Tree& input) {
  Datums datums;
  for (const Tree& tree : input["MetricData"].items()) {
    add_datum(tree, datums);
  }
  for (const Tree& entity : input["EntityMetricData"].items()) {
    for (const Tree& tree : entity["MetricData"].items()) {
      add_datum(tree, datums);
    }
  }
  if (datums.datums.empty()) {
    return refuse("MissingParameter", "The parameter MetricData is required.");
  }
  const std::string& name_space = input["Namespace"].text();
  if (auto checked = metric::check_put(name_space, datums.datums, call.now_ms); !checked) {
    return as_refusal(checked.error());
  }
  std::optional<metric::BatchKey> batch;
  if (!call.batch.empty()) {
    batch = metric::batch_key(scope_of(call), call.batch);
    if (!batch) {
      return refuse("InvalidParameterValue", "The header X-Weir-Batch must be a UUID.");
    }
  }
  if (auto stored = store.put(scope_of(call), name_space, datums.datums, batch); !stored) {
    return as_failure(stored.error());
  }
  return Tree();
}

Tree metric_tree(const metric::ListedMetric& metric) {
  Tree dimensions = Tree::list();
  for (const metric::DimensionView& dimension : metric.dimensions) {
    dimensions.push(Tree::map({{"Name", dimension.name}, {"Value", dimension.value}}));
  }
  return Tree::map({{"Namespace", metric.name_space},
                    {"MetricName", metric.name},
                    {"Dimensions", std::move(dimensions)}});
}

Outcome list_metrics(const metric::MetricStore& store, const Call& call, const Tree& input) {
  metric::MetricFilter filter;
  filter.scope = scope_of(call);
  if (input.has("Namespace")) {
    filter.name_space = input["Namespace"].text();
  }
  if (input.has("MetricName")) {
    filter.name = input["MetricName"].text();
  }
  for (const Tree& dimension : input["Dimensions"].items()) {
    auto& wanted = filter.dimensions.emplace_back();
    wanted.name = dimension["Name"].text();
    if (dimension.has("Value")) {
      wanted.value = dimension["Value"].text();
    }
  }
  filter.active_since_ms =
      call.now_ms - (input.has("RecentlyActive") ? kRecentlyActiveMs : kListedMs);
  metric::MetricId first = 0;
  if (input.has("NextToken")) {
    const auto token = parse_int64(input["NextToken"].text());
    if (!token || *token < 0 || *token > UINT32_MAX) {
      return refuse("InvalidParameterValue", "The parameter NextToken is none of this server's.");
    }
    first = static_cast<metric::MetricId>(*token);
  }
  const auto metrics = store.list(filter, first, kMetricsEachPage + 1);
  Tree list = Tree::list();
  Tree output = Tree::map();
  for (std::size_t i = 0; i < std::min(metrics.size(), kMetricsEachPage); ++i) {
    list.push(metric_tree(metrics[i]));
  }
  output.append("Metrics", std::move(list));
  if (metrics.size() > kMetricsEachPage) {
    output.append("NextToken", std::to_string(metrics[kMetricsEachPage].id));
  }
  return output;
}

}  // namespace

std::string scope_of(const Call& call) { return call.account + "/" + call.region; }

tl::unexpected<ApiError> as_refusal(const metric::Refusal& refusal) {
  return refuse(refusal.code, refusal.message, refusal.code == "ResourceNotFound" ? 404 : 400);
}

tl::unexpected<ApiError> as_failure(const Error& error) {
  if (error.code == ErrorCode::kLimit) {
    return refuse("LimitExceeded", error.message);
  }
  const bool heals = error.code == ErrorCode::kFull || error.code == ErrorCode::kBusy;
  return refuse("InternalServiceError", error.message, heals ? 503 : 500);
}

void add_metric_operations(Service& service, metric::MetricStore& store,
                           metric::AnomalyBands* bands) {
  service.operations["PutMetricData"] = [&store](const Call& call, const Tree& input) {
    return put_metric_data(store, call, input);
  };
  service.operations["ListMetrics"] = [&store](const Call& call, const Tree& input) {
    return list_metrics(store, call, input);
  };
  service.operations["GetMetricData"] = [&store, bands](const Call& call, const Tree& input) {
    return get_metric_data(store, bands, call, input);
  };
  service.operations["GetMetricStatistics"] = [&store](const Call& call, const Tree& input) {
    return get_metric_statistics(store, call, input);
  };
}

}  // namespace weir::api::cloudwatch

#include "api/cloudwatch/metric_operations.h"

#include <fmt/format.h>

#include "api/cloudwatch/data_operation.h"
#include "api/cloudwatch/put_input.h"
#include "api/cloudwatch/statistics_operation.h"
#include "base/number.h"

namespace weir::api::cloudwatch {
namespace {

constexpr std::size_t kMetricsEachPage = 500;
constexpr TimeMs kListedMs = TimeMs{14} * 24 * 3600 * 1000;
constexpr TimeMs kRecentlyActiveMs = TimeMs{3} * 3600 * 1000;

Outcome put(metric::MetricStore& store, metric::PutQueue* queue, const Call& call,
            const PutInput& input) {
  const auto datums = input.datums();
  if (datums.empty()) {
    return refuse("MissingParameter", "The parameter MetricData is required.");
  }
  if (auto checked = metric::check_put(input.name_space(), datums, call.now_ms); !checked) {
    return as_refusal(checked.error());
  }
  std::optional<metric::BatchKey> batch;
  if (!call.batch.empty()) {
    batch = metric::batch_key(scope_of(call), call.batch);
    if (!batch) {
      return refuse("InvalidParameterValue", "The header X-Weir-Batch must be a UUID.");
    }
  }
  if (batch || queue == nullptr || call.wait == nullptr) {
    if (auto stored = store.put(scope_of(call), input.name_space(), datums, batch); !stored) {
      return as_failure(stored.error());
    }
    return Tree();
  }
  const auto ticket = queue->put(scope_of(call), input.name_space(), datums);
  if (!ticket) {
    return as_failure(ticket.error());
  }
  *call.wait = [ticket = *ticket](Ended ended) {
    ticket->then([ended = std::move(ended)](const Result<void>& outcome, bool is_last) {
      ended(outcome ? std::nullopt : std::optional(as_failure(outcome.error()).value()), is_last);
    });
  };
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

void add_metric_operations(Service& service, metric::MetricStore& store, metric::PutQueue* queue,
                           metric::AnomalyBands* bands) {
  service.operations["PutMetricData"] = [&store, queue](const Call& call, const Tree& tree) {
    PutInput input;
    input.read_tree(tree);
    return put(store, queue, call, input);
  };
  service.json_operations["PutMetricData"] = [&store, queue](const Call& call,
                                                             std::string_view body) {
    PutInput input;
    return input.read_json(body) ? std::optional(put(store, queue, call, input)) : std::nullopt;
  };
  if (queue != nullptr) {
    service.brief_operations["PutMetricData"] = [&store] { return store.is_put_brief(); };
  }
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

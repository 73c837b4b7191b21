#include <fmt/format.h>

#include <algorithm>

#include "api/cloudwatch/alarm_tree.h"
#include "api/cloudwatch/anomaly_detectors.h"
#include "api/cloudwatch/metric_operations.h"
#include "metric/statistic.h"

namespace weir::api::cloudwatch {
namespace {

constexpr std::int64_t kDetectorsEachPage = 100;

// The detector that an input speaks of, in the newer form or in the older one.
tl::expected<AnomalyDetector, ApiError> read_detector(const Call& call, const Tree& input) {
  if (input.has("MetricMathAnomalyDetector")) {
    return refuse("InvalidParameterValue",
                  "MetricMathAnomalyDetector is not supported by this server: it has bands of "
                  "metrics, none of expressions");
  }
  const bool is_new_form = input.has("SingleMetricAnomalyDetector");
  const bool is_old_form = input.has("Namespace") || input.has("MetricName") || input.has("Stat");
  if (is_new_form && is_old_form) {
    return refuse("InvalidParameterCombination",
                  "SingleMetricAnomalyDetector and Namespace, MetricName, Dimensions, Stat are "
                  "mutually exclusive and you have specified both.");
  }
  const Tree& subject = is_new_form ? input["SingleMetricAnomalyDetector"] : input;
  for (const char* const name : {"Namespace", "MetricName", "Stat"}) {
    if (!subject.has(name)) {
      return refuse("MissingParameter", fmt::format("The parameter {} is required.", name));
    }
  }
  AnomalyDetector detector;
  detector.scope = scope_of(call);
  detector.stat.metric = {subject["Namespace"].text(), subject["MetricName"].text(),
                          read_dimensions(subject["Dimensions"])};
  detector.stat.statistic = subject["Stat"].text();
  if (!metric::parse_statistic(detector.stat.statistic)) {
    return refuse("InvalidParameterValue", fmt::format("The value {} for parameter Stat is not "
                                                       "supported.",
                                                       detector.stat.statistic));
  }
  return detector;
}

Outcome put_detector(AnomalyDetectors& detectors, const Call& call, const Tree& input) {
  auto detector = read_detector(call, input);
  if (!detector) {
    return tl::unexpected<ApiError>(detector.error());
  }
  const Tree& configuration = input["Configuration"];
  for (const char* const name : {"AdaptationSpeed", "OutlierFilteringStrength"}) {
    if (configuration.has(name)) {
      return refuse("InvalidParameterValue",
                    fmt::format("Configuration.{} is not supported by this server: its models "
                                "train on two weeks, outliers pulled in to three deviations",
                                name));
    }
  }
  for (const Tree& range : configuration["ExcludedTimeRanges"].items()) {
    if (range["StartTime"].time_ms() >= range["EndTime"].time_ms()) {
      return refuse("InvalidParameterValue", "An excluded time range must end after it has begun.");
    }
  }
  detector->configuration = configuration;
  detector->characteristics = input["MetricCharacteristics"];
  const auto id = detectors.put(std::move(*detector));
  if (!id) {
    return as_failure(id.error());
  }
  return Tree::map({{"AnomalyDetectorId", *id}});
}

bool has_dimensions(const AnomalyDetector& detector, const Tree& wanted) {
  const auto& dimensions = detector.stat.metric.dimensions;
  const auto list = read_dimensions(wanted);
  return std::all_of(list.begin(), list.end(), [&](const metric::Dimension& dimension) {
    return std::find(dimensions.begin(), dimensions.end(), dimension) != dimensions.end();
  });
}

Outcome describe_detectors(const AnomalyDetectors& detectors, const Call& call, const Tree& input) {
  const auto all = detectors.list(scope_of(call));
  if (!all) {
    return as_failure(all.error());
  }
  const auto ids = input["AnomalyDetectorIds"].texts();
  const auto types = input["AnomalyDetectorTypes"].texts();
  const bool wants_single =
      types.empty() || std::find(types.begin(), types.end(), "SINGLE_METRIC") != types.end();
  const std::int64_t limit =
      input.has("MaxResults") ? input["MaxResults"].integer() : kDetectorsEachPage;
  const std::string& token = input["NextToken"].text();
  bool is_past_token = token.empty();
  Tree list = Tree::list();
  Tree answer = Tree::map();
  for (const AnomalyDetector& detector : *all) {
    const bool was_past_token = is_past_token;
    is_past_token = is_past_token || detector.id == token;
    const metric::MetricReference& metric = detector.stat.metric;
    if (!was_past_token || !wants_single ||
        (!ids.empty() && std::find(ids.begin(), ids.end(), detector.id) == ids.end()) ||
        (input.has("Namespace") && metric.name_space != input["Namespace"].text()) ||
        (input.has("MetricName") && metric.name != input["MetricName"].text()) ||
        !has_dimensions(detector, input["Dimensions"])) {
      continue;
    }
    if (static_cast<std::int64_t>(list.items().size()) == limit) {
      answer.set("NextToken", list.items().back()["AnomalyDetectorId"]);
      break;
    }
    const auto state = detectors.state_of(detector);
    if (!state) {
      return as_failure(state.error());
    }
    Tree dimensions = Tree::list();
    for (const metric::Dimension& dimension : metric.dimensions) {
      dimensions.push(Tree::map({{"Name", dimension.name}, {"Value", dimension.value}}));
    }
    Tree subject = Tree::map({{"Namespace", metric.name_space},
                              {"MetricName", metric.name},
                              {"Dimensions", std::move(dimensions)},
                              {"Stat", detector.stat.statistic}});
    Tree item = subject;  // as old clients read it
    item.append("SingleMetricAnomalyDetector", std::move(subject));
    item.append("AnomalyDetectorId", detector.id);
    item.append("StateValue", alarm::name_of(*state));
    if (!detector.configuration.is_null()) {
      item.append("Configuration", detector.configuration);
    }
    if (!detector.characteristics.is_null()) {
      item.append("MetricCharacteristics", detector.characteristics);
    }
    list.push(std::move(item));
  }
  if (!is_past_token) {
    return refuse("InvalidNextToken", "The next token is invalid.");
  }
  answer.set("AnomalyDetectors", std::move(list));
  return answer;
}

Outcome delete_detector(AnomalyDetectors& detectors, const Call& call, const Tree& input) {
  AnomalyDetector wanted;
  wanted.id = input["AnomalyDetectorId"].text();
  if (wanted.id.empty()) {
    auto read = read_detector(call, input);
    if (!read) {
      return tl::unexpected<ApiError>(read.error());
    }
    wanted = std::move(*read);
  }
  const auto all = detectors.list(scope_of(call));
  if (!all) {
    return as_failure(all.error());
  }
  const auto found = std::find_if(all->begin(), all->end(), [&](const AnomalyDetector& detector) {
    const metric::MetricReference& metric = detector.stat.metric;
    return wanted.id.empty()
               ? metric.name_space == wanted.stat.metric.name_space &&
                     metric.name == wanted.stat.metric.name &&
                     detector.stat.statistic == wanted.stat.statistic &&
                     metric.dimensions.size() == wanted.stat.metric.dimensions.size() &&
                     std::is_permutation(metric.dimensions.begin(), metric.dimensions.end(),
                                         wanted.stat.metric.dimensions.begin())
               : detector.id == wanted.id;
  });
  if (found == all->end()) {
    return refuse("ResourceNotFoundException", "The anomaly detector does not exist.", 404);
  }
  if (auto done = detectors.remove(*found); !done) {
    return as_failure(done.error());
  }
  return Tree::map();
}

}  // namespace

void add_detector_operations(Service& service, AnomalyDetectors& detectors) {
  service.operations["PutAnomalyDetector"] = [&](const Call& call, const Tree& input) {
    return put_detector(detectors, call, input);
  };
  service.operations["DescribeAnomalyDetectors"] = [&](const Call& call, const Tree& input) {
    return describe_detectors(detectors, call, input);
  };
  service.operations["DeleteAnomalyDetector"] = [&](const Call& call, const Tree& input) {
    return delete_detector(detectors, call, input);
  };
}

}  // namespace weir::api::cloudwatch

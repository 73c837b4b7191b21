#include "console/metric_reasons.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <vector>

#include "alarm/explain.h"
#include "base/nearest_name.h"
#include "base/time_text.h"

namespace weir::console {
namespace {

using format::Tree;

constexpr std::size_t kShownSeries = 3;

Tree one_reason(std::string_view cause, std::string detail, std::string_view next) {
  Tree list = Tree::list();
  list.push(Tree::map({{"cause", cause}, {"detail", std::move(detail)}, {"next", next}}));
  return list;
}

std::string dimensions_text(const std::vector<metric::DimensionView>& dimensions) {
  if (dimensions.empty()) {
    return "none";
  }
  std::string text;
  for (const metric::DimensionView& dimension : dimensions) {
    text += fmt::format("{}{}={}", text.empty() ? "" : ", ", dimension.name, dimension.value);
  }
  return text;
}

// "; there are such in us-west-2" of other regions of the account, "" where none has.
std::string elsewhere_text(const MetricPlace& place, metric::MetricFilter filter) {
  filter.scope.reset();
  std::set<std::string_view> regions;
  for (const metric::ListedMetric& listed : place.metrics.list(filter)) {
    if (listed.scope.starts_with(place.account + "/")) {
      regions.insert(listed.scope.substr(place.account.size() + 1));
    }
  }
  regions.erase(place.region);
  return regions.empty() ? "" : fmt::format("; there are such in {}", fmt::join(regions, ", "));
}

template <class Name>
std::vector<std::string> distinct(const std::vector<metric::ListedMetric>& listed, Name name) {
  std::set<std::string> names;
  for (const metric::ListedMetric& metric : listed) {
    names.emplace(name(metric));
  }
  return {names.begin(), names.end()};
}

std::string meant(std::string_view name, const std::vector<std::string>& names) {
  const std::string text = did_you_mean(name, names);
  return text.empty() ? "" : ";" + text;
}

}  // namespace

Tree metric_reasons(const MetricPlace& place, const metric::MetricReference& wanted) {
  metric::MetricFilter filter;
  filter.scope = place.scope();
  filter.name_space = wanted.name_space;
  const auto in_namespace = place.metrics.list(filter);
  struct Found {
    const metric::ListedMetric* metric = nullptr;
    std::size_t num_differences = 0;
  };
  std::vector<Found> same_name;
  for (const metric::ListedMetric& metric : in_namespace) {
    if (metric.name == wanted.name) {
      same_name.push_back({&metric, alarm::differences_of(wanted, metric.dimensions).size()});
    }
  }
  filter.name = wanted.name;
  if (same_name.empty()) {
    return list_reasons(place, filter);
  }
  std::stable_sort(same_name.begin(), same_name.end(), [](const Found& a, const Found& b) {
    return a.num_differences < b.num_differences;
  });
  if (same_name.front().num_differences == 0) {
    return one_reason(
        "range_without_samples",
        fmt::format("its newest sample is of {}", to_time_text(same_name.front().metric->last_ms)),
        "Ask for a time that has samples, or a longer one.");
  }
  std::string others;
  for (std::size_t i = 0; i < same_name.size() && i < kShownSeries; ++i) {
    others += others.empty() ? "" : "; ";
    others += dimensions_text(same_name[i].metric->dimensions);
  }
  return one_reason("dimensions_differ",
                    fmt::format("{} series of that name {} other dimensions: {}", same_name.size(),
                                same_name.size() == 1 ? "has" : "have", others),
                    "Name exactly the dimensions that a series has.");
}

Tree list_reasons(const MetricPlace& place, const metric::MetricFilter& filter) {
  metric::MetricFilter near;
  near.scope = place.scope();
  const std::string elsewhere = elsewhere_text(place, filter);
  constexpr std::string_view kNext = "See weir metric list, or /api/v1/metrics, for what there is.";
  if (filter.name_space) {
    near.name_space = filter.name_space;
    if (place.metrics.list(near, 0, 1).empty()) {
      near.name_space.reset();
      const auto names =
          distinct(place.metrics.list(near), [](const auto& metric) { return metric.name_space; });
      return one_reason(
          "no_such_namespace",
          fmt::format("{} has no metrics of a namespace '{}'{}{}", place.region, *filter.name_space,
                      meant(*filter.name_space, names), elsewhere),
          kNext);
    }
  }
  const auto in_namespace = place.metrics.list(near);
  const std::string where = filter.name_space ? *filter.name_space : place.region;
  const auto has_name = [&](const metric::ListedMetric& metric) {
    return metric.name == *filter.name;
  };
  if (filter.name && std::none_of(in_namespace.begin(), in_namespace.end(), has_name)) {
    const auto names = distinct(in_namespace, [](const auto& metric) { return metric.name; });
    return one_reason("no_such_metric",
                      fmt::format("{} has no metric '{}' in {}{}{}", where, *filter.name,
                                  place.region, meant(*filter.name, names), elsewhere),
                      kNext);
  }
  std::set<std::string> names;
  for (const metric::ListedMetric& metric : in_namespace) {
    for (const metric::DimensionView& dimension : metric.dimensions) {
      names.emplace(dimension.name);
    }
  }
  for (const auto& dimension : filter.dimensions) {
    if (!names.contains(dimension.name)) {
      return one_reason("no_such_dimension",
                        fmt::format("no metric there has a dimension '{}'{}{}", dimension.name,
                                    meant(dimension.name, {names.begin(), names.end()}), elsewhere),
                        kNext);
    }
  }
  return one_reason(filter.dimensions.empty() ? "no_metrics" : "dimensions_differ",
                    filter.dimensions.empty()
                        ? fmt::format("{} has no metrics yet{}", place.region, elsewhere)
                        : fmt::format("no metric there has all of these dimensions{}", elsewhere),
                    kNext);
}

}  // namespace weir::console

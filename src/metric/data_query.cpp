#include "metric/data_query.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "metric/statistic.h"

namespace weir::metric {
namespace {

bool is_id(std::string_view id) {
  if (id.empty() || id.front() < 'a' || id.front() > 'z' || id.size() > kMaxNameBytes) {
    return false;
  }
  return std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

Checked<void> check_stat(const MetricStat& stat, std::string_view where) {
  const std::string prefix = fmt::format("{}.MetricStat.", where);
  if (auto checked = check_namespace(stat.metric.name_space, prefix + "Metric."); !checked) {
    return checked;
  }
  if (auto checked = check_metric_name(stat.metric.name, prefix + "Metric."); !checked) {
    return checked;
  }
  const auto dimensions = views_of(stat.metric.dimensions);
  if (auto checked = check_dimensions(dimensions, prefix + "Metric."); !checked) {
    return checked;
  }
  if (!is_period(stat.period_s)) {
    return refuse(
        kValidationError,
        fmt::format("The value {} for parameter {}Period is invalid: it must be 1, 5, 10, "
                    "20, 30 or a multiple of 60.",
                    stat.period_s, prefix));
  }
  if (!parse_statistic(stat.statistic)) {
    return refuse(
        kValidationError,
        fmt::format("The value {} for parameter {}Stat is not supported.", stat.statistic, prefix));
  }
  if (!stat.unit.empty() && !parse_unit(stat.unit)) {
    return refuse(kInvalidParameterValue,
                  fmt::format("The value {} for parameter {}Unit is invalid.", stat.unit, prefix));
  }
  return {};
}

}  // namespace

std::vector<DimensionView> views_of(std::span<const Dimension> dimensions) {
  std::vector<DimensionView> views;
  views.reserve(dimensions.size());
  for (const Dimension& dimension : dimensions) {
    views.push_back({dimension.name, dimension.value});
  }
  return views;
}

std::vector<Dimension> copy_of(std::span<const DimensionView> dimensions) {
  std::vector<Dimension> copies;
  copies.reserve(dimensions.size());
  for (const DimensionView& dimension : dimensions) {
    copies.push_back({std::string(dimension.name), std::string(dimension.value)});
  }
  std::sort(copies.begin(), copies.end(),
            [](const Dimension& a, const Dimension& b) { return a.name < b.name; });
  return copies;
}

bool is_period(std::int64_t period_s) {
  return period_s == 1 || period_s == 5 || period_s == 10 || period_s == 20 || period_s == 30 ||
         (period_s > 0 && period_s % 60 == 0);
}

Checked<void> check_queries(std::span<const DataQuery> queries, std::string_view where) {
  if (queries.empty()) {
    return refuse(kMissingParameter, fmt::format("The parameter {} is required.", where));
  }
  if (queries.size() > kMaxQueries) {
    return refuse(
        kValidationError,
        fmt::format("The collection {} must not have a size greater than {}.", where, kMaxQueries));
  }
  std::set<std::string_view> ids;
  for (std::size_t i = 0; i < queries.size(); ++i) {
    const DataQuery& query = queries[i];
    const std::string member = fmt::format("{}.member.{}", where, i + 1);
    if (!is_id(query.id)) {
      return refuse(kValidationError,
                    fmt::format("The value {} for parameter {}.Id is not matching the expected "
                                "pattern ^[a-z][a-zA-Z0-9_]*$.",
                                query.id, member));
    }
    if (!ids.insert(query.id).second) {
      return refuse(kValidationError,
                    fmt::format("The values for parameter id in {} are not unique.", where));
    }
    if (query.metric_stat.has_value() == !query.expression.empty()) {
      return refuse(
          kValidationError,
          query.metric_stat
              ? fmt::format("The parameters {0}.Expression and {0}.MetricStat are "
                            "mutually exclusive and you have specified both.",
                            member)
              : fmt::format("Either {0}.Expression or {0}.MetricStat must be specified.", member));
    }
    if (query.expression.size() > kMaxExpressionBytes) {
      return refuse(kValidationError,
                    fmt::format("The parameter {}.Expression must be shorter than {} characters.",
                                member, kMaxExpressionBytes + 1));
    }
    if (query.period_s && !is_period(*query.period_s)) {
      return refuse(kValidationError,
                    fmt::format("The value {} for parameter {}.Period is invalid: it must be 1, 5, "
                                "10, 20, 30 or a multiple of 60.",
                                *query.period_s, member));
    }
    if (query.metric_stat) {
      if (auto checked = check_stat(*query.metric_stat, member); !checked) {
        return checked;
      }
    }
  }
  return {};
}

}  // namespace weir::metric

#include "metric/label.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/number.h"
#include "base/time_text.h"

namespace weir::metric {
namespace {

std::string short_number(double value) {
  return std::fabs(value) >= 1000 || value == std::floor(value) ? format_double(value)
                                                                : fmt::format("{:.4g}", value);
}

std::string clock_text(TimeMs time_ms, std::int64_t offset_s) {
  const CivilTime t = to_civil(time_ms + offset_s * 1000);
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}", t.year, t.month, t.day, t.hour,
                     t.minute, t.second);
}

std::optional<std::string> property(std::string_view name, const LabelContext& context) {
  const std::string_view account = context.scope.substr(0, context.scope.find('/'));
  if (name == "AccountId") {
    return std::string(account);
  }
  if (name == "Region") {
    return std::string(context.scope.substr(std::min(context.scope.size(), account.size() + 1)));
  }
  if (name == "Period") {
    return std::to_string(context.period_s);
  }
  if (context.stat == nullptr) {
    return std::nullopt;
  }
  if (name == "MetricName") {
    return context.stat->metric.name;
  }
  if (name == "Namespace") {
    return context.stat->metric.name_space;
  }
  if (name == "Stat") {
    return context.stat->statistic;
  }
  if (name.starts_with("Dim.")) {
    for (const Dimension& dimension : context.stat->metric.dimensions) {
      if (dimension.name == name.substr(4)) {
        return dimension.value;
      }
    }
  }
  return std::nullopt;
}

std::optional<std::string> variable(std::string_view name, const LabelContext& context) {
  if (name == "LABEL") {
    return std::string(context.plain_label);
  }
  if (name.starts_with("PROP('") && name.ends_with("')")) {
    return property(name.substr(6, name.size() - 8), context);
  }
  if (name == "DATAPOINT_COUNT") {
    return std::to_string(context.values.size());
  }
  if (context.values.empty()) {
    return std::string("--");
  }
  const std::string_view base = name.substr(0, name.find("_TIME"));
  const auto begin = context.values.begin();
  std::size_t place = 0;
  if (base == "MAX") {
    place = static_cast<std::size_t>(std::max_element(begin, context.values.end()) - begin);
  } else if (base == "MIN") {
    place = static_cast<std::size_t>(std::min_element(begin, context.values.end()) - begin);
  } else if (base == "LAST") {
    place = context.values.size() - 1;
  } else if (base == "AVG" || base == "SUM") {
    double sum = 0;
    for (const double value : context.values) {
      sum += value;
    }
    return short_number(base == "SUM" ? sum : sum / static_cast<double>(context.values.size()));
  } else if (base != "FIRST") {
    return std::nullopt;
  }
  if (base.size() == name.size()) {
    return short_number(context.values[place]);
  }
  return clock_text(context.times[place], context.utc_offset_s);
}

}  // namespace

std::vector<std::string> distinct_labels(std::span<const MetricStat* const> stats) {
  bool has_names = false;
  bool has_namespaces = false;
  bool has_dimensions = false;
  bool has_statistics = false;
  bool has_periods = false;
  for (const MetricStat* const stat : stats) {
    const MetricStat& first = *stats[0];
    has_names = has_names || stat->metric.name != first.metric.name;
    has_namespaces = has_namespaces || stat->metric.name_space != first.metric.name_space;
    has_dimensions = has_dimensions || stat->metric.dimensions != first.metric.dimensions;
    has_statistics = has_statistics || stat->statistic != first.statistic;
    has_periods = has_periods || stat->period_s != first.period_s;
  }
  // Where names alone tell all apart, nothing is added.
  std::vector<std::string> names;
  for (const MetricStat* const stat : stats) {
    names.push_back(stat->metric.name);
  }
  std::sort(names.begin(), names.end());
  const bool is_told_by_name =
      has_names && std::adjacent_find(names.begin(), names.end()) == names.end();
  std::vector<std::string> labels;
  for (const MetricStat* const stat : stats) {
    std::string label;
    const auto add = [&](std::string_view part) {
      label += label.empty() ? "" : " ";
      label += part;
    };
    if (has_namespaces && !is_told_by_name) {
      add(stat->metric.name_space);
    }
    if (has_dimensions && !is_told_by_name) {
      for (const Dimension& dimension : stat->metric.dimensions) {
        add(dimension.value);
      }
    }
    if (has_names || !has_dimensions || label.empty()) {
      add(stat->metric.name);
    }
    if (has_statistics && !is_told_by_name) {
      add(stat->statistic);
    }
    if (has_periods && !is_told_by_name) {
      add(std::to_string(stat->period_s));
    }
    labels.push_back(std::move(label));
  }
  return labels;
}

std::string expand_label(std::string_view label, const LabelContext& context) {
  std::string out;
  while (!label.empty()) {
    const std::size_t begin = label.find("${");
    const std::size_t end = begin == std::string_view::npos ? begin : label.find('}', begin);
    if (end == std::string_view::npos) {
      break;
    }
    out += label.substr(0, begin);
    const auto text = variable(label.substr(begin + 2, end - begin - 2), context);
    out += text ? *text : std::string(label.substr(begin, end + 1 - begin));
    label.remove_prefix(end + 1);
  }
  out += label;
  return out;
}

}  // namespace weir::metric

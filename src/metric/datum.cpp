#include "metric/datum.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "base/number.h"

namespace weir::metric {
namespace {

// NaN as AWS spells it.
std::string spell(double value) {
  return std::isnan(value)   ? "NaN"
         : std::isinf(value) ? (value > 0 ? "Infinity" : "-Infinity")
                             : format_double(value);
}

tl::unexpected<Refusal> invalid(std::string_view value, std::string_view parameter) {
  return refuse(kInvalidParameterValue,
                fmt::format("The value {} for parameter {} is invalid.", value, parameter));
}

tl::unexpected<Refusal> required(std::string_view parameter) {
  return refuse(kMissingParameter, fmt::format("The parameter {} is required.", parameter));
}

tl::unexpected<Refusal> exclusive(std::string_view one, std::string_view other) {
  return refuse(kInvalidParameterCombination,
                fmt::format("The parameters {} and {} are mutually exclusive and you have "
                            "specified both.",
                            one, other));
}

bool is_value(double value) { return std::fabs(value) <= kMaxMagnitude; }

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) == 0x7f;
  });
}

bool is_ascii(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) { return (c & 0x80) != 0; });
}

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

bool is_good_text(std::string_view text, std::size_t limit) {
  return !text.empty() && text.size() <= limit && !has_control(text) && !is_blank(text);
}

// Whether a datum's texts are good; who finds that not looks again and says why.
bool has_good_names(const Datum& datum) {
  if (!is_good_text(datum.name, kMaxNameBytes) || datum.name.front() == ':' ||
      datum.dimensions.size() > kMaxDimensions) {
    return false;
  }
  for (std::size_t i = 0; i < datum.dimensions.size(); ++i) {
    const DimensionView& dimension = datum.dimensions[i];
    if (!is_good_text(dimension.name, kMaxNameBytes) || dimension.name.front() == ':' ||
        !is_good_text(dimension.value, kMaxDimensionValueBytes) || !is_ascii(dimension.name) ||
        !is_ascii(dimension.value)) {
      return false;
    }
    for (std::size_t j = 0; j < i; ++j) {
      if (datum.dimensions[j].name == dimension.name) {
        return false;
      }
    }
  }
  return true;
}

// A single value of a valid unit, as most datums are.
bool has_good_value(const Datum& datum, TimeMs now_ms) {
  return datum.value && is_value(*datum.value) && datum.values.empty() && datum.counts.empty() &&
         !datum.statistics && (datum.unit.empty() || parse_unit(datum.unit)) &&
         (!datum.timestamp ||
          (*datum.timestamp >= now_ms - kMaxPastMs && *datum.timestamp <= now_ms + kMaxFutureMs)) &&
         (!datum.storage_resolution || *datum.storage_resolution == 1 ||
          *datum.storage_resolution == 60);
}

Checked<void> check_text(std::string_view text, std::size_t limit, std::string_view parameter) {
  if (text.empty()) {
    return required(parameter);
  }
  if (text.size() > limit) {
    return refuse(
        kInvalidParameterValue,
        fmt::format("The parameter {} must be shorter than {} characters.", parameter, limit + 1));
  }
  if (is_blank(text) || has_control(text)) {
    return invalid(text, parameter);
  }
  return {};
}

Checked<void> check_numbers(const Datum& datum, const std::string& where) {
  if (datum.value && !datum.values.empty()) {
    return exclusive(where + "Value", where + "Values");
  }
  if (datum.value && datum.statistics) {
    return exclusive(where + "Value", where + "StatisticValues");
  }
  if (!datum.value && datum.values.empty() && !datum.statistics) {
    if (!datum.counts.empty()) {
      return required(where + "Values");
    }
    return refuse(kMissingParameter,
                  fmt::format("At least one of the parameters must be specified: {0}Value, "
                              "{0}Values, {0}StatisticValues.",
                              where));
  }
  if (datum.value && !is_value(*datum.value)) {
    return invalid(spell(*datum.value), where + "Value");
  }
  if (datum.values.size() > kMaxValues) {
    return refuse(kInvalidParameterValue,
                  fmt::format("The collection {}Values must not have a size greater than {}.",
                              where, kMaxValues));
  }
  if (!datum.counts.empty() && datum.counts.size() != datum.values.size()) {
    return refuse(
        kInvalidParameterValue,
        fmt::format("The parameters {0}Values and {0}Counts must be of the same size.", where));
  }
  for (const double value : datum.values) {
    if (!is_value(value)) {
      return invalid(spell(value), where + "Values");
    }
  }
  for (const double count : datum.counts) {
    if (!(count >= 0) || !is_value(count)) {
      return invalid(spell(count), where + "Counts");
    }
  }
  if (datum.statistics) {
    const StatisticSet& set = *datum.statistics;
    const std::string prefix = where + "StatisticValues.";
    for (const auto& [value, name] :
         {std::pair(set.sample_count, "SampleCount"), std::pair(set.sum, "Sum"),
          std::pair(set.minimum, "Minimum"), std::pair(set.maximum, "Maximum")}) {
      if (!is_value(value)) {
        return invalid(spell(value), prefix + name);
      }
    }
    if (!(set.sample_count > 0)) {
      return refuse(kInvalidParameterValue,
                    fmt::format("The parameter {}SampleCount must be greater than 0.", prefix));
    }
    if (set.maximum < set.minimum) {
      return refuse(kInvalidParameterValue,
                    fmt::format("The parameter {0}Maximum must be greater than or equal to the "
                                "parameter {0}Minimum.",
                                prefix));
    }
  }
  return {};
}

Checked<void> check_time(const Datum& datum, TimeMs now_ms, const std::string& where) {
  if (!datum.timestamp) {
    return {};
  }
  if (*datum.timestamp < now_ms - kMaxPastMs) {
    return refuse(
        kInvalidParameterValue,
        fmt::format("The parameter {}Timestamp must specify a time no more than two weeks "
                    "in the past.",
                    where));
  }
  if (*datum.timestamp > now_ms + kMaxFutureMs) {
    return refuse(
        kInvalidParameterValue,
        fmt::format("The parameter {}Timestamp must specify a time no more than two hours "
                    "in the future.",
                    where));
  }
  return {};
}

}  // namespace

Checked<void> check_namespace(std::string_view name_space, std::string_view where) {
  const std::string parameter = fmt::format("{}Namespace", where);
  if (auto checked = check_text(name_space, kMaxNameBytes, parameter); !checked) {
    return checked;
  }
  if (name_space.starts_with(':')) {
    return invalid(name_space, parameter);
  }
  return {};
}

Checked<void> check_metric_name(std::string_view name, std::string_view where) {
  if (name.starts_with(':')) {
    return invalid(name, fmt::format("{}MetricName", where));
  }
  return check_text(name, kMaxNameBytes, fmt::format("{}MetricName", where));
}

Checked<void> check_dimensions(std::span<const DimensionView> dimensions, std::string_view where) {
  if (dimensions.size() > kMaxDimensions) {
    return refuse(kInvalidParameterValue,
                  fmt::format("The collection {}Dimensions must not have a size greater than {}.",
                              where, kMaxDimensions));
  }
  for (std::size_t i = 0; i < dimensions.size(); ++i) {
    const auto parameter = [&](std::string_view name) {
      return fmt::format("{}Dimensions.member.{}.{}", where, i + 1, name);
    };
    const DimensionView& dimension = dimensions[i];
    if (dimension.name.empty() || dimension.name.size() > kMaxNameBytes ||
        dimension.name.starts_with(':')) {
      return dimension.name.empty() ? required(parameter("Name"))
                                    : invalid(dimension.name, parameter("Name"));
    }
    if (dimension.value.empty() || dimension.value.size() > kMaxDimensionValueBytes) {
      return dimension.value.empty() ? required(parameter("Value"))
                                     : invalid(dimension.value, parameter("Value"));
    }
    if (is_blank(dimension.name) || has_control(dimension.name) || !is_ascii(dimension.name)) {
      return invalid(dimension.name, parameter("Name"));
    }
    if (is_blank(dimension.value) || has_control(dimension.value) || !is_ascii(dimension.value)) {
      return invalid(dimension.value, parameter("Value"));
    }
    for (std::size_t j = 0; j < i; ++j) {
      if (dimensions[j].name == dimension.name) {
        return refuse(kInvalidParameterValue,
                      fmt::format("No parameter may be given twice: {} has the name {} of {}.",
                                  parameter("Name"), dimension.name,
                                  fmt::format("{}Dimensions.member.{}", where, j + 1)));
      }
    }
  }
  return {};
}

Checked<void> check_put(std::string_view name_space, std::span<const Datum> datums, TimeMs now_ms,
                        bool accepts_aws_namespaces) {
  if (auto checked = check_namespace(name_space, ""); !checked) {
    return checked;
  }
  if (name_space.starts_with("AWS/") && !accepts_aws_namespaces) {
    return invalid("AWS/", "Namespace");
  }
  if (datums.empty()) {
    return required("MetricData");
  }
  if (datums.size() > kMaxDatums) {
    return refuse(
        kInvalidParameterValue,
        fmt::format("The collection MetricData must not have a size greater than {}.", kMaxDatums));
  }
  for (std::size_t i = 0; i < datums.size(); ++i) {
    const Datum& datum = datums[i];
    if (has_good_names(datum) && has_good_value(datum, now_ms)) {
      continue;
    }
    const std::string where = fmt::format("MetricData.member.{}.", i + 1);
    if (auto checked = check_metric_name(datum.name, where); !checked) {
      return checked;
    }
    if (auto checked = check_dimensions(datum.dimensions, where); !checked) {
      return checked;
    }
    if (auto checked = check_numbers(datum, where); !checked) {
      return checked;
    }
    if (auto checked = check_time(datum, now_ms, where); !checked) {
      return checked;
    }
    if (!datum.unit.empty() && !parse_unit(datum.unit)) {
      return invalid(datum.unit, where + "Unit");
    }
    if (datum.storage_resolution && *datum.storage_resolution != 1 &&
        *datum.storage_resolution != 60) {
      return invalid(std::to_string(*datum.storage_resolution), where + "StorageResolution");
    }
  }
  return {};
}

}  // namespace weir::metric

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace weir::cli {

using DimensionText = std::pair<std::string, std::string>;

// NAMESPACE/METRIC{NAME=VALUE,...}:STATISTIC as people write it.
struct MetricText {
  std::string name_space;
  std::string metric;
  std::vector<DimensionText> dimensions;
  std::string statistic;  // "": none was given
};

// The last slash parts namespace and metric; dimensions and statistic may be left out. What holds
// one of / { } , = : " otherwise stands in double quotes, where \ takes the next character as it
// is. Errors name the character.
[[nodiscard]] Result<MetricText> parse_metric_text(std::string_view text);
// NAME=VALUE; a name with = in it stands in double quotes.
[[nodiscard]] Result<DimensionText> parse_dimension_text(std::string_view text);

// ID=REST or ID@PERIOD=REST in front of a metric or an expression.
struct NamedText {
  std::string id;  // "": none
  std::optional<std::int64_t> period_s;
  std::string rest;
};
[[nodiscard]] Result<NamedText> parse_named_text(std::string_view text);

}  // namespace weir::cli

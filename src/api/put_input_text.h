#pragma once

// Of tests and fuzz targets alone.

#include <fmt/format.h>

#include <string>

#include "api/cloudwatch/put_input.h"

namespace weir::api::cloudwatch {

// All of a call, to compare two ways of reading it.
inline std::string text_of(const PutInput& input) {
  std::string text = fmt::format("{}\n", input.name_space());
  for (const metric::Datum& datum : input.datums()) {
    text += fmt::format("{} {} {} {} {}", datum.name, datum.unit, datum.timestamp.value_or(-1),
                        datum.value.value_or(-1), datum.storage_resolution.value_or(-1));
    text += fmt::format("{}{}{}", datum.timestamp.has_value(), datum.value.has_value(),
                        datum.storage_resolution.has_value());
    for (const metric::DimensionView& dimension : datum.dimensions) {
      text += fmt::format(" {}={}", dimension.name, dimension.value);
    }
    for (const double value : datum.values) {
      text += fmt::format(" v{}", value);
    }
    for (const double count : datum.counts) {
      text += fmt::format(" c{}", count);
    }
    if (const auto& set = datum.statistics) {
      text += fmt::format(" {} {} {} {}", set->sample_count, set->sum, set->minimum, set->maximum);
    }
    text += '\n';
  }
  return text;
}

}  // namespace weir::api::cloudwatch

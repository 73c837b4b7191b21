#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"

namespace weir::probe {

// One number on its way to where metrics are kept: a MetricDatum of CloudWatch with its namespace.
struct Sample {
  std::string name_space;
  std::string name;
  std::string unit;
  double value = 0;
  TimeMs time = 0;
  std::vector<std::pair<std::string, std::string>> dimensions;
  bool is_high_resolution = false;  // stored by the second

  friend bool operator==(const Sample&, const Sample&) = default;
};

}  // namespace weir::probe

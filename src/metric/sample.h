#pragma once

#include <cstdint>
#include <functional>

#include "metric/aggregate.h"
#include "sketch/distribution.h"

namespace weir::metric {

// What is kept of a series for one second, minute, five minutes or hour.
struct Sample {
  std::uint32_t time_s = 0;  // where it begins, since 1970
  Aggregate aggregate;
  // The values, where they are known and `aggregate.is_uniform()` does not say them already. Lives
  // as long as who gave the sample says.
  const sketch::Distribution* values = nullptr;
};

using SampleVisitor = std::function<void(const Sample&)>;

// Adds a sample's known values to `out`.
inline void add_values(const Sample& sample, sketch::Distribution& out) {
  if (sample.values != nullptr) {
    out.merge(*sample.values);
  } else if (sample.aggregate.is_uniform()) {
    out.add(sample.aggregate.minimum, sample.aggregate.count);
  }
}

}  // namespace weir::metric

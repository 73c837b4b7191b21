#pragma once

#include <algorithm>
#include <limits>

namespace weir::metric {

// What any number of samples come to, but for their distribution. Merging is exact in count, sum,
// minimum and maximum.
struct Aggregate {
  double count = 0;
  double sum = 0;
  double minimum = std::numeric_limits<double>::infinity();
  double maximum = -std::numeric_limits<double>::infinity();

  static Aggregate of(double value, double count = 1) {
    return {count, value * count, value, value};
  }
  void merge(const Aggregate& other) {
    count += other.count;
    sum += other.sum;
    minimum = std::min(minimum, other.minimum);
    maximum = std::max(maximum, other.maximum);
  }
  // False while nothing was merged; samples of count 0 are something.
  [[nodiscard]] bool has_data() const { return minimum <= maximum; }
  // One value, once: minimum, maximum and sum are that value.
  [[nodiscard]] bool is_single() const {
    return count == 1 && minimum == maximum && sum == minimum;
  }
  // Values that are known although no list of them was kept: percentiles may use them (a statistic
  // set of one sample, or of samples that are all the same).
  [[nodiscard]] bool is_uniform() const {
    return count > 0 && minimum == maximum && sum == minimum * count;
  }
  bool operator==(const Aggregate&) const = default;
};

}  // namespace weir::metric

#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "codec/byte_reader.h"

namespace weir::sketch {

struct WeightedValue {
  double value = 0;
  double count = 0;
  bool operator==(const WeightedValue&) const = default;
};

// How many and how much in a part of a distribution. Counts need not be whole.
struct Share {
  double count = 0;
  double sum = 0;
};

// Summarises weighted finite values so that summaries can be merged (after DDSketch, Masson and
// others, VLDB 2019: logarithmic bins). A value type; not thread-safe.
//
// Exact up to `max_exact` different values; past that each value is replaced by its bin's
// representative, which differs from it by at most kRelativeError times its magnitude. A bin's
// representative is its own bin's, so merging in any order gives the same bins. Past kMaxBins the
// bins of the smallest values fall together and lose that bound.
class Distribution {
 public:
  static constexpr double kRelativeError = 0.01;
  static constexpr std::size_t kMaxExact = 256;
  static constexpr std::size_t kMaxBins = 4096;

  explicit Distribution(std::size_t max_exact = kMaxExact) : max_exact_(max_exact) {}

  // Counts of 0 or less and values that are not finite change nothing.
  void add(double value, double count = 1);
  void add(std::span<const WeightedValue> values);
  void merge(const Distribution& other);
  void clear();

  [[nodiscard]] bool is_empty() const { return values_.empty(); }
  [[nodiscard]] bool is_exact() const { return is_exact_; }
  [[nodiscard]] double count() const;
  // Ascending and different.
  [[nodiscard]] std::span<const WeightedValue> values() const { return values_; }

  // The value at `fraction` (0 to 1) of the ranks, between two values by linear interpolation, as
  // for values written out one by one: rank fraction * (count - 1). NaN where there are no values.
  [[nodiscard]] double quantile(double fraction) const;
  // What is left when the lowest `low` and the highest 1 - `high` of the count are cut off; a value
  // that the cut goes through counts in part.
  [[nodiscard]] Share between_fractions(double low, double high) const;
  // Values above `low` and up to and including `high`.
  [[nodiscard]] Share between_values(double low, double high) const;
  // The mean with what between_fractions() cuts off replaced by the nearest value kept.
  [[nodiscard]] double winsorised_mean(double low, double high) const;
  // The mean with values outside [low, high] replaced by these bounds.
  [[nodiscard]] double clamped_mean(double low, double high) const;

  // Appends to `out`; layout in docs/formats/metric-part.md.
  void encode(std::string& out) const;
  [[nodiscard]] static Result<Distribution> decode(codec::ByteReader& in);

 private:
  void merge_sorted(std::span<const WeightedValue> sorted);
  void snap_all();
  void bound();

  std::vector<WeightedValue> values_;
  std::size_t max_exact_;
  bool is_exact_ = true;
};

}  // namespace weir::sketch
